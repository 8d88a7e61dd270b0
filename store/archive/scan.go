package archive

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/scrubline/scrubline/store/archive/object"
	"github.com/scrubline/scrubline/store/archive/tlog"
)

// scanAhead is how many bundles are read and parsed at a time.
const scanAhead = 8

// parsed is a line of the log and what it says; err if it is not canonical.
type parsed struct {
	line []byte
	leaf *Leaf
	err  error
}

// bundle is a bundle of leaves on its way.
type bundle struct {
	tlog.Tile
	leaves chan []parsed
}

var errReading = errors.New("reading ended early")

// scan calls fn for the leaves from to before end, in order, in a log of size
// leaves. The bundles are read and parsed ahead; fn runs in the caller's goroutine,
// and an error of it is returned as it is.
func scan(ctx context.Context, s object.Store, from, end, size uint64, fn func(parsed) error) error {
	if from >= end {
		return nil
	}
	reading, cancel := context.WithCancel(ctx)
	defer cancel()
	group, reading := errgroup.WithContext(reading)
	group.SetLimit(scanAhead + 1)
	ahead := make(chan bundle, scanAhead)
	group.Go(func() error {
		defer close(ahead)
		for n := from / tlog.Width; n*tlog.Width < end; n++ {
			t, _ := tlog.Covering(tlog.Entries, n*tlog.Width, size)
			b := bundle{t, make(chan []parsed, 1)}
			select {
			case ahead <- b:
			case <-reading.Done():
				return reading.Err()
			}
			group.Go(func() error { return b.read(reading, s) })
		}
		return nil
	})
	err := inOrder(reading, ahead, from, end, fn)
	if err != nil {
		cancel()
	}
	if read := group.Wait(); read != nil && (err == nil || errors.Is(err, errReading)) {
		return fmt.Errorf("reading the seal log: %w", read)
	}
	return err
}

// read gets a bundle and parses its leaves.
func (b *bundle) read(ctx context.Context, s object.Store) error {
	data, err := s.Get(ctx, tileKey(b.Tile), nil)
	if err != nil {
		return err
	}
	leaves := make([]parsed, 0, b.W)
	err = tlog.SplitBundle(data, b.W, func(line []byte) error {
		leaf, err := parseLeaf(line)
		leaves = append(leaves, parsed{line, leaf, err})
		return nil
	})
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrDamaged, tileKey(b.Tile), err)
	}
	b.leaves <- leaves
	return nil
}

func inOrder(ctx context.Context, ahead <-chan bundle, from, end uint64, fn func(parsed) error) error {
	for b := range ahead {
		select {
		case leaves := <-b.leaves:
			for i, l := range leaves {
				if n := b.N*tlog.Width + uint64(i); n < from || n >= end {
					continue
				}
				if err := fn(l); err != nil {
					return err
				}
			}
		case <-ctx.Done():
			return errReading
		}
	}
	return nil
}

// each is scan for leaves that must be canonical.
func each(ctx context.Context, s object.Store, from, end, size uint64, fn func(*Leaf) error) error {
	return scan(ctx, s, from, end, size, func(p parsed) error {
		if p.err != nil {
			return fmt.Errorf("%w: the seal log: %w", ErrDamaged, p.err)
		}
		return fn(p.leaf)
	})
}
