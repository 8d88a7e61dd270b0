package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/scrubline/scrubline/detect"
	"github.com/scrubline/scrubline/detect/book"
	"github.com/scrubline/scrubline/detect/correlate"
	"github.com/scrubline/scrubline/detect/list"
	"github.com/scrubline/scrubline/detect/sigma"
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
	corr, news := correlate.New(rules, correlate.Options{}), detect.NewNovelties()
	runs := make([]book.Run, 0, len(rules))
	b.alerts = map[*sigma.Rule]uint64{}
	lists, err := loadLists(n.dir)
	if err != nil {
		return err
	}
	finder := n.finder(func() list.Set { return lists })
	for _, r := range rules {
		run := book.Run{Kind: book.Retro, Rule: r.Key(), Version: r.Version, Title: r.Title, From: p.from, To: p.to, Status: "ok", At: time.Now()}
		run.ID = fmt.Sprintf("%s-retro-%d", r.Version, run.At.UnixNano())
		if r.Correlation != nil {
			runs = append(runs, run)
			continue
		}
		var fields []string
		if corr.Wants(r) {
			fields = correlate.Fields(rules, r)
		}
		if r.Novel != nil {
			fields = append(slices.Clone(r.Novel.For), r.Novel.Of...)
		}
		for s, err := range finder.Find(ctx, r, fields, p.from.UnixMilli(), p.to.UnixMilli()) {
			if err != nil {
				return fmt.Errorf("rule %s: %w", r.Key(), err)
			}
			b.records++
			run.Matches++
			ev := correlate.Event{Rule: r, Time: s.Time, Ref: correlate.Ref{Origin: s.Origin, Record: s.Ref.Record, ID: s.Native}, Field: s.Field}
			if !r.Silent && news.Fires(r, s.Time, s.Field) {
				b.fire(correlate.Alert{Rule: r, Time: ev.Time, Ref: ev.Ref})
			}
			corr.Add(&ev, b.fire)
		}
		run.Cost = time.Since(run.At)
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
