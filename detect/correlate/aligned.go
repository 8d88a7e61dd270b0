package correlate

import (
	"slices"

	"github.com/scrubline/scrubline/detect/sigma"
)

// window returns the start of the aligned window that t lies in.
func (c *correlation) window(t int64) int64 {
	start := t - t%c.span
	if t%c.span < 0 {
		start -= c.span
	}
	return start
}

// note remembers a match of the group.
func (g *group) note(en *entry) {
	if len(g.recent) == maxRefs {
		g.recent = append(g.recent[:0], g.recent[1:]...)
	}
	g.recent = append(g.recent, moment{en.time, en.ref})
}

// fact says what c fired with: en is its last match, or the end of a window that
// was looked at when it closed.
func (c *correlation) fact(en *entry) *Fact {
	l := en.of(c)
	if l == nil {
		return &Fact{Window: c.window(en.time)}
	}
	g := c.groups[l.key]
	f := &Fact{Key: l.key, Values: l.group, Window: c.window(en.time)}
	if c.closes {
		f.Window = g.start
	}
	for i := range g.recent {
		if m := g.recent[i]; m.time >= en.time-c.span {
			f.add(m.time, m.ref)
		}
	}
	if c.closes {
		f.Matches = uint64(g.n)
	}
	g.fact = f
	return f
}

// of returns the event's link to c.
func (en *entry) of(c *correlation) *link {
	i := slices.IndexFunc(en.links, func(l link) bool { return l.corr == c })
	if i < 0 {
		return nil
	}
	return &en.links[i]
}

// add counts a match into f.
func (f *Fact) add(t int64, ref Ref) {
	if f.Matches == 0 || t < f.First {
		f.First = t
	}
	if f.Matches == 0 || t > f.Last {
		f.Last = t
	}
	f.Matches++
	if len(f.Refs) < maxRefs {
		f.Refs = append(f.Refs, ref)
	}
}

// Monotone says whether more matches can only make a correlation come true and
// never untrue, so that what an aligned engine found needs no second look when
// older matches come in: counts and orders with lower bounds, over rules over
// records.
func Monotone(c *sigma.Correlation) bool {
	for _, r := range c.Rules {
		if r.Correlation != nil {
			return false
		}
	}
	switch c.Type {
	case sigma.EventCount, sigma.ValueCount, sigma.Temporal, sigma.TemporalOrdered:
	default:
		return false
	}
	for _, b := range c.Bounds {
		if b.Op != sigma.GT && b.Op != sigma.GTE {
			return false
		}
	}
	return true
}
