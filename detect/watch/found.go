package watch

import (
	"context"
	"iter"

	"github.com/scrubline/scrubline/detect/book"
	"github.com/scrubline/scrubline/detect/correlate"
	"github.com/scrubline/scrubline/detect/sigma"
)

// foundMatches are the matches of a unit's rules as a Finder finds them.
type foundMatches struct {
	w *Watcher
	f Finder
	u *unit
}

// MatchesOf implements matches: one query a rule, all at once, in the order of time
// and then of the rules.
func (m *foundMatches) MatchesOf(ctx context.Context, _, _ []string, from, to int64, each func(*book.Match) error) error {
	var open []*pulled
	defer func() {
		for _, p := range open {
			p.stop()
		}
	}()
	for _, r := range m.u.family {
		if r.Correlation != nil {
			continue
		}
		p := &pulled{rule: r, fields: correlate.Fields(m.u.family, r)}
		p.pull, p.stop = iter.Pull2(m.f.Find(ctx, r, p.fields, from, to))
		open = append(open, p)
		if err := p.next(); err != nil {
			return err
		}
	}
	for {
		var first *pulled
		for _, p := range open {
			if p.row != nil && (first == nil || p.row.Time < first.row.Time) {
				first = p
			}
		}
		if first == nil {
			return nil
		}
		if err := each(first.match(m.w)); err != nil {
			return err
		}
		if err := first.next(); err != nil {
			return err
		}
	}
}

// pulled is one rule's rows.
type pulled struct {
	rule   *sigma.Rule
	fields []string
	pull   func() (*Stored, error, bool)
	stop   func()
	row    *Stored // nil at the end
}

func (p *pulled) next() error {
	row, err, more := p.pull()
	if p.row = row; !more {
		p.row = nil
	}
	return err
}

func (p *pulled) match(w *Watcher) *book.Match {
	out := &book.Match{
		Rule: p.rule.Key(), Version: p.rule.Version, Time: p.row.Time, Ref: p.row.Ref, Source: p.row.Source, Drill: w.opt.Drills.Drill(p.row.Native),
	}
	for _, f := range p.fields {
		if text, ok := p.row.Field(f); ok {
			out.Names, out.Texts = append(out.Names, f), append(out.Texts, string(text))
		}
	}
	return out
}
