package query

import (
	"context"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// spans cuts a query into queries of parts of its range, newest first, whose rows one
// after the other are its rows. The server reads in order by opening all pieces of the
// range at once, so a page of the newest rows of a year would cost memory for each
// month; and most pages are full with the first part. before, if not zero, bounds the
// range too. Questions about one subject are not cut: a table is sorted by it.
func (s *Service) spans(ctx context.Context, q *Query, before time.Time) ([]*Query, error) {
	if subjectOf(q.Where) != nil {
		return []*Query{q}, nil
	}
	var months []time.Time
	var newest time.Time
	for _, t := range q.Tables() {
		// Asked as the tables' owner: where no row policy is in the way the server has
		// these at hand, and they tell of no row.
		rows, err := s.conn.Query(ctx, "SELECT toYYYYMM(event_time) AS month, max(event_time) FROM "+t.String()+" GROUP BY month")
		if err != nil {
			return nil, classify(ctx, err)
		}
		months, newest, err = readMonths(rows, months, newest)
		if err != nil {
			return nil, classify(ctx, err)
		}
	}
	for _, end := range [...]time.Time{q.Until, before} {
		if !end.IsZero() && end.Before(newest) {
			newest = end
		}
	}
	slices.SortFunc(months, func(a, b time.Time) int { return b.Compare(a) })
	return cut(q, newest, slices.Compact(months)), nil
}

func readMonths(rows driver.Rows, months []time.Time, newest time.Time) ([]time.Time, time.Time, error) {
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var month uint32
		var last time.Time
		if err := rows.Scan(&month, &last); err != nil {
			return nil, newest, err
		}
		months = append(months, time.Date(int(month/100), time.Month(month%100), 1, 0, 0, 0, 0, time.UTC))
		if last.After(newest) {
			newest = last
		}
	}
	return months, newest, rows.Err()
}

// cut makes the queries of spans: over the day of newest, the week before it, the rest
// of its month, and each of months, the newest first, as the tables are partitioned. The
// first and the last have the ends of the query, so rows that come meanwhile are in one
// of them.
func cut(q *Query, newest time.Time, months []time.Time) []*Query {
	day := newest.UTC().Truncate(24 * time.Hour)
	var parts []*Query
	until := q.Until
	for _, start := range append([]time.Time{day, day.AddDate(0, 0, -7)}, months...) {
		if start.After(q.Since) && start.Before(newest) && (len(parts) == 0 || start.Before(until)) {
			parts, until = append(parts, q.within(start, until)), start
		}
	}
	return append(parts, q.within(q.Since, until))
}

// within is the query over a part of its range.
func (q *Query) within(since, until time.Time) *Query {
	part := *q
	part.Since, part.Until = since, until
	return &part
}
