package watch

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/scrubline/scrubline/detect/alert"
	"github.com/scrubline/scrubline/detect/book"
	"github.com/scrubline/scrubline/detect/correlate"
	"github.com/scrubline/scrubline/detect/sigma"
)

// span is a piece of event time: aligned windows, one after the other.
type span struct{ from, to int64 }

// spans lists the windows that matches of ps touch: those they lie in and those
// that may look back to them. Pieces that overlap are one.
func (u *unit) spans(ps []*pending) []span {
	var out []span
	for _, p := range ps {
		from, _ := alert.Window(p.From, u.span)
		_, to := alert.Window(p.To+u.back.Milliseconds(), u.span)
		out = append(out, span{from.UnixMilli(), to.UnixMilli()})
	}
	slices.SortFunc(out, func(a, b span) int { return int(min(max(a.from-b.from, -1), 1)) })
	n := 0
	for _, s := range out {
		if n > 0 && s.from <= out[n-1].to {
			out[n-1].to = max(out[n-1].to, s.to)
			continue
		}
		out[n] = s
		n++
	}
	return out[:n]
}

// matches are where evaluate takes those of a unit's rules from: the book, or what is
// stored.
type matches interface {
	MatchesOf(ctx context.Context, rules, versions []string, from, to int64, each func(*book.Match) error) error
}

// evaluate runs u over the windows of s and returns its alerts and how it went.
// fresh are the batches that came since the last run; done is up to when windows
// were run before.
func (w *Watcher) evaluate(ctx context.Context, u *unit, from matches, s span, fresh map[string]bool, done int64, kind string) ([]*alert.Part, book.Run, error) {
	began := time.Now()
	run := book.Run{
		Kind: kind, Rule: u.Key(), Version: u.Version, Title: u.Title, From: time.UnixMilli(s.from).UTC(), To: time.UnixMilli(s.to).UTC(),
		Lateness: w.opt.Lateness, Status: "ok", At: w.opt.Now(),
	}
	if u.atOnce {
		run.Lateness = 0
	}
	// Exercises are run apart: they must neither raise real alerts nor hide them.
	runs := map[string]*correlation{}
	err := from.MatchesOf(ctx, u.keys, u.versions, s.from-u.back.Milliseconds(), s.to, func(m *book.Match) error {
		if run.Matches++; fresh[m.Ref.Batch] && m.Time < done {
			run.Late++
		}
		c := runs[m.Drill]
		if c == nil {
			c = newCorrelation(u)
			runs[m.Drill] = c
		}
		c.add(m)
		return nil
	})
	var parts []*alert.Part
	for exercise, c := range runs {
		c.engine.Finish(c.fire)
		run.Dropped += c.engine.Dropped
		for _, f := range c.facts {
			if f.Window >= s.from && f.Window < s.to && f.Rule == u.Rule {
				parts = append(parts, w.partOf(u, f, exercise))
			}
		}
	}
	slices.SortFunc(parts, func(a, b *alert.Part) int { return strings.Compare(a.ID, b.ID) })
	w.suppress(parts)
	run.Alerts, run.Cost = uint64(len(parts)), time.Since(began)
	run.ID = fmt.Sprintf("%s-%d-%d", u.Version, s.from, run.At.UnixNano())
	switch {
	case err != nil:
		run.Status, run.Reason, parts = "failed", "the store did not answer", nil
	case run.Dropped > 0:
		run.Status, run.Reason = "incomplete", "too many groups at once"
	}
	return parts, run, err
}

// correlation is one run of a unit's engine.
type correlation struct {
	engine *correlate.Engine
	rules  map[string]*sigma.Rule
	facts  []fired
	event  correlate.Event
	lent   *book.Match
}

type fired struct {
	*correlate.Fact
	Rule *sigma.Rule
}

func newCorrelation(u *unit) *correlation {
	c := &correlation{
		// Matches come in order: none waits for long.
		engine: correlate.New(u.family, correlate.Options{Aligned: true, Pending: 1 << 10, Groups: 1 << 17}),
		rules:  map[string]*sigma.Rule{},
	}
	for _, r := range u.family {
		c.rules[r.Key()] = r
	}
	c.event.Field = func(name string) ([]byte, bool) {
		if i := slices.Index(c.lent.Names, name); i >= 0 {
			return []byte(c.lent.Texts[i]), true
		}
		return nil, false
	}
	return c
}

func (c *correlation) add(m *book.Match) {
	c.lent = m
	c.event.Rule, c.event.Time = c.rules[m.Rule], m.Time
	c.event.Ref = correlate.Ref{Origin: m.Ref.Batch, Record: m.Ref.Record, ID: m.Source}
	c.engine.Add(&c.event, c.fire)
}

func (c *correlation) fire(a correlate.Alert) { c.facts = append(c.facts, fired{a.Fact, a.Rule}) }

// partOf makes the alert of a correlation that fired.
func (w *Watcher) partOf(u *unit, f fired, exercise string) *alert.Part {
	from := time.UnixMilli(f.Window).UTC()
	p := &alert.Part{
		ID:   alert.ID(w.opt.Book.Tenant(), u.Key(), u.Version, exercise+"\x00"+f.Key, from),
		Rule: u.Key(), Version: u.Version, Title: u.Title, Level: u.Level, Kind: alert.Correlation,
		From: from, To: from.Add(u.span), First: time.UnixMilli(f.First).UTC(), Last: time.UnixMilli(f.Last).UTC(),
		Matches: f.Matches, Drill: exercise,
	}
	var names []string
	for i, name := range u.Correlation.GroupBy {
		p.Group = append(p.Group, alert.Label{Name: name, Value: cut(f.Values[i], 256)})
		names = append(names, name+" "+cut(f.Values[i], 96))
	}
	for _, r := range f.Refs {
		p.Evidence = append(p.Evidence, alert.Ref{Batch: r.Origin, Record: r.Record})
		p.Source = r.ID
	}
	p.Summary = fmt.Sprintf("%s within %s", u.asks(), u.span)
	if len(names) > 0 {
		p.Summary += " for " + strings.Join(names, ", ")
	}
	p.Summary += fmt.Sprintf(" (%d matches from %s): %s", p.Matches, p.First.Format(time.RFC3339), u.Title)
	return p
}

// asks says what the correlation asks for.
func (u *unit) asks() string {
	c := u.Correlation
	var bounds []string
	for _, b := range c.Bounds {
		bounds = append(bounds, fmt.Sprintf("%s %v", map[sigma.Op]string{sigma.EQ: "exactly", sigma.GT: "more than", sigma.GTE: "at least", sigma.LT: "fewer than", sigma.LTE: "at most", sigma.NEQ: "not"}[b.Op], b.Value))
	}
	want := strings.Join(bounds, " and ")
	switch c.Type {
	case sigma.EventCount:
		return want + " records"
	case sigma.ValueCount:
		return want + " different " + strings.Join(c.Field, ", ")
	case sigma.Temporal, sigma.TemporalOrdered:
		var titles []string
		for _, r := range c.Rules {
			titles = append(titles, r.Title)
		}
		if c.Want != nil {
			return "some of: " + strings.Join(titles, "; ")
		}
		return "together: " + strings.Join(titles, "; ")
	}
	return fmt.Sprintf("%s of %s is %s", c.Type, strings.Join(c.Field, ", "), want)
}
