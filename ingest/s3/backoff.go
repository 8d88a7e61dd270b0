package s3

import (
	"context"
	"math/rand/v2"
	"time"
)

// backoff is a pause with full jitter: any time up to a bound that doubles with
// each failure.
type backoff struct{ first, most time.Duration }

// after is the pause after so many failures in a row, 1 at least.
func (b backoff) after(failures int) time.Duration {
	bound := b.first << min(max(failures, 1)-1, 20)
	return rand.N(min(bound, b.most)) + 1
}

// sleep waits, and says whether ctx lasted.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
