package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/scrubline/scrubline/detect/book"
	"github.com/scrubline/scrubline/detect/correlate"
	"github.com/scrubline/scrubline/detect/sigma"
	"github.com/scrubline/scrubline/detect/sql"
	"github.com/scrubline/scrubline/schemas"
)

// period is the time that a backtest over stored events covers.
type period struct{ from, to time.Time }

// parsePeriod reads --since and --until: a time, a day, or how long ago (24h, 30d).
func parsePeriod(since, until string, now time.Time) (p period, err error) {
	p.to = now
	if p.from, err = moment(since, now); err == nil && until != "" {
		p.to, err = moment(until, now)
	}
	return p, err
}

func moment(s string, now time.Time) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	if days, ok := strings.CutSuffix(s, "d"); ok {
		s = days + "h"
		if d, err := time.ParseDuration(s); err == nil {
			return now.Add(-24 * d), nil
		}
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		return now, &exitError{exitUsage, fmt.Errorf("%q is no time: write 2006-01-02, 2006-01-02T15:04:05Z, 24h or 30d", s)}
	}
	return now.Add(-d), nil
}

// stored runs each rule as a query over the events of a period, and correlations
// over what the queries find. Each run is recorded.
func (b *backtest) stored(ctx context.Context, n *node, rules []*sigma.Rule, p period) error {
	corr := correlate.New(rules, correlate.Options{})
	runs := make([]book.Run, 0, len(rules))
	b.alerts = map[*sigma.Rule]uint64{}
	for _, r := range rules {
		run := book.Run{Kind: "retro", Rule: r.Key(), Version: r.Version, Title: r.Title, From: p.from, To: p.to, Status: "ok", At: time.Now()}
		run.ID = fmt.Sprintf("%s-retro-%d", r.Version, run.At.UnixNano())
		if r.Correlation != nil {
			runs = append(runs, run)
			continue
		}
		before := b.records
		var fields []string
		if corr.Wants(r) {
			fields = correlate.Fields(rules, r)
		}
		qs, err := sql.Compile(r)
		if err != nil {
			return fmt.Errorf("rule %s: %w", r.Key(), err)
		}
		for i := range qs {
			if err := b.ask(ctx, n, r, &qs[i], fields, p, corr); err != nil {
				return fmt.Errorf("rule %s over %s: %w", r.Key(), qs[i].Source, err)
			}
		}
		run.Matches, run.Cost = b.records-before, time.Since(run.At)
		runs = append(runs, run)
	}
	corr.Finish(b.fire)
	for i, r := range rules {
		if runs[i].Alerts = b.alerts[r]; corr.Dropped > 0 && r.Correlation != nil {
			runs[i].Status, runs[i].Reason = "incomplete", "too many groups at once"
		}
	}
	if err := n.book().Runs(ctx, runs); err != nil {
		return err
	}
	if corr.Late+corr.Dropped > 0 {
		fmt.Fprintf(os.Stderr, "correlations: %d matches came too late to be taken in order of time, %d groups were given up\n", corr.Late, corr.Dropped)
	}
	return b.err
}

// ask runs one query.
func (b *backtest) ask(ctx context.Context, n *node, r *sigma.Rule, q *sql.Query, fields []string, p period, corr *correlate.Engine) error {
	id := "native_id"
	if q.Table == schemas.Flows {
		id = "''"
	}
	texts := "emptyArrayString()"
	if len(fields) > 0 {
		var parts []string
		for _, f := range fields {
			parts = append(parts, sql.Field(q.Source, f))
		}
		texts = "[" + strings.Join(parts, ", ") + "]"
	}
	text := fmt.Sprintf(`SELECT toUnixTimestamp64Milli(event_time), origin, record_no, %s, %s FROM %s
WHERE tenant_id = %s AND event_time >= fromUnixTimestamp64Milli(%d) AND event_time < fromUnixTimestamp64Milli(%d) AND %s
ORDER BY event_time, batch, record_no LIMIT 1 BY batch, record_no`,
		id, texts, q.Table, sql.Quote(n.cfg.Tenant), p.from.UnixMilli(), p.to.UnixMilli(), q.Where())
	rows, err := n.store.Conn().Query(ctx, text)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var values [][]string
		ev := correlate.Event{Rule: r, Field: func(name string) ([]byte, bool) {
			for i, f := range fields {
				if f == name && len(values[i]) > 0 {
					return []byte(values[i][0]), true
				}
			}
			return nil, false
		}}
		if err := rows.Scan(&ev.Time, &ev.Ref.Origin, &ev.Ref.Record, &ev.Ref.ID, &values); err != nil {
			return err
		}
		b.records++
		if !r.Silent {
			b.fire(correlate.Alert{Rule: r, Time: ev.Time, Ref: ev.Ref})
		}
		corr.Add(&ev, b.fire)
	}
	return rows.Err()
}
