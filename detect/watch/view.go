package watch

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/scrubline/scrubline/detect/alert"
	"github.com/scrubline/scrubline/detect/book"
	"github.com/scrubline/scrubline/detect/match"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
)

// view is one batch under the rules.
type view struct {
	w       *Watcher
	s       *scanner
	b       *event.Batch
	ids     *event.Str // native ids, nil if the batch has none
	parts   map[partKey]*alert.Part
	groups  map[int32]int // of each rule, how many groups
	bundles []*book.Bundle
	open    map[slot]*open // of bundles, those that may take more
	key     []byte         // of a match's texts
}

func newView(w *Watcher, s *scanner, b *event.Batch) *view {
	v := &view{w: w, s: s, b: b, parts: map[partKey]*alert.Part{}, groups: map[int32]int{}, open: map[slot]*open{}}
	if (row{b, 0}).has(schemas.NativeID) {
		v.ids = b.Str(schemas.NativeID)
	}
	return v
}

// partKey tells parts of one batch apart.
type partKey struct {
	rule  int32 // -1: the log's own safety
	group string
	from  int64
}

// maxGroups bounds the groups that one rule has in one batch. What is beyond is one
// group, so that a rule that groups by something unique makes no flood.
const maxGroups = 1000

// rows runs the rules over all rows. What is planted is made up, and must raise no
// alert: only what was found of it does.
func (v *view) rows() {
	if planted(v.b) {
		return
	}
	kinds, native := v.b.Nums(schemas.RowKind), v.b.Str(schemas.Native)
	times, sources := v.b.Nums(schemas.EventTime), v.b.Dict(schemas.Source)
	for i := range v.b.Rows() {
		switch kinds[i] {
		case schemas.KindEvent:
			rec := match.Record{Source: sources.At(i), Native: native.At(i), Batch: v.b, Row: i}
			for _, n := range v.s.Scan(&rec) {
				v.matched(n, row{v.b, i}, int64(times[i]))
			}
		case schemas.KindGap:
			v.gap(row{v.b, i}, int64(times[i]))
		}
	}
}

// planted says whether a canary planted a batch; what was found of one it did not.
func planted(b *event.Batch) bool {
	return strings.HasPrefix(b.PayloadID, schemas.CanaryScheme+"/") && !strings.HasSuffix(b.Origin, "/result")
}

func (v *view) ref(r row) alert.Ref {
	return alert.Ref{Batch: v.b.Key(), Record: v.b.Start + uint64(r.i)}
}

// matched takes a rule's match.
func (v *view) matched(n int32, r row, t int64) {
	rule := &v.s.of.rules[n]
	exercise := v.exercise(r.i)
	if rule.wanted {
		v.bundle(n, rule, exercise, r.i, t)
	}
	if rule.Silent {
		return
	}
	labels, key := rule.groupOf(r.text, v.s.First)
	from, to := alert.Window(t, rule.window)
	at := partKey{n, exercise + "\x00" + key, from.UnixMilli()}
	p := v.parts[at]
	if p == nil {
		if v.groups[n]++; v.groups[n] > maxGroups {
			labels, at.group = []alert.Label{{Name: "group", Value: "more than can be told apart"}}, "\x02"
		}
		if p = v.parts[at]; p == nil {
			p = &alert.Part{
				ID: alert.ID(v.w.opt.Book.Tenant(), rule.Key(), rule.Version, at.group, from), Batch: v.b.Key(),
				Rule: rule.Key(), Version: rule.Version, Title: rule.Title, Level: rule.Level, Kind: alert.Record, Source: v.b.Source,
				Group: labels, From: from, To: to, Summary: cells(r.text).sentence(rule.Title), Drill: exercise,
			}
			v.parts[at] = p
		}
	}
	p.Add(t, v.ref(r))
}

// exercise returns the number of the drill that a row is of, "" for most.
func (v *view) exercise(i int) string {
	if v.ids == nil || v.w.opt.Drills == nil {
		return ""
	}
	return v.w.opt.Drills.Drill(string(v.ids.At(i)))
}

