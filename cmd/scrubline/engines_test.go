package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scrubline/scrubline/cmd/scrubline/demo"
	"github.com/scrubline/scrubline/detect"
	"github.com/scrubline/scrubline/detect/book"
	"github.com/scrubline/scrubline/detect/correlate"
	"github.com/scrubline/scrubline/detect/schedule"
	"github.com/scrubline/scrubline/detect/watch"
)

// TestEnginesAgree: over the demo week the rules that come with the program find the
// same on the stream, in a backtest over the files, in a backtest over what is stored,
// and by schedule: match by match, and the alerts by their ids.
func TestEnginesAgree(t *testing.T) {
	t.Setenv("SCRUBLINE_ENGINE", library(t))
	dir := t.TempDir()
	logs := filepath.Join(dir, "logs")
	if _, err := demo.Write(logs, demoSeed, demo.Days); err != nil {
		t.Fatal(err)
	}
	g := &globals{Data: filepath.Join(dir, "data"), Log: "error"}
	n, err := g.openNode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = n.close() }()
	if _, err := n.ingest(t.Context(), &ingestCmd{Paths: []string{logs}, Quiet: true}, nil); err != nil {
		t.Fatal(err)
	}
	stream := raisedAlerts(t, n)
	if len(stream) < 5 {
		t.Fatalf("only %d alerts on the stream", len(stream))
	}

	// Nothing is raised that the stream has raised.
	marks, err := n.drills()
	if err != nil {
		t.Fatal(err)
	}
	turn := func() {
		t.Helper()
		now := func() time.Time { return demo.Start.AddDate(0, 0, 4*demo.Days) }
		err := schedule.New(schedule.Options{
			Watcher: watch.New(n.watcher.Rules(), watch.Options{Book: n.book(), Drills: marks, Now: now}), Finder: n.finder(nil), Book: n.book(),
			Rules: []string{"*"}, Every: demo.Days * 24 * time.Hour, Back: 6 * demo.Days * 24 * time.Hour, Now: now,
		}).Turn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
	}
	turn()
	if d := cmp.Diff(stream, raisedAlerts(t, n)); d != "" {
		t.Errorf("the stream's alerts against those with a schedule:\n%s", d)
	}
	// And all of it without the stream.
	for _, table := range []string{"alerts", "rule_runs"} {
		if err := n.store.Conn().Exec(t.Context(), "TRUNCATE TABLE "+table); err != nil {
			t.Fatal(err)
		}
	}
	turn()
	if d := cmp.Diff(stream, raisedAlerts(t, n)); d != "" {
		t.Errorf("the stream's alerts against the schedule's:\n%s", d)
	}
	runs, err := n.book().LatestRuns(t.Context(), book.RunFilter{Kind: book.Schedule, Limit: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	oldest, err := n.book().Oldest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rules := map[string]bool{}
	for _, r := range runs {
		if rules[r.Rule] = true; r.Status != "ok" {
			t.Errorf("%s over %s: %s", r.Rule, r.From, r.Status)
		}
	}
	for _, r := range n.watcher.Rules().Scheduled(func([]string) bool { return true }, time.Hour) {
		if _, came := oldest[r.Sources[0]]; came && !rules[r.Key] {
			t.Errorf("%s was not run", r.Title)
		}
	}

	files := backtested(t, n, func(c *rulesBacktestCmd) { c.Input = []string{logs} })
	stored := backtested(t, n, func(c *rulesBacktestCmd) { c.Stored, c.Since = true, "2020-01-01" })
	if d := cmp.Diff(files, stored); d != "" {
		t.Errorf("matches in files against those in what is stored:\n%s", d)
	}
	if len(files) < 1000 {
		t.Errorf("only %d matches", len(files))
	}
}

// raisedAlerts lists the alerts of rules: what tells them apart, and their matches.
func raisedAlerts(t *testing.T, n *node) []string {
	t.Helper()
	rows, err := n.store.Conn().Query(t.Context(), `SELECT alert_id, any(rule_id), any(toString(title)), sum(matches) FROM
(SELECT * FROM alerts WHERE kind != 'safety' ORDER BY alert_id, batch, written DESC LIMIT 1 BY alert_id, batch) GROUP BY alert_id ORDER BY alert_id`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var out []string
	for rows.Next() {
		var id, rule, title string
		var matches uint64
		if err := rows.Scan(&id, &rule, &title, &matches); err != nil {
			t.Fatal(err)
		}
		out = append(out, fmt.Sprint(id, " ", rule, " ", title, " ", matches))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// backtested lists a backtest's matches.
func backtested(t *testing.T, n *node, how func(*rulesBacktestCmd)) []string {
	t.Helper()
	c := &rulesBacktestCmd{Matches: filepath.Join(t.TempDir(), "matches")}
	how(c)
	set, err := c.load()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range set.Rules {
		r.Silent = false // what correlations are made of, too
	}
	f, err := os.Create(c.Matches)
	if err != nil {
		t.Fatal(err)
	}
	b := &backtest{out: json.NewEncoder(f), run: detect.New(set.Rules, nil).NewRun(correlate.Options{})}
	if c.Stored {
		err = b.stored(t.Context(), n, set.Rules, period{demo.Start.AddDate(-1, 0, 0), time.Now()})
	} else {
		err = c.overFiles(t.Context(), n.g, b)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(c.Matches)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range bytes.Lines(text) {
		out = append(out, strings.TrimSpace(string(line)))
	}
	slices.Sort(out)
	return out
}
