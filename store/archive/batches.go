package archive

import (
	"context"
	"time"

	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/store/archive/object"
)

// StoredBatch is a batch that has an object.
type StoredBatch struct {
	Key        string    // event.Meta.Key
	Generation uint32    // of its newest object
	Stored     time.Time // when that was
}

// Batches calls fn for every batch that has an object, in ascending order of keys.
// It lists, and reads no object.
func (a *Archive) Batches(ctx context.Context, fn func(StoredBatch) error) error {
	return newest(ctx, a.store, root, func(i object.Info) error {
		batch, n, _ := batchOf(i.Key)
		return fn(StoredBatch{batch, n, i.Stored})
	})
}

// Fetch fills into with the rows of a batch and describes its newest object.
func (a *Archive) Fetch(ctx context.Context, batch string, into *event.Batch) (Object, error) {
	key, err := newestOf(ctx, a.store, batch)
	if err != nil {
		return Object{}, err
	}
	c := a.codec()
	defer a.idle(c)
	return read(ctx, a.store, c, key, into)
}
