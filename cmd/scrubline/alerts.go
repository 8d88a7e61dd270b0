package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/scrubline/scrubline/detect/book"
	"github.com/scrubline/scrubline/query/audit"
)

type alertsCmd struct {
	List   alertsListCmd   `cmd:"" help:"List alerts, the newest first."`
	Show   alertsShowCmd   `cmd:"" help:"Show one alert: why, the events, what was done."`
	Ack    alertsSetCmd    `cmd:"" help:"Say that somebody looks into it."`
	Close  alertsCloseCmd  `cmd:"" help:"Say that it is done with, and why."`
	Routes alertsRoutesCmd `cmd:"" help:"Say how the routes of the configuration are doing."`
}

type alertsListCmd struct {
	State      string `help:"Only those that are open, acknowledged or closed." enum:",open,acknowledged,closed" default:""`
	Level      string `help:"Of this level at least: informational, low, medium, high, critical." enum:",informational,low,medium,high,critical" default:""`
	Rule       string `help:"Of one rule, by its id."`
	Since      string `help:"With matches from then on: a time or how long ago (24h, 30d)." placeholder:"T"`
	Suppressed bool   `help:"Suppressed ones too."`
	Drills     bool   `help:"Those of drills too."`
	Order      string `help:"time: the newest first; level: the gravest first." enum:"time,level" default:"time"`
	Limit      int    `help:"How many." default:"100"`
	Format     string `help:"table or ndjson." enum:"table,ndjson" default:"table"`
}

func (c *alertsListCmd) Run(ctx context.Context, g *globals) error {
	f := book.Filter{State: c.State, Least: c.Level, Rule: c.Rule, Suppressed: c.Suppressed, Drills: c.Drills, Gravest: c.Order == "level", Limit: c.Limit}
	if c.Since != "" {
		var err error
		if f.Since, err = moment(c.Since, time.Now()); err != nil {
			return err
		}
	}
	return g.withBook(ctx, func(b *book.Book) error {
		as, more, err := b.List(ctx, f)
		if err != nil {
			return err
		}
		if err := printAlerts(os.Stdout, as, c.Format); err != nil {
			return err
		}
		if more {
			fmt.Fprintf(os.Stderr, "there are more: --limit, --since\n")
		}
		return nil
	})
}

// withBook opens the node and hands out its book.
func (g *globals) withBook(ctx context.Context, do func(*book.Book) error) error {
	n, err := g.openNode(ctx)
	if err != nil {
		return err
	}
	err = do(n.book())
	return errors.Join(err, n.close())
}

func printAlerts(w io.Writer, as []*book.Alert, format string) error {
	if format == "ndjson" {
		out := bufio.NewWriter(w)
		enc := json.NewEncoder(out)
		for _, a := range as {
			if err := enc.Encode(a.JSON()); err != nil {
				return err
			}
		}
		return out.Flush()
	}
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(tab, "ID\tLAST\tLEVEL\tSTATE\tMATCHES\tWHY")
	for _, a := range as {
		_, _ = fmt.Fprintf(tab, "%.12s\t%s\t%s\t%s\t%d\t%s\n", a.ID, a.Last.Format(time.RFC3339), a.Level, a.State, a.Matches, a.Summary)
	}
	return tab.Flush()
}

type alertsShowCmd struct {
	ID   string `arg:"" help:"Its id, or how it begins."`
	JSON bool   `help:"As a JSON object."`
}

func (c *alertsShowCmd) Run(ctx context.Context, g *globals) error {
	return g.withBook(ctx, func(b *book.Book) error {
		a, err := find(ctx, b, c.ID)
		if err != nil {
			return err
		}
		changes, err := b.Changes(ctx, a.ID)
		if err != nil {
			return err
		}
		if c.JSON {
			out := json.NewEncoder(os.Stdout)
			out.SetIndent("", "  ")
			return out.Encode(struct {
				book.AlertJSON
				Changes []book.Change `json:"changes"`
			}{a.JSON(), changes})
		}
		show(os.Stdout, a, changes)
		return nil
	})
}

