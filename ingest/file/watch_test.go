package file

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/scrubline/scrubline/ingest"
)

// watching runs a Watch over root. Payloads are noted as name and text; what
// outcome returns is handed to Done at once.
type watching struct {
	t        *testing.T
	root     string
	mu       sync.Mutex // of got and outcome: the race detector does not know that Sleep orders things
	got      []string
	failures []string
	outcome  func(name string) error
}

func watch(t *testing.T, root string, paths ...string) *watching {
	h := &watching{t: t, root: root, outcome: func(string) error { return nil }}
	w := &Watch{Paths: paths, Failed: func(f Failure) { h.failures = append(h.failures, f.Err.Error()) }}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- w.Run(ctx, func(ctx context.Context, p ingest.Payload) error {
			text, err := read(ctx, p)
			if err != nil {
				t.Error(err)
			}
			name, _ := filepath.Rel(root, p.Origin.Name)
			h.mu.Lock()
			h.got = append(h.got, name+" "+text)
			result := h.outcome(name)
			h.mu.Unlock()
			p.Done(result)
			return nil
		})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("watch ended with %v", err)
		}
	})
	synctest.Wait()
	return h
}

// put writes a file as at the bubble's time.
func (h *watching) put(name, text string) {
	h.t.Helper()
	path := filepath.Join(h.root, name)
	if err := errors.Join(os.WriteFile(path, []byte(text), 0o600), os.Chtimes(path, time.Now(), time.Now())); err != nil {
		h.t.Fatal(err)
	}
}

// after lets time pass and compares what came meanwhile.
func (h *watching) after(d time.Duration, want ...string) {
	h.t.Helper()
	time.Sleep(d)
	synctest.Wait()
	h.mu.Lock()
	defer h.mu.Unlock()
	if !slices.Equal(h.got, want) {
		h.t.Errorf("got %q, want %q", h.got, want)
	}
	h.got = nil
}

func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		root := tree(t, nil)
		h := watch(t, root, root)
		h.put("a.log", "one")
		h.put("b.log.tmp", "two")
		h.after(8 * time.Second)             // too new
		h.after(15*time.Second, "a.log one") // finished
		h.after(5 * time.Minute)             // once only
		h.put("growing", "x")                // somebody writes on and on
		for range 6 {                        //
			h.after(7 * time.Second)                  //
			h.put("growing", "x"+time.Now().String()) //
		}
		text, _ := os.ReadFile(filepath.Join(root, "growing"))
		h.after(21*time.Second, "growing "+string(text))
		if err := os.Rename(filepath.Join(root, "b.log.tmp"), filepath.Join(root, "b.log")); err != nil {
			t.Fatal(err)
		}
		h.after(21*time.Second, "b.log two")
		h.put("a.log", "other") // another payload
		h.after(21*time.Second, "a.log other")
		if err := os.Remove(filepath.Join(root, "a.log")); err != nil {
			t.Fatal(err)
		}
		h.after(21 * time.Second)
		h.put("a.log", "other")
		h.after(21*time.Second, "a.log other") // it came again
	})
}

func TestWatchDeliversAgainWhatWasNotCarried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		root := tree(t, nil)
		h := watch(t, root, root)
		tries := 0
		h.mu.Lock()
		h.outcome = func(string) error {
			if tries++; tries < 3 {
				return errors.New("the archive is away")
			}
			return nil
		}
		h.mu.Unlock()
		h.put("a", "1")
		h.after(time.Minute, "a 1", "a 1", "a 1")
	})
}

func TestWatchTellsFailuresOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		root := tree(t, nil)
		h := watch(t, root, filepath.Join(root, "later"), "-")
		h.after(time.Minute)
		if len(h.failures) != 2 {
			t.Errorf("failures %q", h.failures)
		}
		h.put("later", "x")
		h.after(30*time.Second, "later x")
	})
}

// TestWatchClockAhead: a file whose time lies in the future is not left lying.
func TestWatchClockAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		root := tree(t, nil)
		h := watch(t, root, root)
		path := filepath.Join(root, "a")
		if err := errors.Join(os.WriteFile(path, []byte("x"), 0o600), os.Chtimes(path, time.Now(), time.Now().Add(24*time.Hour))); err != nil {
			t.Fatal(err)
		}
		h.after(25*time.Second, "a x")
	})
}
