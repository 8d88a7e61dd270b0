package pipeline

import (
	"context"
	"sync"
	"time"

	"github.com/scrubline/scrubline/scrub/event"
)

// committer inserts archived batches, all that wait in one insert: small
// payloads cost no more than a big one, and the fewer parts ClickHouse is given
// the fewer it has to merge. So while payloads are being read it lets batches wait
// for others, up to enough bytes, for patience at most, and not if a worker waits
// for their memory. What waits is bounded by the pool.
type committer struct {
	sink   Sink
	pool   *pool
	ahead  *ahead
	enough int // bytes
	wg     sync.WaitGroup

	mu      sync.Mutex
	wake    sync.Cond
	queue   []pending
	since   time.Time // when the first of queue came
	reading int       // payloads that more batches may come from
	starved int       // workers that wait for memory
	closed  bool
}

// patience is how long a batch waits for others.
const patience = 500 * time.Millisecond

// pending is a batch to be inserted.
type pending struct {
	batch  *loan
	object string      // its key in the archive
	size   int64       // of the object
	doubt  bool        // some of its rows may be there already
	done   func(error) // called once, on the committer's goroutine: must not wait for it
}

func newCommitter(ctx context.Context, p *pool, a *ahead) *committer {
	c := &committer{sink: a.sink, pool: p, ahead: a, enough: p.total / 2}
	a.room.L = &a.mu
	c.wake.L = &c.mu
	p.starved = c.starve
	c.wg.Go(func() { c.run(ctx) })
	return c
}

// insert hands over a batch. It is given back to the pool by the time done is
// called.
func (c *committer) insert(p pending) {
	c.pool.filled(p.batch)
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) == 0 {
		c.begin()
	}
	c.queue = append(c.queue, p)
	c.wake.Signal()
}

// begin starts the time that the first batch of the queue waits.
func (c *committer) begin() {
	c.since = time.Now()
	time.AfterFunc(patience, func() { c.read(0) })
}

// read says that so many payloads more are being read.
func (c *committer) read(more int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reading += more
	c.wake.Signal()
}

// starve says that so many workers more wait for memory.
func (c *committer) starve(more int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.starved += more
	c.wake.Signal()
}

// due says whether the queue is to be inserted now.
func (c *committer) due() bool {
	if len(c.queue) == 0 {
		return false
	}
	if c.closed || c.reading == 0 || c.starved > 0 || time.Since(c.since) >= patience {
		return true
	}
	bytes := 0
	for _, p := range c.queue {
		bytes += int(p.batch.weight)
	}
	return bytes >= c.enough
}

// close waits for what was handed over. Nothing may be handed over after it.
func (c *committer) close() {
	c.mu.Lock()
	c.closed = true
	c.wake.Signal()
	c.mu.Unlock()
	c.wg.Wait()
	c.ahead.wg.Wait()
}

func (c *committer) run(ctx context.Context) {
	for {
		group := c.next()
		if len(group) == 0 {
			return
		}
		if c.ahead.behind() {
			c.ahead.owe(ctx, group, c.pool)
			continue
		}
		batches := make([]*event.Batch, len(group))
		for i := range group {
			batches[i] = group[i].batch.Batch
		}
		err := ctx.Err()
		if err == nil {
			err = c.sink.Insert(ctx, batches, group[0].doubt)
			c.ahead.metrics.insert(len(batches), group[0].doubt, err)
		}
		if err != nil && c.ahead.bears(ctx, err) {
			c.ahead.owe(ctx, group, c.pool)
			continue
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
	for !c.due() && !(c.closed && len(c.queue) == 0) {
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
	if c.queue = c.queue[n:]; len(c.queue) > 0 {
		c.begin()
	}
	return group
}
