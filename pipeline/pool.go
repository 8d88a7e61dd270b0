package pipeline

import (
	"context"
	"sync"

	"golang.org/x/sync/semaphore"

	"github.com/scrubline/scrubline/scrub/event"
)

// pool lends batches and bounds how many there are and how much memory they take,
// those that wait to be inserted included: this is the backpressure. A batch
// counts with all it may grow to while it is filled, and with what it holds from
// then on, so many small payloads may wait where few big ones may.
type pool struct {
	most  int64 // bytes that one batch counts with at most
	count *semaphore.Weighted
	bytes *semaphore.Weighted
	total int // of bytes
	// starved hears of workers that begin (1) and cease (-1) to wait for a batch.
	starved func(more int)

	mu   sync.Mutex
	idle []*event.Batch // the last one given back is lent first: it is grown and warm
	kept int64          // bytes of memory that idle holds, about
	keep int64          // as much as it may
}

// loan is a lent batch.
type loan struct {
	*event.Batch
	weight int64 // bytes it counts with
}

// mostSmall is how many batches there are at most, however small: those of a second's
// small objects, which share an insert.
const mostSmall = 256

// newPool returns a pool for so many workers, each of which fills one batch of
// batchBytes at a time. Besides, two full batches may wait to be inserted, or
// mostSmall small ones.
func newPool(workers, batchBytes int) *pool {
	most := int64(batchBytes)
	return &pool{
		most: most, total: (workers + 2) * batchBytes, starved: func(int) {}, keep: int64(workers+1) * most * 3 / 2,
		count: semaphore.NewWeighted(int64(workers + mostSmall)),
		bytes: semaphore.NewWeighted(int64(workers+2) * most),
	}
}

// take lends a batch that is to be filled, waiting for one.
func (p *pool) take(ctx context.Context) (*loan, error) {
	if err := p.acquire(ctx); err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.idle); n > 0 {
		b := p.idle[n-1]
		p.idle[n-1] = nil
		p.idle = p.idle[:n-1]
		p.kept -= int64(b.Footprint())
		return &loan{Batch: b, weight: p.most}, nil
	}
	if b, ok := spare.Get().(*event.Batch); ok {
		return &loan{Batch: b, weight: p.most}, nil
	}
	return &loan{Batch: &event.Batch{}, weight: p.most}, nil
}

func (p *pool) acquire(ctx context.Context) error {
	if p.count.TryAcquire(1) {
		if p.bytes.TryAcquire(p.most) {
			return nil
		}
		p.count.Release(1)
	}
	p.starved(1)
	defer p.starved(-1)
	if err := p.count.Acquire(ctx, 1); err != nil {
		return err
	}
	if err := p.bytes.Acquire(ctx, p.most); err != nil {
		p.count.Release(1)
		return err
	}
	return nil
}

// spare holds the batches of runs that ended, until the garbage collector wants
// them.
var spare sync.Pool

// close gives up the pool, which nobody uses any more.
func (p *pool) close() {
	for _, b := range p.idle {
		spare.Put(b)
	}
	p.idle = nil
}

// filled says that l will not grow any more.
func (p *pool) filled(l *loan) {
	if size := int64(l.Batch.Size()); size < l.weight {
		p.bytes.Release(l.weight - size)
		l.weight = size
	}
}

// give takes l back. Memory beyond what the workers need is left to the garbage
// collector.
func (p *pool) give(l *loan) {
	p.mu.Lock()
	if m := int64(l.Batch.Footprint()); p.kept+m <= p.keep {
		p.idle = append(p.idle, l.Batch)
		p.kept += m
	}
	p.mu.Unlock()
	p.bytes.Release(l.weight)
	p.count.Release(1)
}
