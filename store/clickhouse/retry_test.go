package clickhouse

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"
)

func TestRetry(t *testing.T) {
	denied := &ServerError{Code: 497}
	busy := &ServerError{Code: 252}
	f := func(name string, answers []error, want error, wantTries int) {
		t.Helper()
		r := newRetry(3)
		var pauses []time.Duration
		r.sleep = func(_ context.Context, d time.Duration) error {
			pauses = append(pauses, d)
			return nil
		}
		tries := 0
		err := r.do(t.Context(), func(context.Context) error {
			tries++
			return answers[tries-1]
		})
		if !errors.Is(err, want) || (want == nil) != (err == nil) {
			t.Errorf("%s: got %v, want %v", name, err, want)
		}
		if tries != wantTries {
			t.Errorf("%s: %d tries, want %d", name, tries, wantTries)
		}
		for i, p := range pauses {
			if most := r.base << i; p < most/2 || p > most {
				t.Errorf("%s: pause %d is %s, want %s to %s", name, i, p, most/2, most)
			}
		}
	}
	f("good at once", []error{nil}, nil, 1)
	f("good later", []error{io.EOF, busy, nil}, nil, 3)
	f("never good", []error{io.EOF, io.EOF, io.EOF, busy, nil}, busy, 4)
	f("denied", []error{denied, nil}, denied, 1)
	f("foreign rows", []error{io.EOF, ErrForeignRows, nil}, ErrForeignRows, 2)
}

func TestRetryEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	err := newRetry(100).do(ctx, func(context.Context) error {
		cancel()
		return io.EOF
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
}
