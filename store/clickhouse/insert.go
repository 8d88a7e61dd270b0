package clickhouse

import (
	"context"
	"fmt"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
)

// Insert makes the rows of batches stand in their tables and then writes their
// ledger entries. All batches of a table share an insert, so many small payloads
// cost as much as one big one. The batches stay the caller's; they must not
// change before Insert returns.
//
//  1. Unless doubt is set, insert everything. If the server says yes, done.
//  2. On any doubt (doubt is set: the batch was adopted, replayed or may have been
//     inserted by another life; or step 1 failed, timed out, lost its connection)
//     read back which rows of each batch the table has.
//  3. Insert those that are missing, and go to 2, until none is.
//  4. The same for access_by_subject, which the server fills from events: an
//     insert that was cut may have filled one and not the other.
//
// Batches whose object stands for another replace the tombstones that it mended: see
// replace.
//
// A failed step is tried again, with pauses, a bounded number of times; then
// Insert gives up, and may be called again with doubt set. An error leaves
// anything between none and all of the rows in the tables, never a wrong one.
func (s *Store) Insert(ctx context.Context, batches []*event.Batch, doubt bool) error {
	if err := check(batches); err != nil {
		return err
	}
	for _, t := range tables {
		var of, instead []*event.Batch
		for _, b := range batches {
			switch {
			case b.Table != t || b.Rows() == 0:
			case b.Generation > 0:
				instead = append(instead, b)
			default:
				of = append(of, b)
			}
		}
		if len(of) > 0 {
			if err := s.insertTable(ctx, t, of, doubt); err != nil {
				return fmt.Errorf("inserting into %s: %w", t, err)
			}
		}
		if err := s.replace(ctx, t, instead); err != nil {
			return fmt.Errorf("replacing rows in %s: %w", t, err)
		}
	}
	return s.enter(ctx, batches)
}

var tables = [...]schemas.Table{schemas.Events, schemas.Flows}

func (s *Store) insertTable(ctx context.Context, t schemas.Table, batches []*event.Batch, doubt bool) error {
	if !doubt {
		err := s.send(ctx, t, whole(batches))
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case permanent(err):
			return err
		}
	}
	return s.retry.do(ctx, func(ctx context.Context) error {
		return s.settle(ctx, t, batches)
	})
}

// settle reads back and inserts what is missing once. It returns errAgain if
// rows are still missing afterwards.
func (s *Store) settle(ctx context.Context, t schemas.Table, batches []*event.Batch) error {
	for sent := false; ; sent = true {
		missing, err := s.missing(ctx, t, batches)
		if err != nil {
			return fmt.Errorf("reading back: %w", err)
		}
		if len(missing) == 0 {
			break
		}
		if sent {
			return errAgain
		}
		if err := s.send(ctx, t, missing); err != nil {
			return err
		}
	}
	if t != schemas.Events {
		return nil
	}
	if err := s.settleAccess(ctx, keys(batches)); err != nil {
		return fmt.Errorf("repairing access_by_subject: %w", err)
	}
	return nil
}

// check refuses batches whose rows could not be found again by their key.
func check(batches []*event.Batch) error {
	given := make(map[string]bool, len(batches))
	for _, b := range batches {
		key := b.Key()
		if given[key] {
			return fmt.Errorf("%w: %s is there twice", ErrBadBatch, key)
		}
		given[key] = true
		dict, numbers := b.Dict(schemas.Batch), b.Nums(schemas.RecordNo)
		for row := range b.Rows() {
			k := dict.Keys[row]
			if row > 0 && k == dict.Keys[row-1] {
				// the same value as the row before, which was right
			} else if dict.Values[k] != key {
				return fmt.Errorf("%w: key of row %d of %s", ErrBadBatch, row, key)
			}
			if numbers[row] != b.Start+uint64(row) {
				return fmt.Errorf("%w: number of row %d of %s", ErrBadBatch, row, key)
			}
		}
	}
	return nil
}

func keys(batches []*event.Batch) []string {
	ks := make([]string, len(batches))
	for i, b := range batches {
		ks[i] = b.Key()
	}
	return ks
}
