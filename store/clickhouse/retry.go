package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// retry runs a step until it succeeds, for a bounded number of times.
type retry struct {
	tries      int
	base, most time.Duration // of the pause: doubled from base up to most, then a random part of it
	sleep      func(context.Context, time.Duration) error
}

func newRetry(retries int) retry {
	return retry{tries: retries + 1, base: 50 * time.Millisecond, most: 15 * time.Second, sleep: sleep}
}

// errAgain is what a step returns to be run once more although nothing failed.
var errAgain = errors.New("rows still missing after they were inserted")

// do calls step until it returns nil. It gives up when ctx ends, when the error
// can't change, or after the last try, and returns the last error.
func (r retry) do(ctx context.Context, step func(context.Context) error) error {
	pause := r.base
	for try := 1; ; try++ {
		err := step(ctx)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case permanent(err):
			return err
		case try >= r.tries:
			return fmt.Errorf("giving up after %d tries: %w", try, err)
		}
		if err := r.sleep(ctx, pause/2+rand.N(pause/2+1)); err != nil {
			return err
		}
		pause = min(2*pause, r.most)
	}
}

func permanent(err error) bool {
	if errors.Is(err, ErrForeignRows) || errors.Is(err, ErrBadBatch) {
		return true
	}
	se, ok := errors.AsType[*ServerError](err)
	return ok && se.permanent()
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
