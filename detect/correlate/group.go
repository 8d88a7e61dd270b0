package correlate

import (
	"math"
	"slices"

	"github.com/scrubline/scrubline/detect/sigma"
)

// group is the state of one group of one correlation.
type group struct {
	last   int64 // time of its newest match
	active bool  // its condition is true, and it has fired
	fired  int64 // aligned: the start of the window that it fired in last, if active
	fact   *Fact // aligned: what it fired with last
	recent []moment

	samples []sample         // of counts and values, in the order they came
	values  map[string]int64 // of value_count: when each was seen last
	times   []int64          // of temporal types: see step
	// Of a window that is looked at when it closes.
	start int64
	n     int
	sum   float64
	ref   Ref
	links []link
	own   int
}

// moment is a match that is remembered as evidence.
type moment struct {
	time int64
	ref  Ref
}

type sample struct {
	time  int64
	value float64
}

// maxSamples bounds the samples and values of one group.
const maxSamples = 1 << 16

// bounds works out how the condition is looked at.
func (c *correlation) bounds() {
	counts := c.c.Type == sigma.EventCount || c.c.Type == sigma.ValueCount || c.c.Type == sigma.ValueSum
	least := 0.0
	for _, b := range c.c.Bounds {
		switch b.Op {
		case sigma.GT:
			least = max(least, math.Floor(b.Value)+1)
		case sigma.GTE:
			least = max(least, math.Ceil(b.Value))
		default:
			c.closes = counts
		}
	}
	c.least = int(min(least, maxSamples))
}

// met says whether the condition holds for a count or value.
func (c *correlation) met(v float64) bool {
	for _, b := range c.c.Bounds {
		if !b.Holds(v) {
			return false
		}
	}
	return true
}

// total is what a closing window is judged by.
func (g *group) total() float64 {
	if g.values != nil {
		return float64(len(g.values))
	}
	return g.sum
}

// step takes a match into g and says whether the correlation fires.
func (c *correlation) step(g *group, t int64, l *link, dropped *uint64) bool {
	switch c.c.Type {
	case sigma.Temporal:
		return c.near(g, t, l.place)
	case sigma.TemporalOrdered:
		return c.inOrder(g, t, l.place)
	case sigma.ValueCount:
		return l.has && c.distinct(g, t, l.value, dropped)
	case sigma.EventCount:
		return c.count(g, t)
	}
	v, ok := sigma.ParseNumber([]byte(l.value))
	return l.has && ok && c.measure(g, t, v, dropped)
}

// edge says whether the condition became true just now; aligned, whether it is
// and was not yet in the window.
func (c *correlation) edge(g *group, t int64, now bool) bool {
	if c.aligned {
		w := c.window(t)
		fires := now && !(g.active && g.fired == w)
		if fires {
			g.active, g.fired = true, w
		}
		return fires
	}
	fires := now && !g.active
	g.active = now
	return fires
}

// open counts a match into a window that is looked at when it closes.
func (c *correlation) open(g *group, t int64, v float64) {
	if g.n == 0 {
		if g.start = t; c.aligned {
			g.start = c.window(t)
		}
	}
	g.n++
	g.sum += v
}

// count keeps the newest matches, as many as are needed to meet the condition.
func (c *correlation) count(g *group, t int64) bool {
	if c.closes {
		c.open(g, t, 1)
		return false
	}
	g.samples = append(g.samples, sample{time: t})
	if over := len(g.samples) - max(c.least, 1); over > 0 {
		g.samples = slices.Delete(g.samples, 0, over)
	}
	return c.edge(g, t, len(g.samples) >= c.least && t-g.samples[0].time <= c.span)
}

