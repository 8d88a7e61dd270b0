package query

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/scrubline/scrubline/schemas"
)

// Coverage is what came from one account and region by one source.
type Coverage struct {
	Source  string
	Account string
	Region  string
	Days    []CoveredDay // those with rows, oldest first
	Missing []time.Time  // days without a row between the first and the last, midnight UTC
}

// CoveredDay counts a day's rows, each once.
type CoveredDay struct {
	Day        time.Time // midnight UTC, of the records' own times
	Events     uint64
	Tombstones uint64 // records that could not be read
	Gaps       uint64 // places where the source or the input says that records are missing
}

// maxCoverage bounds an answer: a year of a hundred sources, accounts and regions.
const maxCoverage = 40_000

// Coverage tells, for each source, account and region, which days there are records of
// in [since, until). A day of a gap is shown, never averaged away. The ends of a range
// count only if they are given: what nobody asked about is not missing.
func (s *Service) Coverage(ctx context.Context, since, until time.Time) ([]Coverage, error) {
	sc, err := s.scope(ctx)
	if err != nil {
		return nil, err
	}
	q := &Query{}
	q.Range(since, until)
	found := map[[3]string]*Coverage{}
	for _, t := range []schemas.Table{schemas.Events, schemas.Flows} {
		copies, err := s.copies(ctx, t)
		if err != nil {
			return nil, err
		}
		r := q.scanOf(&condition{table: t, cols: sc.columns(t.Columns()), scope: sc, own: true})
		r.where += people // a canary is no sign that a log still comes
		columns := "source, " + r.read(schemas.CloudAccount, schemas.CloudRegion) + ", toDate32(event_time) AS day"
		for _, kind := range []uint64{schemas.KindEvent, schemas.KindTombstone, schemas.KindGap} {
			columns += ", " + r.once(fmt.Sprintf("row_kind = %d", kind), copies)
		}
		err = s.each(ctx, r.sql(columns, "GROUP BY source, cloud_account, cloud_region, day ORDER BY day"), r.params, maxCoverage, func(rows driver.Rows) error {
			var key [3]string
			var d CoveredDay
			if err := rows.Scan(&key[0], &key[1], &key[2], &d.Day, &d.Events, &d.Tombstones, &d.Gaps); err != nil {
				return err
			}
			c := found[key]
			if c == nil {
				c = &Coverage{Source: key[0], Account: key[1], Region: key[2]}
				found[key] = c
			}
			d.Day = d.Day.UTC()
			c.Days = append(c.Days, d)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	list := make([]Coverage, 0, len(found))
	for _, c := range found {
		if c.Source != auditSource {
			c.missing(since, until)
		}
		list = append(list, *c)
	}
	slices.SortFunc(list, func(a, b Coverage) int {
		return slices.Compare([]string{a.Source, a.Account, a.Region}, []string{b.Source, b.Account, b.Region})
	})
	return list, nil
}

const day = 24 * time.Hour

// auditSource is the source of what people do with Scrubline: a day on which nobody did
// anything is no gap.
const auditSource = schemas.AuditSource

// missing finds the days without rows.
func (c *Coverage) missing(since, until time.Time) {
	at, end := c.Days[0].Day, c.Days[len(c.Days)-1].Day
	if !since.IsZero() {
		at = since.UTC().Truncate(day)
	}
	if !until.IsZero() {
		end = until.UTC().Add(-time.Millisecond).Truncate(day)
	}
	for i := 0; !at.After(end); at = at.Add(day) {
		for i < len(c.Days) && c.Days[i].Day.Before(at) {
			i++
		}
		if i == len(c.Days) || !c.Days[i].Day.Equal(at) {
			c.Missing = append(c.Missing, at)
		}
	}
}
