package correlate

import (
	"cmp"
	"encoding/binary"
	"slices"
	"time"

	"github.com/scrubline/scrubline/detect/sigma"
)

// Options bound an Engine. Zero values are the defaults.
type Options struct {
	Lateness time.Duration // how much older than the newest match one may be; default: see Pending
	Pending  int           // matches that wait at most; default 1<<18
	Groups   int           // groups of one correlation at most; default 1<<18
	// Aligned cuts time into windows of the timespan's length that begin at its
	// multiples since 1970; see the package comment.
	Aligned bool
}

// Ref says which record a match is of. The engine hands it back.
type Ref struct {
	Origin string
	Record uint64
	ID     string // the source's own id of the record
}

// Event is a match of a rule over records.
type Event struct {
	Rule *sigma.Rule
	Time int64 // Unix milliseconds
	Ref  Ref
	// Field returns the text of a field of the record. It is called before Add
	// returns and not kept.
	Field func(name string) (text []byte, ok bool)
}

// Alert is a correlation that fired, with the last of the matches that made it.
type Alert struct {
	Rule *sigma.Rule
	Time int64
	Ref  Ref
	Fact *Fact // of an aligned engine
}

// Fact says more of a correlation that fired in a window. It grows until the
// engine finished.
type Fact struct {
	Key     string   // of the group: the same for the same values
	Values  []string // of the group-by fields, "" where there is none
	Window  int64    // start of the window, Unix milliseconds
	First   int64    // the oldest match that was looked at
	Last    int64    // the newest match in the window
	Matches uint64   // of the group: those that made it true, and later ones in the window
	Refs    []Ref    // some of them, the oldest first
}

// maxRefs is how many matches of a group are remembered.
const maxRefs = 10

// Engine runs correlations, for one goroutine.
type Engine struct {
	opt    Options
	corrs  []*correlation
	of     map[*sigma.Rule][]route
	wait   []entry
	newest int64 // time of the newest match
	done   int64 // time up to which matches were taken
	seq    uint64
	swept  int
	// Late counts matches that came after their time had been taken; Dropped
	// counts groups and samples given up for lack of room.
	Late, Dropped uint64
}

// correlation is one correlation's state.
type correlation struct {
	rule   *sigma.Rule
	c      *sigma.Correlation
	span   int64
	closes bool // looked at when its window closes
	// aligned is Options.Aligned.
	aligned bool
	least   int // of lower bounds on a count, the number that meets them
	groups  map[string]*group
	up      []route // correlations that refer to this one
}

// route says that a rule is the place-th of a correlation's rules.
type route struct {
	corr  *correlation
	place int
}

// link is what an event means to one correlation.
type link struct {
	route
	key   string
	value string // of the correlation's field
	has   bool
	group []string // values of the group-by fields, of an aligned engine
}

// entry is a match that waits.
type entry struct {
	time  int64
	seq   uint64
	ref   Ref
	links []link // those of routes up from the rule's correlations too
	first int    // how many of them are the rule's own
}

// New returns an engine for the correlations among rules; others are ignored.
// They stand as sigma.Set has them: each behind those it refers to.
func New(rules []*sigma.Rule, opt Options) *Engine {
	if opt.Pending <= 0 {
		opt.Pending = 1 << 18
	}
	if opt.Groups <= 0 {
		opt.Groups = 1 << 18
	}
	e := &Engine{opt: opt, of: map[*sigma.Rule][]route{}, done: minTime, newest: minTime}
	own := map[*sigma.Rule]*correlation{}
	for _, r := range rules {
		if r.Correlation == nil {
			continue
		}
		c := &correlation{aligned: opt.Aligned, rule: r, c: r.Correlation, span: r.Correlation.Timespan.Milliseconds(), groups: map[string]*group{}}
		c.bounds()
		own[r] = c
		e.corrs = append(e.corrs, c)
		for i, base := range c.c.Rules {
			if b := own[base]; b != nil {
				b.up = append(b.up, route{c, i})
			} else {
				e.of[base] = append(e.of[base], route{c, i})
			}
		}
	}
	return e
}

const minTime = -1 << 62

// Wants says whether a correlation refers to rule.
func (e *Engine) Wants(rule *sigma.Rule) bool { return len(e.of[rule]) > 0 }

