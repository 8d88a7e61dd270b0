package watch

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/scrubline/scrubline/detect/alert"
	"github.com/scrubline/scrubline/detect/book"
	"github.com/scrubline/scrubline/detect/sigma"
	"github.com/scrubline/scrubline/schemas"
)

// Stored is a row that a rule over records matches, as a store has it.
type Stored struct {
	Time   int64 // of the event, Unix milliseconds
	Ref    alert.Ref
	Source string
	Origin string                                   // of the payload
	Native string                                   // the source's own id of the record
	Cells  func(schemas.Column) string              // texts of the columns that sentences are made of
	Field  func(name string) (text []byte, ok bool) // of the fields that were asked for
}

// Finder finds the stored rows that a rule over records matches.
type Finder interface {
	// Find yields those with event times in [from, to), Unix milliseconds, each once,
	// in the order of time, batch and record. A Stored is lent until the next. After
	// an error nothing comes.
	Find(ctx context.Context, r *sigma.Rule, fields []string, from, to int64) iter.Seq2[*Stored, error]
}

// Over runs one of the rules in force over the stored rows of a period and stores the
// alerts that the stream did not raise: their ids are those that it would have given
// them. A period must begin and end at multiples of a correlation's timespan. Rows of
// batches that the stream has not run over yet are left to it (Run.Late), unless all
// is true: perhaps it never will. The run is returned, not recorded; its status tells
// whether it was whole.
func (w *Watcher) Over(ctx context.Context, f Finder, key string, from, to time.Time, lateness time.Duration, all bool) (book.Run, error) {
	began := w.opt.Now()
	rules := w.Rules()
	r := rules.names[key]
	if r == nil {
		return book.Run{}, fmt.Errorf("no rule %s is in force", key)
	}
	run := book.Run{
		Kind: book.Schedule, Rule: key, Version: r.Version, Title: r.Title, From: from, To: to, Lateness: lateness, Status: "ok", At: began,
		ID: fmt.Sprintf("%s-%d-%d", r.Version, from.UnixMilli(), began.UnixNano()),
	}
	var parts []*alert.Part
	var err error
	switch {
	case r.Correlation != nil:
		parts, err = w.correlationOver(ctx, f, r, &run)
	case r.Novel != nil:
		parts, err = w.novelOver(ctx, f, r, &run)
	default:
		parts, err = w.recordsOver(ctx, f, r, &run, all)
	}
	if err == nil {
		w.suppress(parts)
		err = w.opt.Book.Alerts(ctx, parts)
	}
	run.Cost = w.opt.Now().Sub(began)
	if err != nil {
		run.Status, run.Reason, run.Alerts = "failed", "the store did not answer", 0
		return run, err
	}
	if run.Alerts = uint64(len(parts)); run.Dropped > 0 {
		run.Status, run.Reason = "incomplete", "too many groups at once"
	}
	w.found(parts)
	return run, nil
}

// Record writes runs; one that was not whole is an alert.
func (w *Watcher) Record(ctx context.Context, run book.Run) error { return w.record(ctx, run) }

// correlationOver evaluates a correlation.
func (w *Watcher) correlationOver(ctx context.Context, f Finder, r *sigma.Rule, run *book.Run) ([]*alert.Part, error) {
	rules := w.Rules()
	i := slices.IndexFunc(rules.units, func(u *unit) bool { return u.Rule == r })
	if i < 0 {
		return nil, nil // silent: another is made of it
	}
	u := rules.units[i]
	parts, done, err := w.evaluate(ctx, u, &foundMatches{w, f, u}, span{run.From.UnixMilli(), run.To.UnixMilli()}, nil, 0, book.Schedule)
	run.Matches, run.Dropped = done.Matches, done.Dropped
	if err != nil {
		return nil, err
	}
	return w.unraised(ctx, parts)
}

// unraised returns the parts whose alerts the stream has not raised.
func (w *Watcher) unraised(ctx context.Context, parts []*alert.Part) ([]*alert.Part, error) {
	ids := make([]string, len(parts))
	for i, p := range parts {
		ids[i] = p.ID
	}
	raised, err := w.opt.Book.Raised(ctx, ids)
	return slices.DeleteFunc(parts, func(p *alert.Part) bool { return raised[p.ID] }), err
}

// batchPart is what one batch adds to a group.
type batchPart struct {
	partKey
	batch string
}

// recordsOver runs a rule over records.
func (w *Watcher) recordsOver(ctx context.Context, f Finder, r *sigma.Rule, run *book.Run, all bool) ([]*alert.Part, error) {
	if r.Silent {
		return nil, nil
	}
	rule := newRecordRule(r)
	found := map[batchPart]*alert.Part{}
	groups := map[string]bool{}
	var batches []string
	for s, err := range f.Find(ctx, r, rule.group, run.From.UnixMilli(), run.To.UnixMilli()) {
		if err != nil {
			return nil, err
		}
		run.Matches++
		exercise := w.opt.Drills.Drill(s.Native)
		labels, key := rule.groupOf(s.Cells, s.Field)
		from, to := alert.Window(s.Time, rule.window)
		at := batchPart{partKey{0, exercise + "\x00" + key, from.UnixMilli()}, s.Ref.Batch}
		if !groups[at.group] && len(groups) == maxGroups {
			labels, at.group = []alert.Label{{Name: "group", Value: "more than can be told apart"}}, "\x02"
		} else {
			groups[at.group] = true
		}
		p := found[at]
		if p == nil {
			if p = rule.part(w.opt.Book.Tenant(), at.group, from, to, s.Cells); !slices.Contains(batches, s.Ref.Batch) {
				batches = append(batches, s.Ref.Batch)
			}
			p.Source, p.Group, p.Drill = s.Source, labels, exercise
			found[at] = p
		}
		p.Add(s.Time, s.Ref)
	}
	watched, err := w.opt.Book.HasWatched(ctx, batches)
	if err != nil {
		return nil, err
	}
	merged := map[string]*alert.Part{}
	for at, p := range found {
		if !watched[at.batch] && !all {
			run.Late += p.Matches
			continue
		}
		if m := merged[p.ID]; m != nil {
			merge(m, p)
			continue
		}
		p.Batch = scheduled(run)
		merged[p.ID] = p
	}
	return w.unraised(ctx, ordered(merged))
}

// scheduled is what parts of a scheduled run have for a batch: a run over the same
// window writes the same ones.
func scheduled(run *book.Run) string {
	return fmt.Sprintf("%s%s/%d", book.ScheduledBatch, run.Version, run.From.UnixMilli())
}

// merge adds o, of the same alert, to p. Which rows are evidence does not depend on
// the order of merging.
func merge(p, o *alert.Part) {
	p.Matches += o.Matches
	if o.First.Before(p.First) {
		p.First, p.Summary, p.Source = o.First, o.Summary, o.Source
	}
	if o.Last.After(p.Last) {
		p.Last = o.Last
	}
	p.Evidence = append(p.Evidence, o.Evidence...)
	slices.SortFunc(p.Evidence, func(a, b alert.Ref) int {
		if c := strings.Compare(a.Batch, b.Batch); c != 0 {
			return c
		}
		return int(min(max(int64(a.Record)-int64(b.Record), -1), 1))
	})
	p.Evidence = p.Evidence[:min(len(p.Evidence), alert.MaxEvidence)]
}

// ordered lists parts by their ids.
func ordered(parts map[string]*alert.Part) []*alert.Part {
	out := make([]*alert.Part, 0, len(parts))
	for _, p := range parts {
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b *alert.Part) int { return strings.Compare(a.ID, b.ID) })
	return out
}
