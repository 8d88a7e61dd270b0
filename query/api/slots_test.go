package api

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
)

// However much one principal asks, a slot stays for others; theirs are told apart from
// their neighbours'.
func TestNobodyTakesAllSlots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, ctx := newSlots(3), t.Context()
		var held []func()
		take := func(who string) error {
			release, err := s.take(ctx, who)
			if err == nil {
				held = append(held, release)
			}
			return err
		}
		for range 2 {
			if err := take("ann"); err != nil {
				t.Fatal(err)
			}
		}
		results := make(chan error, mostWaiting)
		for range mostWaiting {
			go func() {
				_, err := s.take(ctx, "ann")
				results <- err
			}()
		}
		synctest.Wait()
		if err := take("ann"); !errors.Is(err, errMine) {
			t.Errorf("more than may wait: %v", err)
		}
		if err := take("bob"); err != nil {
			t.Errorf("bob has no slot: %v", err)
		}
		if err := take("eve"); !errors.Is(err, errBusy) {
			t.Errorf("a fourth slot of three: %v", err)
		}
		for range mostWaiting {
			if err := <-results; !errors.Is(err, errMine) {
				t.Errorf("ann's third: %v", err)
			}
		}
		gone, leave := context.WithCancel(ctx)
		leave()
		if _, err := s.take(gone, "ann"); !errors.Is(err, errGone) {
			t.Errorf("who went away: %v", err)
		}
		for _, release := range held {
			release()
		}
		if len(s.mine) != 0 || len(s.all) != 0 {
			t.Errorf("%d principals, %d slots are left", len(s.mine), len(s.all))
		}
		if err := take("ann"); err != nil {
			t.Errorf("ann again: %v", err)
		}
	})
}

// The answer says whose fault it is, and when to come again.
func TestTooManyIsAProblem(t *testing.T) {
	w := httptest.NewRecorder()
	writeProblem(w, httptest.NewRequest(http.MethodGet, "/", nil), problemOf(errMine))
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" || w.Header().Get("Content-Type") != "application/problem+json" || !strings.Contains(w.Body.String(), "too-many") {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
}
