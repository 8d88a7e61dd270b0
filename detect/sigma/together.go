package sigma

import "slices"

// Together is the condition of a temporal correlation over rules: one of them, or
// all or any of some conditions.
type Together struct {
	Place int // of the rule in Correlation.Rules, of one without Parts
	Any   bool
	Parts []*Together
}

// Holds says whether t holds if the rules at the places that seen knows matched.
func (t *Together) Holds(seen func(place int) bool) bool {
	if len(t.Parts) == 0 {
		return seen(t.Place)
	}
	for _, p := range t.Parts {
		if p.Holds(seen) == t.Any {
			return t.Any
		}
	}
	return !t.Any
}

// extended reads a temporal condition in words: names of rules with and, or and
// parentheses. Rules that only it names belong to the correlation too.
func (c *Correlation) extended(n *node) error {
	if c.Type != Temporal && c.Type != TemporalOrdered {
		return at(n.line, "correlation condition %q: only temporal types take words", n.text)
	}
	named := len(c.refs) > 0
	d := &detection{exprs: map[string]Expr{}, used: map[string]bool{}}
	for _, w := range words(n.text) {
		if operator(w) || d.exprs[w] != nil {
			continue
		}
		if !slices.Contains(c.refs, w) {
			if named {
				return at(n.line, "correlation condition names the rule %q, which is not among its rules", w)
			}
			c.refs = append(c.refs, w)
		}
		d.exprs[w] = &Match{Field: w}
	}
	x, err := (&condition{d: d, line: n.line}).parse(n.text)
	if err != nil {
		return err
	}
	for _, r := range c.refs {
		if !d.used[r] {
			return at(n.line, "correlation condition leaves out the rule %q", r)
		}
	}
	t, ok := c.together(x)
	switch {
	case !ok:
		return at(n.line, "correlation condition %q: not is not supported, since it could only be known when the window is over", n.text)
	case c.Type == TemporalOrdered && t.alternatives():
		return at(n.line, "correlation condition %q: or is not supported in an order", n.text)
	case t.alternatives():
		c.Want = t
	}
	return nil
}

// together translates a condition; ok is false if something in it is negated.
func (c *Correlation) together(x Expr) (t *Together, ok bool) {
	var parts []Expr
	switch v := x.(type) {
	case *Match:
		return &Together{Place: slices.Index(c.refs, v.Field)}, true
	case And:
		t, parts = &Together{}, v
	case Or:
		t, parts = &Together{Any: true}, v
	default:
		return nil, false
	}
	for _, p := range parts {
		k, ok := c.together(p)
		if !ok {
			return nil, false
		}
		t.Parts = append(t.Parts, k)
	}
	return t, true
}

// alternatives says whether t may hold without all of its rules.
func (t *Together) alternatives() bool {
	return t.Any || slices.ContainsFunc(t.Parts, (*Together).alternatives)
}
