package query

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/scrubline/scrubline/schemas"
)

// Summary counts a query's rows: by time and by the values of a few fields.
type Summary struct {
	Query   *Query
	Tables  []schemas.Table
	Rows    uint64
	Since   time.Time // start of the first bucket; zero if there are no rows
	Until   time.Time // end of the last bucket
	Step    time.Duration
	Buckets []Bucket           // those with rows, oldest first
	Facets  map[string][]Count // by field name, most frequent first
	Unread  Unread
}

// Bucket counts the rows of [Start, Start+Step).
type Bucket struct {
	Start   time.Time
	Success uint64
	Failure uint64
	Other   uint64
	Unread  uint64 // tombstones and gaps
}

// Unread counts what could not be read in the query's time range, in all tables,
// whatever else the query asks: a record that could not be read meets no term.
type Unread struct {
	Tombstones uint64
	Gaps       uint64
}

const (
	facetValues = 12 // of each field
	maxBuckets  = 90
)

var steps = []time.Duration{
	time.Second, 5 * time.Second, 15 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 3 * time.Hour,
	6 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour, 28 * 24 * time.Hour, 364 * 24 * time.Hour, 3640 * 24 * time.Hour,
}

// Summary answers how many rows a query has, when they happened and what they are.
func (s *Service) Summary(ctx context.Context, q *Query) (*Summary, error) {
	sum := &Summary{Query: q, Tables: q.Tables(), Facets: map[string][]Count{}}
	if err := s.extent(ctx, q, sum); err != nil {
		return nil, err
	}
	if err := s.unread(ctx, q, sum); err != nil {
		return nil, err
	}
	if sum.Rows == 0 {
		return sum, nil
	}
	buckets := map[int64]*Bucket{}
	counts := map[string]map[string]uint64{}
	for _, t := range sum.Tables {
		if err := s.histogram(ctx, q, t, sum, buckets); err != nil {
			return nil, err
		}
		if err := s.facets(ctx, q, t, counts); err != nil {
			return nil, err
		}
	}
	for at := sum.Since; at.Before(sum.Until); at = at.Add(sum.Step) {
		if b := buckets[at.UnixMilli()]; b != nil {
			sum.Buckets = append(sum.Buckets, *b)
		}
	}
	for name, values := range counts {
		sum.Facets[name] = topCounts(values, facetValues)
	}
	return sum, nil
}

// extent counts the rows and chooses the buckets' width.
func (s *Service) extent(ctx context.Context, q *Query, sum *Summary) error {
	var first, last time.Time
	for _, t := range sum.Tables {
		c := newCondition(t, s.opt.Tokens)
		sql := fmt.Sprintf("SELECT uniqExact(batch, record_no), min(event_time), max(event_time) FROM %s WHERE tenant_id = %s AND %s",
			t, c.text(s.opt.Tenant), c.whole(q))
		if c.err != nil {
			return c.err
		}
		err := s.each(ctx, sql, c.params, 1, func(rows driver.Rows) error {
			var n uint64
			var from, to time.Time
			if err := rows.Scan(&n, &from, &to); err != nil || n == 0 {
				return err
			}
			if first.IsZero() || from.Before(first) {
				first = from
			}
			if to.After(last) {
				last = to
			}
			sum.Rows += n
			return nil
		})
		if err != nil {
			return err
		}
	}
	if sum.Rows == 0 {
		return nil
	}
	// The range that was asked for is the picture, not the rows' own extent.
	if !q.Since.IsZero() {
		first = q.Since
	}
	if !q.Until.IsZero() {
		last = q.Until.Add(-time.Millisecond)
	}
	first, last = first.UTC(), last.UTC()
	for _, sum.Step = range steps {
		if last.Sub(first)/sum.Step < maxBuckets {
			break
		}
	}
	ms := sum.Step.Milliseconds()
	sum.Since = time.UnixMilli(floor(first.UnixMilli(), ms)).UTC()
	sum.Until = time.UnixMilli(floor(last.UnixMilli(), ms) + ms).UTC()
	return nil
}

