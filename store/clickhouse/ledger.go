package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/ClickHouse/ch-go"
	"github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
)

// Entry is a batch in the ledger: all of its rows stood in its table at
// InsertedAt.
type Entry struct {
	Batch      string
	Table      string
	Source     string
	Origin     string
	Start      uint64 // number of the first record
	Rows       uint64
	Events     uint64
	Tombstones uint64
	Duplicates uint64 // events marked FlagDuplicate
	Final      bool   // the payload ends with this batch
	SHA256     string // of the archived object, hex; "" if it was not archived
	MinTime    time.Time
	MaxTime    time.Time
	InsertedAt time.Time
}

// enter writes the ledger entries of batches. Writing one twice is harmless.
func (s *Store) enter(ctx context.Context, batches []*event.Batch) error {
	if len(batches) == 0 {
		return nil
	}
	err := s.retry.do(ctx, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, s.cfg.AttemptTimeout)
		defer cancel()
		in := ledgerInput(batches, time.Now())
		return s.inserts.do(ctx, ch.Query{Body: in.Into("batches"), Input: in})
	})
	if err != nil {
		return fmt.Errorf("writing the ledger: %w", err)
	}
	return nil
}

func ledgerInput(batches []*event.Batch, now time.Time) proto.Input {
	var (
		batch, origin, sum                       proto.ColStr
		table, source                            = new(proto.ColStr).LowCardinality(), new(proto.ColStr).LowCardinality()
		start, rows, events, tombstones, doubles proto.ColUInt64
		final                                    proto.ColUInt8
		least, most, inserted                    = newTimes(), newTimes(), newTimes()
	)
	for _, b := range batches {
		batch.Append(b.Key())
		table.Append(b.Table.String())
		source.Append(b.Source)
		origin.Append(b.Origin)
		start.Append(b.Start)
		rows.Append(uint64(b.Rows()))
		events.Append(uint64(b.Count(schemas.KindEvent)))
		tombstones.Append(uint64(b.Count(schemas.KindTombstone)))
		doubles.Append(duplicates(b))
		final.Append(0)
		if b.Final {
			final[final.Rows()-1] = 1
		}
		sum.Append(b.SHA256)
		from, to := span(b)
		least.Append(time.UnixMilli(from))
		most.Append(time.UnixMilli(to))
		inserted.Append(now)
	}
	return proto.Input{
		{Name: "batch", Data: &batch}, {Name: "table_name", Data: table}, {Name: "source", Data: source},
		{Name: "origin", Data: &origin}, {Name: "start", Data: &start}, {Name: "rows", Data: &rows},
		{Name: "events", Data: &events}, {Name: "tombstones", Data: &tombstones}, {Name: "duplicates", Data: &doubles},
		{Name: "final", Data: &final}, {Name: "sha256", Data: &sum}, {Name: "min_time", Data: least},
		{Name: "max_time", Data: most}, {Name: "inserted_at", Data: inserted},
	}
}

func newTimes() *proto.ColDateTime64 {
	return new(proto.ColDateTime64).WithPrecision(proto.PrecisionMilli).WithLocation(time.UTC)
}

func duplicates(b *event.Batch) uint64 {
	n := uint64(0)
	for _, f := range b.Nums(schemas.Flags) {
		if f&schemas.FlagDuplicate != 0 {
			n++
		}
	}
	return n
}

// span returns the least and the greatest event time, zeros for an empty batch.
func span(b *event.Batch) (from, to int64) {
	for i, v := range b.Nums(schemas.EventTime) {
		if i == 0 {
			from, to = int64(v), int64(v)
		}
		from, to = min(from, int64(v)), max(to, int64(v))
	}
	return from, to
}

// errStop ends a reading that nobody wants any more.
var errStop = errors.New("reader stopped")

// Batches lists the ledger in the order of keys, each batch once. The iterator
// ends after an error.
func (s *Store) Batches(ctx context.Context) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		stopped := false
		err := s.each(ctx, func(rows driver.Rows) error {
			var e Entry
			var final uint8
			if err := rows.Scan(&e.Batch, &e.Table, &e.Source, &e.Origin, &e.Start, &e.Rows, &e.Events, &e.Tombstones,
				&e.Duplicates, &final, &e.SHA256, &e.MinTime, &e.MaxTime, &e.InsertedAt); err != nil {
				return err
			}
			e.Final = final == 1
			if !yield(e, nil) {
				stopped = true
				return errStop
			}
			return nil
		}, "SELECT batch, table_name, source, origin, start, rows, events, tombstones, duplicates, final, sha256, "+
			"min_time, max_time, inserted_at FROM batches ORDER BY batch, table_name, inserted_at DESC LIMIT 1 BY batch, table_name")
		if err != nil && !stopped {
			yield(Entry{}, fmt.Errorf("reading the ledger: %w", err))
		}
	}
}
