package archive

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/store/archive/object"
)

// suffix is what the keys of all objects end with.
const suffix = ".parquet"

// lastGeneration is how often an object can be superseded.
const lastGeneration = 9999

// Key is the archive's key of the batch that m describes.
func Key(m *event.Meta) string { return generationKey(m.Key(), m.Generation) }

// generationKey sorts behind the keys of the generations before it and before those
// of any other batch.
func generationKey(batch string, n uint32) string {
	if n == 0 {
		return batch + suffix
	}
	return fmt.Sprintf("%s.s%04d%s", batch, n, suffix)
}

// batchOf is the batch whose object has the key, and which of its objects it is.
func batchOf(key string) (batch string, generation uint32, ok bool) {
	batch, ok = strings.CutSuffix(key, suffix)
	name := batch[strings.LastIndexByte(batch, '/')+1:]
	digits, n, superseding := strings.Cut(name, ".")
	if !ok || !superseding {
		return batch, 0, ok
	}
	g, err := strconv.ParseUint(strings.TrimPrefix(n, "s"), 10, 32)
	batch = batch[:len(batch)-len(n)-1]
	ok = err == nil && digits != "" && key == generationKey(batch, uint32(g))
	return batch, uint32(g), ok
}

// newest calls fn for the objects whose keys start with prefix, in their order, but
// for those that another one stands for.
func newest(ctx context.Context, s object.Store, prefix string, fn func(object.Info) error) error {
	var held object.Info
	var batch string
	err := s.List(ctx, prefix, func(i object.Info) error {
		of, _, ok := batchOf(i.Key)
		if !ok {
			return fmt.Errorf("%w: %s is no object of it", ErrDamaged, i.Key)
		}
		before := held
		if held = i; before.Key == "" || of == batch {
			batch = of
			return nil
		}
		batch = of
		return fn(before)
	})
	if err != nil || held.Key == "" {
		return err
	}
	return fn(held)
}

// newestOf is the key of a batch's newest object.
func newestOf(ctx context.Context, s object.Store, batch string) (key string, err error) {
	all, err := generations(ctx, s, batch)
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("%s: %w", batch, object.ErrNotExist)
	}
	if err != nil {
		return "", err
	}
	return all[len(all)-1], nil
}

// generations are the keys of a batch's objects, the newest last.
func generations(ctx context.Context, s object.Store, batch string) (keys []string, err error) {
	err = s.List(ctx, batch+".", func(i object.Info) error { keys = append(keys, i.Key); return nil })
	return keys, err
}

// Generations are the keys of all objects of batches, in their order.
func (a *Archive) Generations(ctx context.Context, batches []string) (keys []string, err error) {
	for _, b := range batches {
		of, err := generations(ctx, a.store, b)
		if err != nil {
			return nil, err
		}
		keys = append(keys, of...)
	}
	return keys, nil
}