// Fields lists the fields of base's records that the correlations among rules
// ask for, those above other correlations too.
func Fields(rules []*sigma.Rule, base *sigma.Rule) []string {
	var out []string
	for _, r := range rules {
		if r.Correlation == nil || !slices.Contains(r.Correlation.Rules, base) {
			continue
		}
		for _, names := range [][]string{r.Correlation.GroupBy, r.Correlation.Field} {
			for _, f := range names {
				out = append(out, r.Correlation.FieldOf(f, base))
			}
		}
		out = append(out, Fields(rules, r)...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Add takes a match and calls fire for what becomes true by it, or by those whose
// time has come.
func (e *Engine) Add(ev *Event, fire func(Alert)) {
	routes := e.of[ev.Rule]
	if len(routes) == 0 {
		return
	}
	e.seq++
	en := entry{time: ev.Time, seq: e.seq, ref: ev.Ref, first: len(routes)}
	for _, r := range routes {
		en.links = append(en.links, r.link(ev, ev.Rule, e.opt.Aligned))
	}
	for i := 0; i < len(en.links); i++ {
		for _, r := range en.links[i].corr.up {
			en.links = append(en.links, r.link(ev, en.links[i].corr.rule, e.opt.Aligned))
		}
	}
	e.newest = max(e.newest, ev.Time)
	if ev.Time < e.done {
		e.Late++
		e.take(&en, fire)
		return
	}
	e.wait = append(e.wait, en)
	switch n := len(e.wait); {
	case n >= e.opt.Pending:
		e.release(n/2, fire)
	case e.opt.Lateness > 0 && n&1023 == 0:
		e.Advance(e.newest-e.opt.Lateness.Milliseconds(), fire)
	}
}

// link reads from the event what r's correlation wants to know; base is the rule
// that it knows the event by.
func (r route) link(ev *Event, base *sigma.Rule, values bool) link {
	l := link{route: r}
	var key []byte
	for _, name := range r.corr.c.GroupBy {
		v, ok := ev.Field(r.corr.c.FieldOf(name, base))
		if key = appendPart(key, v, ok); values {
			l.group = append(l.group, string(v))
		}
	}
	l.key = string(key)
	switch fields := r.corr.c.Field; {
	case len(fields) == 1:
		v, ok := ev.Field(r.corr.c.FieldOf(fields[0], base))
		l.value, l.has = string(v), ok
	case len(fields) > 1: // distinct values of several fields together
		var all []byte
		for _, name := range fields {
			v, ok := ev.Field(r.corr.c.FieldOf(name, base))
			all = appendPart(all, v, ok)
			l.has = l.has || ok
		}
		l.value = string(all)
	}
	return l
}

// appendPart appends a value so that no two lists of values look the same. Group
// keys are without regard to case, as values in Sigma are.
func appendPart(dst, v []byte, ok bool) []byte {
	if !ok {
		return append(dst, 0)
	}
	folded := sigma.AppendFold(nil, v)
	dst = binary.AppendUvarint(append(dst, 1), uint64(len(folded)))
	return append(dst, folded...)
}

// Advance says that no match older than t (Unix milliseconds) will come, and
// takes those that waited for that.
func (e *Engine) Advance(t int64, fire func(Alert)) {
	e.sort()
	n, _ := slices.BinarySearchFunc(e.wait, t, func(en entry, t int64) int { return cmp.Compare(en.time, t) })
	e.takeFirst(n, fire)
	e.done = max(e.done, t)
	e.close(e.done, fire)
}

// Finish takes all that waits and closes all windows.
func (e *Engine) Finish(fire func(Alert)) {
	e.sort()
	e.takeFirst(len(e.wait), fire)
	e.close(1<<62, fire)
}

// release takes about n matches before their time, for want of room.
func (e *Engine) release(n int, fire func(Alert)) {
	e.sort()
	t := e.wait[n].time
	for n < len(e.wait) && e.wait[n].time == t {
		n++
	}
	e.takeFirst(n, fire)
	e.done = max(e.done, t+1)
}

func (e *Engine) sort() {
	slices.SortFunc(e.wait, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.time, b.time), cmp.Compare(a.links[0].place, b.links[0].place), cmp.Compare(a.seq, b.seq))
	})
}

func (e *Engine) takeFirst(n int, fire func(Alert)) {
	for i := range n {
		e.take(&e.wait[i], fire)
	}
	rest := copy(e.wait, e.wait[n:])
	clear(e.wait[rest:])
	e.wait = e.wait[:rest]
}

func (e *Engine) take(en *entry, fire func(Alert)) {
	for i := range en.links[:en.first] {
		e.feed(en, &en.links[i], fire)
	}
	if e.swept++; e.swept >= 1<<16 {
		e.swept = 0
		e.sweep(en.time)
		e.close(en.time, fire)
	}
}

// feed hands an event to one correlation and, if that fires, to those above.
func (e *Engine) feed(en *entry, l *link, fire func(Alert)) {
	c := l.corr
	g := c.groups[l.key]
	if g == nil {
		if len(c.groups) >= e.opt.Groups {
			e.evict(c)
		}
		g = &group{}
		c.groups[l.key] = g
	}
	if c.closes && g.n > 0 && c.over(g, en.time) {
		e.shut(c, l.key, g, fire)
	}
	g.last = max(g.last, en.time)
	if c.aligned {
		g.note(en)
		if g.fact != nil && c.window(en.time) == g.fact.Window {
			g.fact.add(en.time, en.ref)
		}
	}
	if c.closes {
		g.ref, g.links, g.own = en.ref, en.links, l.place
	}
	if c.step(g, en.time, l, &e.Dropped) {
		e.emit(c, en, fire)
	}
}

// emit reports that c fired with en.
func (e *Engine) emit(c *correlation, en *entry, fire func(Alert)) {
	if !c.rule.Silent {
		a := Alert{Rule: c.rule, Time: en.time, Ref: en.ref}
		if c.aligned {
			a.Fact = c.fact(en)
		}
		fire(a)
	}
	for i := range en.links {
		for _, up := range c.up {
			if en.links[i].route == up {
				e.feed(en, &en.links[i], fire)
			}
		}
	}
}
