package pipeline

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/store/archive"
	"github.com/scrubline/scrubline/store/clickhouse"
)

// ahead lets the archive run ahead of a sink that takes nothing: batches that are
// archived are forgotten, up to so many bytes of objects, and read again when the
// sink is back. Beyond that they keep their memory, and reading stops.
type ahead struct {
	archive Archive
	sink    Sink
	most    int64 // bytes of objects; 0: a failed insert ends the run
	metrics *Metrics

	mu    sync.Mutex
	room  sync.Cond
	owed  []debt
	bytes int64
	wg    sync.WaitGroup
}

// debt is an archived batch that is not inserted.
type debt struct {
	key, hash string // of the object
	size      int64
	done      func(error)
}

// Pauses between tries: doubled from the first to the last, then a random half.
const (
	aheadPause     = 250 * time.Millisecond
	aheadLastPause = 15 * time.Second
)

// bears says whether a failed insert is to be tried again for as long as it takes.
func (a *ahead) bears(ctx context.Context, err error) bool {
	for _, hopeless := range []error{clickhouse.ErrForeignRows, clickhouse.ErrBadBatch, archive.ErrDamaged} {
		if errors.Is(err, hopeless) {
			return false
		}
	}
	return a.most > 0 && ctx.Err() == nil
}

// behind says whether batches are owed: those that come must wait their turn.
func (a *ahead) behind() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.owed) > 0
}

// owe takes batches over, when there is room.
func (a *ahead) owe(ctx context.Context, group []pending, pool *pool) {
	stop := context.AfterFunc(ctx, func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.room.Broadcast()
	})
	defer stop()
	for _, p := range group {
		a.mu.Lock()
		for len(a.owed) > 0 && a.bytes+p.size > a.most && ctx.Err() == nil {
			a.room.Wait()
		}
		if a.owed = append(a.owed, debt{p.object, p.batch.SHA256, p.size, p.done}); len(a.owed) == 1 {
			a.wg.Go(func() { a.settle(ctx) })
		}
		a.bytes += p.size
		a.metrics.ahead(len(a.owed), a.bytes)
		a.mu.Unlock()
		pool.give(p.batch)
	}
}

// settle inserts what is owed, in order, until nothing is or ctx ends. Any of it
// may be there already.
func (a *ahead) settle(ctx context.Context) {
	var b event.Batch
	pause := aheadPause
	for {
		a.mu.Lock()
		d := a.owed[0]
		a.mu.Unlock()
		err := ctx.Err()
		if err == nil {
			if err = a.archive.Read(ctx, d.key, &b); err == nil {
				b.SHA256 = d.hash
				err = a.sink.Insert(ctx, []*event.Batch{&b}, true)
				a.metrics.insert(1, true, err)
			}
		}
		if err != nil && a.bears(ctx, err) {
			wait(ctx, pause/2+rand.N(pause/2))
			pause = min(2*pause, aheadLastPause)
			continue
		}
		pause = aheadPause
		a.mu.Lock()
		a.owed = a.owed[1:]
		a.bytes -= d.size
		left := len(a.owed)
		a.metrics.ahead(left, a.bytes)
		a.room.Broadcast()
		a.mu.Unlock()
		d.done(err)
		if left == 0 {
			return
		}
	}
}

// wait sleeps, no longer than ctx.
func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