// slot is what the matches of a bundle have in common.
type slot struct {
	rule     int32
	exercise string
	hour     int64
}

// open is a bundle that may take more, and whom it knows by their texts.
type open struct {
	*book.Bundle
	who map[string]uint32
}

// bundle keeps a match for correlations.
func (v *view) bundle(n int32, rule *recordRule, exercise string, i int, t int64) {
	span := book.BundleSpan.Milliseconds()
	at := slot{n, exercise, (t - mod(t, span)) / span}
	o := v.open[at]
	if o == nil {
		o = &open{&book.Bundle{
			Rule: rule.Key(), Version: rule.Version, Batch: v.b.Key(), Source: v.b.Source, Drill: exercise, Names: rule.base,
		}, map[string]uint32{}}
		v.open[at] = o
		v.bundles = append(v.bundles, o.Bundle)
	}
	v.key = v.key[:0]
	for _, f := range rule.base {
		text, ok := v.s.First(f)
		if !ok {
			v.key = append(v.key, 0)
			continue
		}
		v.key = append(binary.AppendUvarint(append(v.key, 1), uint64(len(text))), text...)
	}
	who, known := o.who[string(v.key)]
	if !known {
		who = uint32(len(o.who))
		o.who[string(v.key)] = who
		for _, f := range rule.base {
			text, ok := v.s.First(f)
			if !ok {
				o.Texts = append(o.Texts, "")
				continue
			}
			o.Texts = append(o.Texts, "="+string(text))
		}
	}
	if o.Spots = append(o.Spots, book.Spot{Time: t, Record: v.b.Start + uint64(i), Who: who}); len(o.Spots) == book.MaxBundle {
		delete(v.open, at)
	}
}

// mod is the remainder that is never below zero.
func mod(t, d int64) int64 { return (t%d + d) % d }

// gap raises an alert about a hole in the log.
func (v *view) gap(r row, t int64) {
	reason := r.text(schemas.Reason)
	from, to := alert.Window(t, alert.DefaultWindow)
	at := partKey{-1, v.b.Source + "\x00" + reason, from.UnixMilli()}
	p := v.parts[at]
	if p == nil {
		labels := []alert.Label{{Name: "source", Value: v.b.Source}, {Name: "reason", Value: reason}}
		p = LogGap.Part(v.w.opt.Book.Tenant(), labels, from, to)
		p.Batch, p.Source = v.b.Key(), v.b.Source
		p.Summary = fmt.Sprintf("The log of %s has a gap (%s): %s", v.b.Source, reason, LogGap.Title)
		v.parts[at] = p
	}
	p.Add(t, v.ref(r))
}

// mark says what was done.
func (v *view) mark() book.Watched {
	m := book.Watched{Batch: v.b.Key(), Rules: v.s.of.hash, Alerts: uint64(len(v.parts)), Done: len(v.bundles) == 0, Bases: []string{}}
	for i, b := range v.bundles {
		b.Sort()
		first, last := b.Spots[0].Time, b.Spots[len(b.Spots)-1].Time
		if i == 0 {
			m.From, m.To = first, last
		}
		m.Matches += uint64(len(b.Spots))
		m.From, m.To = min(m.From, first), max(m.To, last)
		if !slices.Contains(m.Bases, b.Rule) {
			m.Bases = append(m.Bases, b.Rule)
		}
	}
	return m
}

// sorted returns the parts, in an order that is the same each time, with what
// suppresses them.
func (v *view) sorted() []*alert.Part {
	out := make([]*alert.Part, 0, len(v.parts))
	for _, p := range v.parts {
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b *alert.Part) int { return strings.Compare(a.ID, b.ID) })
	v.w.suppress(out)
	return out
}

func (w *Watcher) suppress(parts []*alert.Part) {
	if w.opt.Suppressed == nil {
		return
	}
	for _, p := range parts {
		p.Suppressed = w.opt.Suppressed(p)
	}
}
