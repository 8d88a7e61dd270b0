package query

import (
	"context"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/scrubline/scrubline/schemas"
)

const (
	tailTime = time.Second // between two looks
	tailRows = 5000        // rows that are looked at each time, at most
	// lateness is how much later than its ingest time a row may come into the table:
	// it is stamped when it is read, and inserted when its batch is archived.
	lateness = time.Minute
)

// Tail calls fn for rows of a query as they come into the store, from now on, each
// once. quiet is called after each look that found nothing. It goes on until ctx ends
// or one of them fails; ErrTooLarge means that more rows come in than a person can
// follow, 5,000 a minute: none is left out in silence.
func (s *Service) Tail(ctx context.Context, q *Query, now time.Time, fn func(*Row) error, quiet func() error) error {
	seen := map[Position]time.Time{} // rows that were given, and their ingest times
	horizon := now                   // rows that were read in earlier are not asked for
	for {
		found := false
		for _, t := range q.Tables() {
			rows, err := s.arrived(ctx, t, q, horizon)
			if err != nil {
				return err
			}
			if len(rows) == tailRows {
				return ErrTooLarge
			}
			for _, r := range rows {
				if _, given := seen[r.position()]; given {
					continue
				}
				found = true
				seen[r.position()] = r.Time(schemas.IngestTime)
				if err := fn(r); err != nil {
					return err
				}
			}
		}
		if !found {
			if err := quiet(); err != nil {
				return err
			}
		}
		for p, at := range seen {
			if h := at.Add(-lateness); h.After(horizon) {
				horizon = h
			}
			if at.Before(horizon) {
				delete(seen, p)
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(tailTime):
		}
	}
}

// arrived reads the rows of a table that were read in since an instant, the first
// ones first.
func (s *Service) arrived(ctx context.Context, t schemas.Table, q *Query, since time.Time) ([]*Row, error) {
	sc, err := s.scope(ctx)
	if err != nil {
		return nil, err
	}
	r := q.scan(t, sc, s.opt.Tokens)
	r.where += " AND ingest_time >= " + r.instant(since)
	cols := sc.columns(t.Columns())
	names := make([]string, len(cols))
	for i, c := range cols {
		names[i] = c.String()
	}
	sql := r.sql(strings.Join(names, ", "), "ORDER BY ingest_time, batch, record_no LIMIT 1 BY batch, record_no LIMIT "+r.param("UInt64", tailRows))
	if r.err != nil {
		return nil, r.err
	}
	var list []*Row
	err = s.each(ctx, sql, r.params, tailRows, func(rows driver.Rows) error {
		row, err := scanRow(t, cols, rows)
		list = append(list, row)
		return err
	})
	return list, err
}
