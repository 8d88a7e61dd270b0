package clickhouse

import (
	"context"
	"fmt"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
)

// replace brings the rows of batches whose object stands for another to what the
// batches say: events that the table lacks are inserted, then tombstones that are
// none any more are dropped. So each record is there at any time, once or in both
// forms, under one identity. A kill anywhere leaves what doing it again completes; the
// ledger entry comes last.
func (s *Store) replace(ctx context.Context, t schemas.Table, batches []*event.Batch) error {
	for _, b := range batches {
		err := s.retry.do(ctx, func(ctx context.Context) error { return s.replaceBatch(ctx, t, b) })
		if err != nil {
			return err
		}
	}
	return nil
}

// replaceBatch returns errAgain if a read-back still finds something left to do.
func (s *Store) replaceBatch(ctx context.Context, t schemas.Table, b *event.Batch) error {
	for sent := false; ; sent = true {
		missing, stale, err := s.differing(ctx, t, b)
		if err != nil {
			return fmt.Errorf("reading back: %w", err)
		}
		switch {
		case len(missing)+len(stale) > 0 && sent:
			return errAgain
		case len(missing) > 0:
			err = s.send(ctx, t, []selection{{b, missing}})
		}
		if err == nil && len(stale) > 0 {
			err = s.dropTombstones(ctx, t, b.Key(), stale)
		}
		if err != nil {
			return err
		}
		if len(missing)+len(stale) == 0 {
			break
		}
	}
	if t != schemas.Events {
		return nil
	}
	if err := s.settleAccess(ctx, []string{b.Key()}); err != nil {
		return fmt.Errorf("repairing access_by_subject: %w", err)
	}
	return nil
}

// differing lists the rows that t lacks, and the records that it has a tombstone of
// which they are none any more.
func (s *Store) differing(ctx context.Context, t schemas.Table, b *event.Batch) (missing []uint32, stale []uint64, err error) {
	have, err := s.forms(ctx, t, b)
	if err != nil {
		return nil, nil, err
	}
	for row, kind := range b.Nums(schemas.RowKind) {
		want := form(kind)
		if have[row]&want == 0 {
			missing = append(missing, uint32(row))
		}
		switch {
		case have[row]&^want == 0:
		case want == asTombstone:
			return nil, nil, fmt.Errorf("%w: %s", ErrForeignRows, b.Key())
		default:
			stale = append(stale, b.Start+uint64(row))
		}
	}
	return missing, stale, nil
}

// The forms in which a table may hold a record.
const (
	asRecord = 1 << iota // an event or a header
	asTombstone
)

func form(kind uint64) uint8 {
	if kind == schemas.KindTombstone {
		return asTombstone
	}
	return asRecord
}

// forms says in which forms t holds the batch's records.
func (s *Store) forms(ctx context.Context, t schemas.Table, b *event.Batch) ([]uint8, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.AttemptTimeout)
	defer cancel()
	have := make([]uint8, b.Rows())
	err := s.each(ctx, func(rows driver.Rows) error {
		var no uint64
		var kind uint8
		if err := rows.Scan(&no, &kind); err != nil {
			return err
		}
		if no -= b.Start; no >= uint64(len(have)) {
			return fmt.Errorf("%w: %s", ErrForeignRows, b.Key())
		}
		have[no] |= form(uint64(kind))
		return nil
	}, "SELECT DISTINCT record_no, row_kind FROM "+t.String()+" WHERE batch = {key:String}", clickhouse.Named("key", b.Key()))
	return have, err
}

// dropTombstones deletes tombstones and waits until no query sees them. It is a
// mutation: the server writes the parts anew that hold any.
func (s *Store) dropTombstones(ctx context.Context, t schemas.Table, key string, records []uint64) error {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.AttemptTimeout)
	defer cancel()
	err := s.conn.Exec(ctx, "ALTER TABLE "+t.String()+" DELETE WHERE batch = {key:String} AND row_kind = {kind:UInt8} "+
		"AND record_no IN {records:Array(UInt64)} SETTINGS mutations_sync = 2",
		clickhouse.Named("key", key), clickhouse.Named("kind", uint8(schemas.KindTombstone)), clickhouse.Named("records", records))
	if err != nil {
		return fmt.Errorf("dropping tombstones: %w", Redact(err))
	}
	return nil
}
