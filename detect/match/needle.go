package match

import (
	"regexp/syntax"

	"github.com/scrubline/scrubline/detect/sigma"
)

// needle returns the longest text that must stand in what a regular expression
// matches, folded; "" if it tells none. Texts without regard to case are left
// out: they fold in ways of their own.
func needle(expr string) string {
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return ""
	}
	return sigma.Fold(required(re.Simplify()))
}

func required(re *syntax.Regexp) string {
	switch re.Op {
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase == 0 {
			return string(re.Rune)
		}
	case syntax.OpCapture, syntax.OpPlus:
		return required(re.Sub[0])
	case syntax.OpConcat:
		best := ""
		for _, s := range re.Sub {
			if r := required(s); len(r) > len(best) {
				best = r
			}
		}
		return best
	}
	return ""
}

// order sorts the parts of conjunctions and disjunctions so that what is cheap
// to ask is asked first.
func (p *program) order(c *cond) int {
	if c.op == condAtom {
		a := &p.atoms[c.atom]
		switch a.kind {
		case sigma.Exists, sigma.Null:
			return 1
		case sigma.Regexp:
			return 100
		case sigma.Text:
			if p.slots[a.slot].whole {
				return 200
			}
			return 2 + len(a.text.tokens)
		}
		return 5
	}
	sum := 1
	costs := make([]int, len(c.kids))
	for i := range c.kids {
		costs[i] = p.order(&c.kids[i])
		sum += costs[i]
	}
	for i := 1; i < len(costs); i++ { // few parts; those that cost the same keep their order
		for k := i; k > 0 && costs[k] < costs[k-1]; k-- {
			costs[k], costs[k-1] = costs[k-1], costs[k]
			c.kids[k], c.kids[k-1] = c.kids[k-1], c.kids[k]
		}
	}
	return sum
}