func floor(n, step int64) int64 {
	if n < 0 {
		n -= step - 1
	}
	return n / step * step
}

func (s *Service) histogram(ctx context.Context, q *Query, t schemas.Table, sum *Summary, buckets map[int64]*Bucket) error {
	c := newCondition(t, s.opt.Tokens)
	step := c.param("Int64", sum.Step.Milliseconds())
	origin := c.param("Int64", sum.Since.UnixMilli())
	sql := fmt.Sprintf(`SELECT intDiv(toUnixTimestamp64Milli(event_time) - %s, %s) AS bucket, row_kind, status_id, uniqExact(batch, record_no)
FROM %s WHERE tenant_id = %s AND %s GROUP BY bucket, row_kind, status_id`, origin, step, t, c.text(s.opt.Tenant), c.whole(q))
	return s.each(ctx, sql, c.params, 0, func(rows driver.Rows) error {
		var bucket int64
		var kind, status uint8
		var n uint64
		if err := rows.Scan(&bucket, &kind, &status, &n); err != nil {
			return err
		}
		at := sum.Since.Add(time.Duration(bucket) * sum.Step)
		b := buckets[at.UnixMilli()]
		if b == nil {
			b = &Bucket{Start: at}
			buckets[at.UnixMilli()] = b
		}
		switch {
		case uint64(kind) == schemas.KindTombstone || uint64(kind) == schemas.KindGap:
			b.Unread += n
		case status == 1:
			b.Success += n
		case status == 2:
			b.Failure += n
		default:
			b.Other += n
		}
		return nil
	})
}

func (s *Service) facets(ctx context.Context, q *Query, t schemas.Table, counts map[string]map[string]uint64) error {
	c := newCondition(t, s.opt.Tokens)
	pairs := "('source', toString(source)), ('action', toString(action)), ('status', if(row_kind = 0, ['unknown', 'success', 'failure'][status_id + 1], '')), ('reason', toString(reason)), ('account', toString(cloud_account))"
	if t == schemas.Events {
		pairs += ", ('service', toString(service)), ('actor', if(actor_name != '', actor_name, actor_id))"
	}
	sql := fmt.Sprintf(`SELECT pair.1 AS field, pair.2 AS value, uniqExact(batch, record_no) AS n
FROM %s ARRAY JOIN [%s] AS pair
WHERE tenant_id = %s AND value != '' AND %s
GROUP BY field, value ORDER BY n DESC LIMIT %d BY field`, t, pairs, c.text(s.opt.Tenant), c.whole(q), facetValues)
	return s.each(ctx, sql, c.params, 0, func(rows driver.Rows) error {
		var field, value string
		var n uint64
		if err := rows.Scan(&field, &value, &n); err != nil {
			return err
		}
		if counts[field] == nil {
			counts[field] = map[string]uint64{}
		}
		counts[field][value] += n
		return nil
	})
}

func (s *Service) unread(ctx context.Context, q *Query, sum *Summary) error {
	all := &Query{Since: q.Since, Until: q.Until}
	for _, t := range []schemas.Table{schemas.Events, schemas.Flows} {
		c := newCondition(t, nil)
		sql := fmt.Sprintf(`SELECT uniqExactIf((batch, record_no), row_kind = %d), uniqExactIf((batch, record_no), row_kind = %d)
FROM %s WHERE tenant_id = %s AND row_kind IN (%[1]d, %[2]d) AND %[5]s`, schemas.KindTombstone, schemas.KindGap, t, c.text(s.opt.Tenant), c.whole(all))
		err := s.each(ctx, sql, c.params, 1, func(rows driver.Rows) error {
			var tombstones, gaps uint64
			err := rows.Scan(&tombstones, &gaps)
			sum.Unread.Tombstones += tombstones
			sum.Unread.Gaps += gaps
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
