package quarantine

import (
	"context"
	"errors"
	"fmt"

	"github.com/scrubline/scrubline/scrub/seal"
)

// Reader is a quarantine that is read: a Store, a Bucket, or several of them.
type Reader interface {
	// List calls visit for every entry until visit returns an error, which it returns.
	List(ctx context.Context, visit func(Item) error) error
	// Open decrypts an entry. The record is raw.
	Open(ctx context.Context, name string, key seal.Key) (it Item, origin string, raw []byte, err error)
	// MarkReplayed notes that the records of entries are events now.
	MarkReplayed(ctx context.Context, ids []string) error
	// Stats also counts what the last List could not read.
	Stats() Stats
	Close() error
}

// Readers are several quarantines as one: an archive's in a bucket, and what a folder
// has from the time before.
type Readers []Reader

// List implements Reader.
func (r Readers) List(ctx context.Context, visit func(Item) error) error {
	for _, one := range r {
		if err := one.List(ctx, visit); err != nil {
			return err
		}
	}
	return nil
}

// Open implements Reader.
func (r Readers) Open(ctx context.Context, name string, key seal.Key) (it Item, origin string, raw []byte, err error) {
	err = fmt.Errorf("opening quarantined record: %w", ErrNotFound)
	for _, one := range r {
		if it, origin, raw, err = one.Open(ctx, name, key); !errors.Is(err, ErrNotFound) {
			break
		}
	}
	return it, origin, raw, err
}

// MarkReplayed implements Reader: a mark means nothing where the entry is not.
func (r Readers) MarkReplayed(ctx context.Context, ids []string) error {
	for _, one := range r {
		if err := one.MarkReplayed(ctx, ids); err != nil {
			return err
		}
	}
	return nil
}

// Stats implements Reader.
func (r Readers) Stats() (sum Stats) {
	for _, one := range r {
		s := one.Stats()
		sum.Entries += s.Entries
		sum.Bytes += s.Bytes
		sum.Damaged += s.Damaged
		sum.Omitted += s.Omitted
		sum.Adopted += s.Adopted
	}
	return sum
}

// Close implements Reader.
func (r Readers) Close() (err error) {
	for _, one := range r {
		err = errors.Join(err, one.Close())
	}
	return err
}
