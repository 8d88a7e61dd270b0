package pipeline

import (
	"context"
	"sync"

	"github.com/scrubline/scrubline/scrub/event"
)

// committer inserts archived batches, all that wait in one insert: small
// payloads cost no more than a big one. What waits is bounded by the pool.
type committer struct {
	sink Sink
	pool *pool
	wg   sync.WaitGroup

	mu     sync.Mutex
	wake   sync.Cond
	queue  []pending
	closed bool
}

// pending is a batch to be inserted.
type pending struct {
	batch *loan
	doubt bool        // some of its rows may be there already
	done  func(error) // called once, on the committer's goroutine: must not wait for it
}

func newCommitter(ctx context.Context, sink Sink, p *pool) *committer {
	c := &committer{sink: sink, pool: p}
	c.wake.L = &c.mu
	c.wg.Go(func() { c.run(ctx) })
	return c
}

// insert hands over a batch. It is given back to the pool by the time done is
// called.
func (c *committer) insert(p pending) {
	c.pool.filled(p.batch)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queue = append(c.queue, p)
	c.wake.Signal()
}

// close waits for what was handed over. Nothing may be handed over after it.
func (c *committer) close() {
	c.mu.Lock()
	c.closed = true
	c.wake.Signal()
	c.mu.Unlock()
	c.wg.Wait()
}

func (c *committer) run(ctx context.Context) {
	for {
		group := c.next()
		if len(group) == 0 {
			return
		}
		batches := make([]*event.Batch, len(group))
		for i := range group {
			batches[i] = group[i].batch.Batch
		}
		err := ctx.Err()
		if err == nil {
			err = c.sink.Insert(ctx, batches, group[0].doubt)
		}
		for _, p := range group {
			c.pool.give(p.batch)
			p.done(err)
		}
	}
}

// next waits for batches and takes as many of them, in their order, as may go
// into one insert: of the same doubt, and no key twice (a payload that was
// delivered twice). It returns none at the end.
func (c *committer) next() []pending {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.queue) == 0 && !c.closed {
		c.wake.Wait()
	}
	keys := map[string]bool{}
	n := 0
	for _, p := range c.queue {
		if p.doubt != c.queue[0].doubt || keys[p.batch.Key()] {
			break
		}
		keys[p.batch.Key()] = true
		n++
	}
	group := c.queue[:n:n]
	c.queue = c.queue[n:]
	return group
}