func show(w io.Writer, a *book.Alert, changes []book.Change) {
	line := func(name, text string) {
		if text != "" {
			_, _ = fmt.Fprintf(w, "%-12s%s\n", name, text)
		}
	}
	line("alert", a.ID)
	line("why", a.Summary)
	line("rule", a.Rule+", version "+a.Version)
	line("level", a.Level)
	line("state", a.State)
	line("matches", fmt.Sprintf("%d, from %s to %s", a.Matches, a.First.Format(time.RFC3339), a.Last.Format(time.RFC3339)))
	for _, l := range a.Group {
		line("group", l.Name+" = "+l.Value)
	}
	line("suppressed", a.Suppressed)
	line("drill", a.Drill)
	for _, q := range a.Searches() {
		line("search", "scrubline query "+quoted(q))
	}
	for _, r := range a.Evidence {
		line("evidence", fmt.Sprintf("%s row %d", r.Batch, r.Record))
	}
	for _, c := range changes {
		line("changed", fmt.Sprintf("%s %s by %s: %s", c.At.Format(time.RFC3339), c.State, c.Who, c.Note))
	}
}

// quoted puts an argument into quotes for a shell.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

func find(ctx context.Context, b *book.Book, id string) (*book.Alert, error) {
	a, err := b.Find(ctx, id)
	if errors.Is(err, book.ErrNoAlert) {
		return nil, &exitError{exitUsage, fmt.Errorf("no alert %q, or several that begin so", id)}
	}
	return a, err
}

type alertsSetCmd struct {
	ID   string `arg:"" help:"Its id, or how it begins."`
	Note string `help:"What is to be known about it." placeholder:"TEXT"`
	By   string `help:"Who says so; default: the user of this machine." placeholder:"NAME"`
}

func (c *alertsSetCmd) Run(ctx context.Context, g *globals) error {
	return c.set(ctx, g, book.Acknowledged)
}

type alertsCloseCmd struct{ alertsSetCmd }

func (c *alertsCloseCmd) Run(ctx context.Context, g *globals) error {
	if c.Note == "" {
		return &exitError{exitUsage, errors.New("say why: --note TEXT")}
	}
	return c.set(ctx, g, book.Closed)
}

func (c *alertsSetCmd) set(ctx context.Context, g *globals, state string) (err error) {
	if c.By == "" {
		if u, err := user.Current(); err == nil {
			c.By = u.Username
		}
	}
	n, err := g.openNode(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.close()) }()
	b := n.book()
	a, err := find(ctx, b, c.ID)
	if err != nil {
		return err
	}
	action := audit.Ack
	if state == book.Closed {
		action = audit.Close
	}
	return n.recorded(ctx, action, "alerts", "alert "+a.ID, "", func() (int, bool, error) {
		if err := b.Set(ctx, a.ID, book.Change{At: time.Now(), State: state, Who: c.By, Note: c.Note}); err != nil {
			return 0, false, err
		}
		fmt.Printf("%s is %s\n", a.ID, state)
		return 1, false, nil
	})
}

type alertsRoutesCmd struct{}

func (c *alertsRoutesCmd) Run(ctx context.Context, g *globals) error {
	n, err := g.openNode(ctx)
	if err != nil {
		return err
	}
	health, err := n.routeHealth(ctx)
	if err := errors.Join(err, n.close()); err != nil {
		return err
	}
	tab := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(tab, "ROUTE\tSTATE\tDELIVERED\tFAILED\tGIVEN UP\tLAST DELIVERED\tLAST ERROR")
	for _, h := range health {
		last := "never"
		if h.Delivered > 0 {
			last = h.LastGood.Format(time.RFC3339)
		}
		_, _ = fmt.Fprintf(tab, "%s\t%s\t%d\t%d\t%d\t%s\t%s\n", h.Route, h.State, h.Delivered, h.Failed, h.GivenUp, last, h.Code)
	}
	return tab.Flush()
}
