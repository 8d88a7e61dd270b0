package archive

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/scrubline/scrubline/store/archive/object"
	"github.com/scrubline/scrubline/store/archive/tlog"
)

// scanAhead is how many bundles are read at a time.
const scanAhead = 8

// bundle is a bundle of leaves on its way.
type bundle struct {
	tlog.Tile
	data chan []byte
}

// scan calls fn for the lines of the leaves from to before end, in order, in a
// log of size leaves. The bundles are read ahead; fn runs in the caller's
// goroutine, the lines are lent, and an error of it is returned as it is.
func scan(ctx context.Context, s object.Store, from, end, size uint64, fn func(line []byte) error) error {
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
			b := bundle{t, make(chan []byte, 1)}
			select {
			case ahead <- b:
			case <-reading.Done():
				return reading.Err()
			}
			group.Go(func() error {
				data, err := s.Get(reading, tileKey(b.Tile), nil)
				if err == nil {
					b.data <- data
				}
				return err
			})
		}
		return nil
	})
	err := splitAll(reading, ahead, from, end, fn)
	if err != nil {
		cancel()
	}
	if read := group.Wait(); read != nil && (err == nil || err == errReading) {
		return fmt.Errorf("reading the seal log: %w", read)
	}
	return err
}

var errReading = fmt.Errorf("reading ended early")

func splitAll(ctx context.Context, ahead <-chan bundle, from, end uint64, fn func(line []byte) error) error {
	for b := range ahead {
		var data []byte
		select {
		case data = <-b.data:
		case <-ctx.Done():
			return errReading
		}
		n := b.N * tlog.Width
		var failed error
		err := tlog.SplitBundle(data, b.W, func(line []byte) error {
			if n++; n-1 >= from && n-1 < end {
				failed = fn(line)
			}
			return failed
		})
		if failed != nil {
			return failed
		}
		if err != nil {
			return fmt.Errorf("%w: %s: %w", ErrDamaged, tileKey(b.Tile), err)
		}
	}
	return nil
}
