package query

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/scrubline/scrubline/schemas"
)

// Histogram counts a query's rows by time and outcome.
type Histogram struct {
	Query   *Query
	Tables  []schemas.Table
	Rows    uint64
	Since   time.Time // start of the first bucket; zero if there are no rows
	Until   time.Time // end of the last bucket
	Step    time.Duration
	Buckets []Bucket // those with rows, oldest first
}

// Bucket counts the rows of [Start, Start+Step).
type Bucket struct {
	Start   time.Time
	Success uint64
	Failure uint64
	Other   uint64
	Unread  uint64 // tombstones and gaps
}

const maxBuckets = 90

var steps = []time.Duration{
	time.Second, 5 * time.Second, 15 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 3 * time.Hour,
	6 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour, 28 * 24 * time.Hour, 364 * 24 * time.Hour, 3640 * 24 * time.Hour,
}

// Histogram counts the rows of a query, each once. The range that was asked for is
// the picture; a side that was left open ends with the rows. Its step is the
// smallest that makes 90 buckets at most.
func (s *Service) Histogram(ctx context.Context, q *Query) (*Histogram, error) {
	h := &Histogram{Query: q, Tables: q.Tables()}
	first, last := q.Since, q.Until.Add(-time.Millisecond)
	if q.Since.IsZero() || q.Until.IsZero() {
		// How long the picture is shows when its rows are counted by hours; that is
		// the picture if they are days apart.
		counts, from, to, err := s.countByTime(ctx, h, time.Unix(0, 0).UTC(), time.Hour)
		if err != nil || len(counts) == 0 {
			return h, err
		}
		if q.Since.IsZero() {
			first = from
		}
		if q.Until.IsZero() {
			last = to
		}
		h.frame(first, last)
		if h.Step >= time.Hour {
			h.fill(counts)
			return h, nil
		}
	}
	h.frame(first, last)
	counts, _, _, err := s.countByTime(ctx, h, h.Since, h.Step)
	if err != nil || len(counts) == 0 {
		h.Since, h.Until, h.Step = time.Time{}, time.Time{}, 0
		return h, err
	}
	h.fill(counts)
	return h, nil
}

// frame chooses the step and the ends.
func (h *Histogram) frame(first, last time.Time) {
	first, last = first.UTC(), last.UTC()
	for _, h.Step = range steps {
		if last.Sub(first)/h.Step < maxBuckets {
			break
		}
	}
	ms := h.Step.Milliseconds()
	h.Since = time.UnixMilli(floor(first.UnixMilli(), ms)).UTC()
	h.Until = time.UnixMilli(floor(last.UnixMilli(), ms) + ms).UTC()
}

// fill puts counts of buckets of the step or smaller into the picture.
func (h *Histogram) fill(counts map[time.Time]Bucket) {
	buckets := map[int64]*Bucket{}
	for at, n := range counts {
		start := floor(at.UnixMilli()-h.Since.UnixMilli(), h.Step.Milliseconds()) + h.Since.UnixMilli()
		b := buckets[start]
		if b == nil {
			b = &Bucket{Start: time.UnixMilli(start).UTC()}
			buckets[start] = b
		}
		b.Success, b.Failure, b.Other, b.Unread = b.Success+n.Success, b.Failure+n.Failure, b.Other+n.Other, b.Unread+n.Unread
		h.Rows += n.Success + n.Failure + n.Other + n.Unread
	}
	for _, b := range buckets {
		h.Buckets = append(h.Buckets, *b)
	}
	slices.SortFunc(h.Buckets, func(a, b Bucket) int { return a.Start.Compare(b.Start) })
}

func floor(n, step int64) int64 {
	if n < 0 {
		n -= step - 1
	}
	return n / step * step
}

// countByTime counts rows in buckets of step from origin on, and finds the first
// and the last.
func (s *Service) countByTime(ctx context.Context, h *Histogram, origin time.Time, step time.Duration) (counts map[time.Time]Bucket, first, last time.Time, err error) {
	sc, err := s.scope(ctx)
	if err != nil {
		return nil, first, last, err
	}
	counts = map[time.Time]Bucket{}
	for _, t := range h.Tables {
		copies, err := s.copies(ctx, t)
		if err != nil {
			return nil, first, last, err
		}
		r := h.Query.reading(t, sc, s.opt.Tokens)
		kind := "0"
		if r.has(schemas.RowKind) {
			kind = "row_kind"
		}
		columns := fmt.Sprintf("intDiv(toUnixTimestamp64Milli(event_time) - %s, %s) AS bucket, toUInt8(%s) AS kind, status_id, %s, min(event_time), max(event_time)",
			r.param("Int64", origin.UnixMilli()), r.param("Int64", step.Milliseconds()), kind, r.once(always, copies))
		if r.err != nil {
			return nil, first, last, r.err
		}
		err = s.each(ctx, r.sql(columns, "GROUP BY bucket, kind, status_id"), r.params, 0, func(rows driver.Rows) error {
			var bucket int64
			var kind, status uint8
			var n uint64
			var from, to time.Time
			if err := rows.Scan(&bucket, &kind, &status, &n, &from, &to); err != nil {
				return err
			}
			at := origin.Add(time.Duration(bucket) * step)
			b := counts[at]
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
			counts[at] = b
			if first.IsZero() || from.Before(first) {
				first = from
			}
			if to.After(last) {
				last = to
			}
			return nil
		})
		if err != nil {
			return nil, first, last, err
		}
	}
	return counts, first, last, nil
}
