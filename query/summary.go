package query

import (
	"context"
	"fmt"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/scrubline/scrubline/schemas"
)

// Summary counts a query's rows: by time and by the values of a few fields.
type Summary struct {
	Histogram
	Facets *Facets
	Unread Unread
}

// Unread counts what could not be read in the query's time range, in all tables,
// whatever else the query asks: a record that could not be read meets no term.
type Unread struct {
	Tombstones uint64
	Gaps       uint64
}

// Summary answers how many rows a query has, when they happened and what they are.
func (s *Service) Summary(ctx context.Context, q *Query) (*Summary, error) {
	h, err := s.Histogram(ctx, q)
	if err != nil {
		return nil, err
	}
	sum := &Summary{Histogram: *h, Facets: &Facets{Query: q, Tables: h.Tables, All: true}}
	if sum.Unread, err = s.Unread(ctx, q); err != nil || sum.Rows == 0 {
		return sum, err
	}
	sum.Facets, err = s.Facets(ctx, q, DefaultFacets)
	return sum, err
}

// Unread counts the tombstones and gaps of a query's time range.
func (s *Service) Unread(ctx context.Context, q *Query) (Unread, error) {
	sc, err := s.scope(ctx)
	if err != nil {
		return Unread{}, err
	}
	all := &Query{Since: q.Since, Until: q.Until}
	var sum Unread
	for _, t := range []schemas.Table{schemas.Events, schemas.Flows} {
		r := all.scan(t, sc, nil)
		r.where += fmt.Sprintf(" AND row_kind IN (%d, %d)", schemas.KindTombstone, schemas.KindGap)
		sql := r.sql(fmt.Sprintf("uniqExactIf(%[1]s, row_kind = %[2]d), uniqExactIf(%[1]s, row_kind = %[3]d)", rowKey, schemas.KindTombstone, schemas.KindGap), "")
		err := s.each(ctx, sql, r.params, 1, func(rows driver.Rows) error {
			var tombstones, gaps uint64
			err := rows.Scan(&tombstones, &gaps)
			sum.Tombstones += tombstones
			sum.Gaps += gaps
			return err
		})
		if err != nil {
			return sum, err
		}
	}
	return sum, nil
}
