package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"github.com/scrubline/scrubline/detect/book"
)

type rulesRunsCmd struct {
	Rule  string `help:"Of one rule, by its id."`
	Kind  string `help:"Of one kind: stream, schedule or retro." enum:",stream,schedule,retro" default:""`
	Since string `help:"Run from then on: a time or how long ago (24h, 30d)." placeholder:"T"`
	Limit int    `help:"How many." default:"50"`
	JSON  bool   `help:"One JSON object a run."`
}

func (c *rulesRunsCmd) Run(ctx context.Context, g *globals) error {
	f := book.RunFilter{Rule: c.Rule, Kind: c.Kind, Limit: c.Limit}
	if c.Since != "" {
		var err error
		if f.Since, err = moment(c.Since, time.Now()); err != nil {
			return err
		}
	}
	return g.withBook(ctx, func(b *book.Book) error {
		runs, err := b.LatestRuns(ctx, f)
		if err != nil {
			return err
		}
		return printRuns(runs, c.JSON)
	})
}

// printRuns prints runs as they are given.
func printRuns(runs []book.Run, asJSON bool) error {
	if asJSON {
		enc := json.NewEncoder(os.Stdout)
		for i := range runs {
			if err := enc.Encode(runs[i].JSON()); err != nil {
				return fmt.Errorf("writing runs: %w", err)
			}
		}
		return nil
	}
	tab := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(tab, "AT\tKIND\tRULE\tVERSION\tFROM\tTO\tLATENESS\tMATCHES\tALERTS\tLATE\tMS\tSTATUS")
	for i := range runs {
		r := &runs[i]
		_, _ = fmt.Fprintf(tab, "%s\t%s\t%s\t%.8s\t%s\t%s\t%s\t%d\t%d\t%d\t%.1f\t%s %s\n", r.At.Format(time.RFC3339), r.Kind, r.Rule, r.Version,
			r.From.Format(time.RFC3339), r.To.Format(time.RFC3339), r.Lateness, r.Matches, r.Alerts, r.Late, r.Cost.Seconds()*1e3, r.Status, r.Reason)
	}
	return tab.Flush()
}

type rulesScheduleCmd struct {
	Rules []string `help:"Patterns of ids and names of rules that are run besides those that ask for it; * is all." placeholder:"PATTERN" sep:"none"`
	Since string   `help:"How far windows are caught up with: a time or how long ago (24h, 30d). Default: as configured." placeholder:"T"`
}

// Run runs what is due and prints the runs of this command.
func (c *rulesScheduleCmd) Run(ctx context.Context, g *globals) error {
	n, err := g.openNode(ctx)
	if err != nil {
		return err
	}
	return errors.Join(c.run(ctx, n), n.close())
}

func (c *rulesScheduleCmd) run(ctx context.Context, n *node) error {
	if n.cfg.Detect.Off || n.cfg.Schedule.Off {
		return &exitError{exitUsage, errors.New("rules, or schedules of them, are off in the configuration")}
	}
	began := time.Now()
	if c.Since != "" {
		since, err := moment(c.Since, began)
		if err != nil {
			return err
		}
		n.cfg.Schedule.Back = began.Sub(since)
	}
	n.cfg.Schedule.Rules = append(n.cfg.Schedule.Rules, c.Rules...)
	if err := n.cfg.Schedule.check(); err != nil {
		return err
	}
	if _, err := n.sink(ctx); err != nil {
		return err
	}
	failed := n.scheduler().Turn(ctx)
	runs, err := n.book().LatestRuns(ctx, book.RunFilter{Kind: book.Schedule, Since: began.Add(-time.Millisecond), Limit: 1 << 20})
	if err != nil {
		return errors.Join(failed, err)
	}
	return errors.Join(failed, printRuns(runs, false))
}
