package retry

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/scrubline/scrubline/store/archive/object"
)

// server is a bucket that answers Put as it is told, and Get never.
type server struct {
	object.Bucket
	answers []error
	asked   int
}

func (s *server) Put(context.Context, string, []byte) error {
	s.asked++
	if len(s.answers) == 0 {
		return errors.New("still down")
	}
	err := s.answers[0]
	s.answers = s.answers[1:]
	return err
}

func (s *server) Get(ctx context.Context, _ string, buf []byte) ([]byte, error) {
	s.asked++
	<-ctx.Done()
	return buf, ctx.Err()
}

func TestAsksUntilAnswered(t *testing.T) {
	down := errors.New("down")
	for name, last := range map[string]error{"stored": nil, "exists": object.ErrExists, "refused": object.ErrRefused, "bad key": object.ErrKey} {
		synctest.Test(t, func(t *testing.T) {
			s := &server{answers: []error{down, context.DeadlineExceeded, down, last, down}}
			told := 0
			err := New(s, Options{Again: func(error) { told++ }}).Put(t.Context(), "k", nil)
			if !errors.Is(err, last) || s.asked != 4 || told != 3 {
				t.Errorf("%s: %v after %d", name, err, s.asked)
			}
		})
	}
}

func TestGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		s := &server{}
		err := New(s, Options{For: time.Hour}).Put(t.Context(), "k", nil)
		if took := time.Since(begun); err == nil || took > time.Hour || took < 58*time.Minute {
			t.Error(err, took)
		}
		// Pauses grow: an hour of an even chance below 20 seconds.
		if s.asked < 200 || s.asked > 700 {
			t.Error(s.asked)
		}
	})
}

func TestEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 24*time.Hour)
		defer cancel()
		if err := New(&server{}, Options{For: -1}).Put(ctx, "k", nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		if _, ok := ctx.Deadline(); !ok || ctx.Err() == nil {
			t.Error("it gave up before")
		}
	})
}

// A server that takes the question and says nothing is asked again.
func TestSilentServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{}
		_, err := New(s, Options{For: time.Hour, Try: time.Second}).Get(t.Context(), "k", nil)
		if !errors.Is(err, context.DeadlineExceeded) || s.asked < 2 {
			t.Error(err, s.asked)
		}
	})
}
