package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/scrubline/scrubline/cmd/scrubline/demo"
	"github.com/scrubline/scrubline/detect/alert"
	"github.com/scrubline/scrubline/detect/book"
	"github.com/scrubline/scrubline/query"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/policy"
	"github.com/scrubline/scrubline/store/archive"
)

type demoCmd struct {
	Exit   bool   `help:"End after the report instead of serving the page."`
	Listen string `help:"Loopback address of the API and the page (default 127.0.0.1:8080)." placeholder:"ADDR"`
}

const demoSeed = 1

func (c *demoCmd) Run(ctx context.Context, g *globals) (err error) {
	if g.Data == defaultData {
		g.Data = "scrubline-demo"
	}
	began := time.Now()
	logs := filepath.Join(g.Data, "logs")
	facts, err := demo.Write(logs, demoSeed, demo.Days)
	if err != nil {
		return err
	}
	if err := demo.WritePatients(filepath.Join(g.Data, "patients.csv"), demoSeed); err != nil {
		return err
	}
	out := os.Stdout
	fmt.Fprintf(out, "Northfield General, a hospital that does not exist: a week of logs in %s\n(%d files in 5 formats, %d records, patient data planted in them)\n\n", logs, facts.Files, facts.Records)
	n, err := g.openNode(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.close()) }()
	t, err := n.ingest(ctx, &ingestCmd{Paths: []string{logs}}, nil)
	if err != nil {
		return err
	}
	report(out, t, g.policy)
	if int(t.Records) != facts.Records || t.Records != t.Events+t.Tombstones {
		return fmt.Errorf("%d records went in and %d were accounted for", facts.Records, t.Events+t.Tombstones)
	}
	if err := n.questions(ctx, out); err != nil {
		return err
	}
	if err := n.verified(ctx, out); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nAll of it in %.1f s.\n", time.Since(began).Seconds())
	if c.Exit {
		return nil
	}
	err = n.together(ctx, n.api(c.Listen), n.auditing())
	n.carryTrail(context.WithoutCancel(ctx))
	return err
}

// report prints what came in and what was taken out.
func report(w io.Writer, t *totals, p *policy.Policy) {
	fmt.Fprintln(w, "Came in")
	for _, s := range sorted(t.bySource) {
		fmt.Fprintf(w, "  %-16s %8d records\n", s, t.bySource[s])
	}
	fmt.Fprintf(w, "  %-16s %8d records = %d events + %d tombstones\n\nTaken out (Safe Harbor letter, recognizer)\n", "together", t.Records, t.Events, t.Tombstones)
	names := sorted(t.matches)
	slices.SortStableFunc(names, func(a, b string) int { return int(p.Letter(a)) - int(p.Letter(b)) })
	for _, m := range names {
		fmt.Fprintf(w, "  %c  %-16s %8d\n", p.Letter(m), m, t.matches[m])
	}
}

func sorted(m map[string]uint64) []string {
	var ks []string
	for k := range m {
		ks = append(ks, k)
	}
	slices.Sort(ks)
	return ks
}

// questions answers some, as an analyst would type them.
func (n *node) questions(ctx context.Context, w io.Writer) error {
	s := n.service()
	week := "since:" + demo.Start.Format("2006-01-02") + " until:" + demo.Start.AddDate(0, 0, 7).Format("2006-01-02")
	who := func(a query.AccessQuery, head, filter string) error {
		q, err := query.Parse(strings.TrimSpace(filter+" "+week), time.Now(), time.UTC)
		if err != nil {
			return err
		}
		a.Filter, a.Limit = q, 100
		ans, err := s.Access(ctx, a)
		if err != nil {
			return fmt.Errorf("asking: %w", err)
		}
		fmt.Fprintln(w, head)
		ans.Rows = slices.DeleteFunc(ans.Rows, func(r query.Access) bool { return r.Name == "" }) // calls on no resource
		slices.SortFunc(ans.Rows, func(a, b query.Access) int { return cmp.Compare(b.Count, a.Count) })
		for _, r := range ans.Rows[:min(4, len(ans.Rows))] {
			fmt.Fprintf(w, "  %6d×  %-52s last %s\n", r.Count, cut(r.Name, 52), r.Last.UTC().Format(time.DateTime))
		}
		return nil
	}
	fmt.Fprintln(w)
	if err := who(query.AccessQuery{Subject: query.Subject{Patient: demo.Target}}, "1. Who opened the chart of patient "+demo.Target+"? (that number is stored nowhere)", "source:app"); err != nil {
		return err
	}
	if err := who(query.AccessQuery{Subject: query.Subject{Actor: demo.Snooper}}, "2. What did "+demo.Snooper+" touch in S3?", "source:aws_cloudtrail"); err != nil {
		return err
	}
	q, err := query.Parse("source:aws_waf action:BLOCK "+week, time.Now(), time.UTC)
	if err != nil {
		return err
	}
	ans, err := s.Events(ctx, q, query.Page{Limit: 3})
	if err != nil {
		return fmt.Errorf("asking: %w", err)
	}
	fmt.Fprintln(w, "3. What did the firewall block last?")
	for _, r := range ans.Rows {
		fmt.Fprintf(w, "  %s  %-10s %-18s %s\n", r.Time(schemas.EventTime).UTC().Format(time.DateTime), r.Word(schemas.Action), cut(first(r, schemas.SrcAddr, schemas.SrcIP), 30), r.Word(schemas.URLPath))
	}
	return n.gravest(ctx, w)
}

// gravest lists the alerts that somebody should look at first.
func (n *node) gravest(ctx context.Context, w io.Writer) error {
	all, _, err := n.book().List(ctx, book.Filter{Limit: 1000})
	if err != nil {
		return fmt.Errorf("asking: %w", err)
	}
	slices.SortStableFunc(all, func(a, b *book.Alert) int { return cmp.Compare(alert.Rank(b.Level), alert.Rank(a.Level)) })
	fmt.Fprintln(w, "4. Which alerts are there? (the gravest)")
	for _, a := range all[:min(4, len(all))] {
		var who []string
		for _, l := range a.Group {
			who = append(who, cut(l.Value, 40))
		}
		fmt.Fprintf(w, "  %s  %-8s %s: %s\n", a.First.UTC().Format(time.DateTime), a.Level, a.Title, strings.Join(who, ", "))
	}
	return nil
}

// verified checks the archive as an outsider would.
func (n *node) verified(ctx context.Context, w io.Writer) error {
	key, err := os.ReadFile(n.path(archive.PubFile))
	if err != nil {
		return fmt.Errorf("reading the archive's public key: %w", err)
	}
	s, err := (&archiveFlags{}).open(ctx, n.g)
	if err != nil {
		return err
	}
	r, err := archive.Verify(ctx, s, string(key), archive.Checks{})
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "\nArchive: %s, %d objects, %d rows, %d problems (check it yourself: scrubline archive verify --data %s)\n", r.Status, r.Objects, r.Rows, len(r.Problems), n.dir)
	if r.ExitCode() != 0 {
		return &exitError{exitFailed, errors.New("the archive does not verify")}
	}
	return nil
}
