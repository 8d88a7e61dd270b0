package sigma

import (
	"fmt"
	"slices"
)

// tie ties correlations to the rules they name, refuses those that cannot be, and
// returns all rules, a correlation behind what it needs. Rules that a correlation
// needs raise no alert themselves unless it says so (generate).
func (l *Loader) tie() []*Rule {
	var out []*Rule
	state := map[*Rule]int8{} // 1 under way, 2 good, 3 refused
	var visit func(r *Rule) bool
	visit = func(r *Rule) bool {
		switch state[r] {
		case 1, 3:
			return false
		case 2:
			return true
		}
		state[r] = 1
		if r.Correlation != nil {
			if err := l.resolve(r, visit); err != nil {
				state[r] = 3
				l.refuse(r.File, r, err)
				return false
			}
		}
		r.Version = r.version()
		state[r] = 2
		out = append(out, r)
		return true
	}
	for _, r := range l.rules {
		visit(r)
	}
	loud := map[*Rule]bool{}
	for _, r := range out {
		if c := r.Correlation; c != nil {
			for _, b := range c.Rules {
				b.Silent = true
				loud[b] = loud[b] || c.Generate
			}
		}
	}
	for b, yes := range loud {
		b.Silent = !yes
	}
	return out
}

func (l *Loader) resolve(r *Rule, visit func(*Rule) bool) error {
	c := r.Correlation
	named := map[string]*Rule{}
	for _, ref := range c.refs {
		b := l.find(ref, r.File)
		if b == nil {
			if b = l.first(r.File, func(o *Rule) bool { return o != r && o.Title == ref }); b != nil {
				l.warn(r, c.line, fmt.Sprintf("correlation names the rule %q by its title: the specification knows id and name", ref))
			}
		}
		switch {
		case b == nil:
			return at(c.line, "correlation names the rule %q, which is not here or was refused", ref)
		case b == r:
			return at(c.line, "correlation names itself")
		case !visit(b):
			return at(c.line, "correlation names the rule %q, which was refused or names this one", ref)
		case b.Novel != nil:
			return at(c.line, "correlation names the rule %q, which only finds what is new", ref)
		case slices.Contains(c.Rules, b):
			return at(c.line, "correlation names the rule %q twice", ref)
		}
		c.Rules = append(c.Rules, b)
		named[ref], named[b.Name], named[b.ID], named[b.Title] = b, b, b, b
	}
	if c.Type == TemporalOrdered && len(c.Rules) < 2 {
		return at(c.line, "an order of one rule")
	}
	c.Aliases = map[string]map[*Rule]string{}
	for alias, fields := range c.alias {
		m := map[*Rule]string{}
		for ref, field := range fields {
			b := named[ref]
			if b == nil || ref == "" {
				return at(c.line, "alias %s names the rule %q, which the correlation does not", alias, ref)
			}
			m[b] = field
		}
		c.Aliases[alias] = m
	}
	return nil
}
