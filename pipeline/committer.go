package pipeline

import (
	"context"
	"sync"

	"github.com/scrubline/scrubline/scrub/event"
)

// committer inserts archived batches, all that wait in one insert: small
// payloads cost no more than a big one.
type committer struct {
	sink Sink
	in   chan pending
	free chan *event.Batch
	wg   sync.WaitGroup
}

type pending struct {
	batch *event.Batch
	doubt bool
	done  func(error)
}

// maxGroupBytes bounds the text in one insert.
const maxGroupBytes = 64 << 20

func newCommitter(ctx context.Context, sink Sink, buffers int) *committer {
	c := &committer{sink: sink, in: make(chan pending, buffers), free: make(chan *event.Batch, buffers)}
	for range buffers {
		c.free <- &event.Batch{}
	}
	c.wg.Add(1)
	go c.run(ctx)
	return c
}

// take gives an empty batch, waiting while all are under way: the backpressure.
func (c *committer) take(ctx context.Context) (*event.Batch, error) {
	select {
	case b := <-c.free:
		return b, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// give takes back a batch that is not to be inserted.
func (c *committer) give(b *event.Batch) { c.free <- b }

// insert hands over a batch; done is called when it is inserted or failed.
func (c *committer) insert(p pending) { c.in <- p }

// close waits for what was handed over.
func (c *committer) close() {
	close(c.in)
	c.wg.Wait()
}

func (c *committer) run(ctx context.Context) {
	defer c.wg.Done()
	var group []pending
	var held *pending
	for {
		group = group[:0]
		if held != nil {
			group = append(group, *held)
			held = nil
		} else {
			p, ok := <-c.in
			if !ok {
				return
			}
			group = append(group, p)
		}
		size := group[0].batch.Size()
	more:
		for {
			select {
			case p, ok := <-c.in:
				if !ok {
					break more
				}
				if size += p.batch.Size(); p.doubt != group[0].doubt || size > maxGroupBytes {
					held = &p
					break more
				}
				group = append(group, p)
			default:
				break more
			}
		}
		batches := make([]*event.Batch, len(group))
		for i := range group {
			batches[i] = group[i].batch
		}
		err := c.sink.Insert(ctx, batches, group[0].doubt)
		for _, p := range group {
			c.free <- p.batch
			p.done(err)
		}
	}
}
