package correlate

import "slices"

// close ends the windows that are over at t.
func (e *Engine) close(t int64, fire func(Alert)) {
	for _, c := range e.corrs {
		if !c.closes {
			continue
		}
		var keys []string
		for k, g := range c.groups {
			if g.n > 0 && c.over(g, t) {
				keys = append(keys, k)
			}
		}
		slices.Sort(keys)
		for _, k := range keys {
			e.shut(c, k, c.groups[k], fire)
			delete(c.groups, k)
		}
	}
}

// over says whether the window of g, which is looked at when it closes, ended
// before t.
func (c *correlation) over(g *group, t int64) bool {
	if c.aligned {
		return t >= g.start+c.span
	}
	return t > g.start+c.span
}

// shut ends a window and begins anew.
func (e *Engine) shut(c *correlation, key string, g *group, fire func(Alert)) {
	if c.met(g.total()) {
		e.emit(c, &entry{time: g.start + c.span, ref: g.ref, links: g.links}, fire)
	}
	*g = group{last: g.last}
	c.groups[key] = g
}

// sweep forgets groups that nothing of can matter any more.
func (e *Engine) sweep(now int64) {
	for _, c := range e.corrs {
		for k, g := range c.groups {
			if !c.closes && g.last+c.span < now {
				delete(c.groups, k)
			}
		}
	}
}

// evict gives up the stalest of some groups.
func (e *Engine) evict(c *correlation) {
	stale, oldest, n := "", int64(1<<62), 0
	for k, g := range c.groups {
		if g.last < oldest {
			stale, oldest = k, g.last
		}
		if n++; n >= 64 {
			break
		}
	}
	delete(c.groups, stale)
	e.Dropped++
}