// distinct keeps the values seen last, as many as are needed.
func (c *correlation) distinct(g *group, t int64, v string, dropped *uint64) bool {
	if g.values == nil {
		g.values = map[string]int64{}
	}
	room := max(c.least, 1)
	if c.closes {
		c.open(g, t, 0)
		room = maxSamples
	}
	g.values[v] = max(t, g.values[v])
	if len(g.values) > room {
		oldest, when := "", int64(math.MaxInt64)
		for k, at := range g.values {
			if at < when || at == when && k < oldest {
				oldest, when = k, at
			}
		}
		delete(g.values, oldest)
		if c.closes {
			*dropped++
		}
	}
	if c.closes {
		return false
	}
	n := 0
	for _, at := range g.values {
		if t-at <= c.span {
			n++
		}
	}
	return c.edge(g, t, n >= c.least)
}

// measure keeps the numbers of the window and looks at their sum, mean or
// percentile.
func (c *correlation) measure(g *group, t int64, v float64, dropped *uint64) bool {
	if c.closes {
		c.open(g, t, v)
		return false
	}
	if len(g.samples) >= maxSamples {
		g.samples = slices.Delete(g.samples, 0, maxSamples/2)
		*dropped++
	}
	g.samples = append(g.samples, sample{t, v})
	g.samples = slices.DeleteFunc(g.samples, func(s sample) bool { return t-s.time > c.span })
	sum := 0.0
	for _, s := range g.samples {
		sum += s.value
	}
	switch c.c.Type {
	case sigma.ValueAvg:
		sum /= float64(len(g.samples))
	case sigma.ValuePercentile:
		sum = percentile(g.samples, c.c.Percentile)
	case sigma.ValueMedian:
		sum = median(g.samples)
	}
	return c.edge(g, t, c.met(sum))
}

// median is the value in the middle, the mean of the two of an even number.
func median(samples []sample) float64 {
	vs := make([]float64, len(samples))
	for i, s := range samples {
		vs[i] = s.value
	}
	slices.Sort(vs)
	return (vs[(len(vs)-1)/2] + vs[len(vs)/2]) / 2
}

// percentile is the value at or below which p percent of the samples lie
// (nearest rank).
func percentile(samples []sample, p float64) float64 {
	vs := make([]float64, len(samples))
	for i, s := range samples {
		vs[i] = s.value
	}
	slices.Sort(vs)
	rank := int(math.Ceil(p / 100 * float64(len(vs))))
	return vs[min(max(rank, 1), len(vs))-1]
}

// near looks whether enough different rules matched within the span. times holds
// each rule's newest match.
func (c *correlation) near(g *group, t int64, place int) bool {
	c.room(g)
	g.times[place] = max(t, g.times[place])
	n := 0
	for _, at := range g.times {
		if at != minTime && t-at <= c.span {
			n++
		}
	}
	switch {
	case c.c.Want != nil:
		if !c.c.Want.Holds(func(i int) bool { return g.times[i] != minTime && t-g.times[i] <= c.span }) {
			return false
		}
	case len(c.c.Bounds) == 0 && n < len(g.times) || !c.met(float64(n)):
		return false
	}
	return c.anew(g, t)
}

// anew says whether a temporal type that came true fires, and lets it begin anew
// if it does. Aligned, it goes on: whether it comes true in the next window must
// not depend on this one.
func (c *correlation) anew(g *group, t int64) bool {
	if c.aligned {
		return c.edge(g, t, true)
	}
	g.times = nil
	return true
}

// inOrder looks whether the rules matched in their order within the span.
// times[i] is the latest start of a chain that has reached the i-th rule.
func (c *correlation) inOrder(g *group, t int64, place int) bool {
	c.room(g)
	start := t
	if place > 0 {
		start = g.times[place-1]
	}
	if start == minTime || t-start > c.span {
		return false
	}
	g.times[place] = max(start, g.times[place])
	if want := c.chain(); place+1 < want {
		return false
	}
	return c.anew(g, t)
}

// chain is how many rules, from the first on, must have matched in order.
func (c *correlation) chain() int {
	for n := 1; n < len(c.c.Rules); n++ {
		if len(c.c.Bounds) > 0 && c.met(float64(n)) {
			return n
		}
	}
	return len(c.c.Rules)
}

func (c *correlation) room(g *group) {
	if g.times == nil {
		g.times = make([]int64, len(c.c.Rules))
		for i := range g.times {
			g.times[i] = minTime
		}
	}
}
