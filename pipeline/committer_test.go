package pipeline

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/store/clickhouse"
)

// counting is a sink that notes how many batches came with each insert.
type counting struct {
	mu     sync.Mutex
	groups []int
}

func (c *counting) Insert(_ context.Context, batches []*event.Batch, _ bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.groups = append(c.groups, len(batches))
	return nil
}

func (c *counting) Has(context.Context, []string) (map[string]clickhouse.Held, error) {
	return nil, nil
}

func (c *counting) Seen(_ context.Context, _ string, ids []clickhouse.NativeKey) ([]bool, error) {
	return make([]bool, len(ids)), nil
}

func (c *counting) seen() []int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]int{}, c.groups...)
}

// TestBatchesWaitForOthers: batches go in together, and none waits without a
// reason: for others that no payload can bring, for longer than patience, or with
// memory that a worker needs.
func TestBatchesWaitForOthers(t *testing.T) {
	const size = 1 << 20
	f := func(name string, want []int, do func(c *committer, give func(bytes int))) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sink, p := &counting{}, newPool(1, size)
				c := newCommitter(t.Context(), p, &ahead{sink: sink})
				n := 0
				do(c, func(bytes int) {
					b, err := p.take(t.Context())
					if err != nil {
						t.Error(err)
						return
					}
					b.Reset(event.Meta{Table: schemas.Events, PayloadID: "f/a", Start: uint64(n)})
					b.SetBytes(schemas.Native, make([]byte, bytes))
					b.EndRow()
					n++
					c.insert(pending{batch: b, done: func(error) {}})
				})
				synctest.Wait()
				if got := sink.seen(); len(got) != len(want) || len(got) > 0 && got[0] != want[0] {
					t.Errorf("inserted %v, want %v", got, want)
				}
				c.close()
				p.close()
			})
		})
	}
	f("nobody reads", []int{1}, func(_ *committer, give func(int)) { give(100) })
	f("more may come", nil, func(c *committer, give func(int)) { c.read(1); give(100); give(100) })
	f("enough came", []int{2}, func(c *committer, give func(int)) { c.read(1); give(size * 9 / 10); give(size * 9 / 10) })
	f("reading ends", []int{3}, func(c *committer, give func(int)) {
		c.read(1)
		give(100)
		give(100)
		give(100)
		c.read(-1)
	})
	f("patience ends", []int{2}, func(c *committer, give func(int)) {
		c.read(1)
		give(100)
		time.Sleep(patience / 2)
		give(100)
		time.Sleep(patience / 2)
	})
	f("memory is short", []int{1 + mostSmall}, func(c *committer, give func(int)) {
		c.read(1)
		for range 2 + mostSmall { // the pool lends one less
			give(100)
		}
	})
}
