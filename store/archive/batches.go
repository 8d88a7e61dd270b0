package archive

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/store/archive/object"
)

// Batches calls fn with the key of every batch that has an object (event.Meta.Key),
// ascending, and with when it was stored. It lists, and reads no object.
func (a *Archive) Batches(ctx context.Context, fn func(key string, stored time.Time) error) error {
	return a.store.List(ctx, root, func(i object.Info) error {
		key, ok := strings.CutSuffix(i.Key, ".parquet")
		if !ok {
			return fmt.Errorf("%w: %s is no object of it", ErrDamaged, i.Key)
		}
		return fn(key, i.Stored)
	})
}

// Fetch fills into with the rows of a batch and describes its object.
func (a *Archive) Fetch(ctx context.Context, batch string, into *event.Batch) (Object, error) {
	c := a.codec()
	defer a.idle(c)
	return read(ctx, a.store, c, batch+".parquet", into)
}
