package main

import (
	"context"
	"fmt"
	"os"
	"sort"
	"text/tabwriter"
	"time"

	"github.com/scrubline/scrubline/detect/book"
)

type rulesNoiseCmd struct {
	Since string `help:"With matches from then on: a time or how long ago (24h, 30d)." default:"30d" placeholder:"T"`
}

func (c *rulesNoiseCmd) Run(ctx context.Context, g *globals) error {
	since, err := moment(c.Since, time.Now())
	if err != nil {
		return err
	}
	return g.withBook(ctx, func(b *book.Book) error {
		all, err := b.Noise(ctx, since)
		if err != nil {
			return err
		}
		tab := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		_, _ = fmt.Fprintln(tab, "RULE\tLEVEL\tALERTS\tMATCHES\tGROUPS\tSUPPRESSED\tOPEN\tCLOSED\tTITLE")
		for _, n := range all {
			_, _ = fmt.Fprintf(tab, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%s\n", n.Rule, n.Level, n.Alerts, n.Matches, n.Groups, n.Suppressed, n.Open, n.Closed, n.Title)
		}
		return tab.Flush()
	})
}

type rulesSuppressionsCmd struct{}

// Run lists suppressions: those that end first, first.
func (c *rulesSuppressionsCmd) Run(ctx context.Context, g *globals) error {
	cfg, err := g.load()
	if err != nil {
		return err
	}
	n := &node{dir: g.Data, cfg: cfg, log: g.logger()}
	l, err := n.suppressions()
	if err != nil {
		return err
	}
	rules, err := cfg.Detect.loadRules(n.dir, n.refused)
	if err != nil {
		return err
	}
	now := time.Now()
	sort.SliceStable(l.All, func(i, j int) bool { return l.All[i].Ends().Before(l.All[j].Ends()) })
	tab := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(tab, "ID\tSTATE\tEXPIRES\tRULE\tSCOPE\tOWNER\tTICKET\tREASON")
	for _, s := range l.All {
		state := "in force"
		switch {
		case s.Expired(now):
			state = "expired"
		case !rules.Has(s.Rule):
			state = "no such rule"
		}
		scope := "all"
		if len(s.Group) > 0 {
			scope = fmt.Sprint(s.Group)[3:]
		}
		_, _ = fmt.Fprintf(tab, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", s.ID, state, s.Expires, s.Rule, scope, s.Owner, s.Ticket, s.Reason)
	}
	return tab.Flush()
}
