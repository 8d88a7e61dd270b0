package watch

import (
	"context"
	"fmt"
	"strings"

	"github.com/scrubline/scrubline/detect/alert"
	"github.com/scrubline/scrubline/detect/book"
	"github.com/scrubline/scrubline/detect/sigma"
)

// maxNovel bounds the pairs that a window of a rule on novelties has.
const maxNovel = 1 << 18

// newcomer is the first match of a pair in a window.
type newcomer struct {
	book.Seen
	part *alert.Part
}

// novelOver runs a rule on novelties: what was not seen in earlier windows is an
// alert, what is seen in this one is kept for later ones. Exercises teach nothing and
// raise nothing.
func (w *Watcher) novelOver(ctx context.Context, f Finder, r *sigma.Rule, run *book.Run) ([]*alert.Part, error) {
	n := r.Novel
	rule := newRecordRule(r)
	if len(rule.group) == 0 {
		rule.group = n.For
	}
	fields := append(append(append([]string{}, n.For...), n.Of...), rule.group...)
	fresh := map[[2]string]*newcomer{}
	whose := map[string]bool{}
	for s, err := range f.Find(ctx, r, fields, run.From.UnixMilli(), run.To.UnixMilli()) {
		if err != nil {
			return nil, err
		}
		if run.Matches++; w.opt.Drills.Drill(s.Native) != "" {
			continue
		}
		who, okWho := texts(n.For, s.Field)
		what, okWhat := texts(n.Of, s.Field)
		if !okWho || !okWhat {
			continue
		}
		c := fresh[[2]string{who, what}]
		if c == nil {
			if len(fresh) == maxNovel {
				run.Dropped++
				continue
			}
			from, to := alert.Window(s.Time, rule.window)
			labels, key := rule.groupOf(s.Cells, s.Field)
			c = &newcomer{book.Seen{Whose: who, What: what, First: s.Time}, rule.part(w.opt.Book.Tenant(), "\x00"+key, from, to, s.Cells)}
			c.part.Batch, c.part.Source, c.part.Group = scheduled(run), s.Source, labels
			c.part.Summary += fmt.Sprintf(" (%s: %s)", strings.Join(n.Of, ", "), cut(strings.ReplaceAll(what, "\x00", ", "), 96))
			c.part.Add(s.Time, s.Ref)
			fresh[[2]string{who, what}], whose[who] = c, true
		}
		c.Last = s.Time
	}
	known, settled, err := w.history(ctx, r, whose, run, fresh)
	if err != nil {
		return nil, err
	}
	found := map[string]*alert.Part{}
	var seen []book.Seen
	for pair, c := range fresh {
		if seen = append(seen, c.Seen); known[pair] || !settled[pair] {
			continue
		}
		if m := found[c.part.ID]; m != nil {
			merge(m, c.part)
			continue
		}
		found[c.part.ID] = c.part
	}
	return ordered(found), w.opt.Book.See(ctx, r.Key(), r.Version, run.From, seen)
}

// history says which pairs of a window were seen before it, and which are of somebody
// known for long enough.
func (w *Watcher) history(ctx context.Context, r *sigma.Rule, whose map[string]bool, run *book.Run, fresh map[[2]string]*newcomer) (known, settled map[[2]string]bool, err error) {
	known, settled = map[[2]string]bool{}, map[[2]string]bool{}
	of := map[string][]*newcomer{}
	for pair, c := range fresh {
		of[pair[0]] = append(of[pair[0]], c)
	}
	list := make([]string, 0, len(whose))
	for k := range whose {
		list = append(list, k)
	}
	within, settle := r.Novel.Within.Milliseconds(), r.Novel.Settle.Milliseconds()
	err = w.opt.Book.Seen(ctx, r.Key(), r.Version, list, run.From.Add(-r.Novel.Within), run.From, func(s book.Seen) error {
		for _, c := range of[s.Whose] {
			pair := [2]string{c.Whose, c.What}
			if s.Last < c.First-within {
				continue
			}
			if known[pair] = known[pair] || s.What == c.What; s.First <= c.First-settle {
				settled[pair] = true
			}
		}
		return nil
	})
	return known, settled, err
}

// texts joins the first texts of fields; ok is false if one is missing.
func texts(fields []string, first func(string) ([]byte, bool)) (string, bool) {
	var out []string
	for _, f := range fields {
		b, ok := first(f)
		if !ok {
			return "", false
		}
		out = append(out, string(sigma.AppendFold(nil, b)))
	}
	return strings.Join(out, "\x00"), true
}
