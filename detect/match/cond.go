package match

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"

	"github.com/scrubline/scrubline/detect/sigma"
)

// cond is a compiled condition.
type cond struct {
	op   condOp
	kids []cond
	atom int32 // of condAtom
}

type condOp uint8

const (
	condAtom condOp = iota
	condAnd
	condOr
	condNot
	condNever
)

// atom is one test of one slot. Rules that ask the same share it.
type atom struct {
	slot  int32
	other int32 // of a field reference
	kind  sigma.TestKind
	op    sigma.Op
	part  sigma.Part
	place sigma.Place
	cased bool
	want  bool
	num   float64
	text  textTest
	re    *regexp.Regexp
	net   netip.Prefix
	uses  int // rules' leaves that ask it
}

// cond compiles x. A field that the source cannot have is one that is missing in
// every record.
func (c *compiler) cond(x sigma.Expr) cond {
	switch v := x.(type) {
	case sigma.And:
		return c.list(condAnd, v)
	case sigma.Or:
		return c.list(condOr, v)
	case sigma.Not:
		return cond{op: condNot, kids: []cond{c.cond(v.X)}}
	case *sigma.Match:
		if v.Field == "" && v.Test.Kind == sigma.Text {
			return c.keyword(v)
		}
		return c.atom(v)
	}
	return cond{op: condNever}
}

func (c *compiler) list(op condOp, parts []sigma.Expr) cond {
	out := cond{op: op}
	for _, p := range parts {
		out.kids = append(out.kids, c.cond(p))
	}
	return out
}

// keyword looks for text in the whole record: as it reads there and, in JSON,
// as it reads in a string.
func (c *compiler) keyword(m *sigma.Match) cond {
	plain := c.atom(m)
	quoted := *m
	if quoted.Test.Pattern = sigma.Quoted(m.Test.Pattern); !m.Test.Cased {
		quoted.Test.Pattern = quoted.Test.Pattern.Fold()
	}
	if !c.p.json || quoted.Test.Pattern.String() == m.Test.Pattern.String() {
		return plain
	}
	return cond{op: condOr, kids: []cond{plain, c.atom(&quoted)}}
}

func (c *compiler) atom(m *sigma.Match) cond {
	t := &m.Test
	n := c.slot(m.Field, t.Kind == sigma.CIDR)
	if n < 0 {
		return missing(t)
	}
	a := atom{
		slot: n, kind: t.Kind, op: t.Op, part: t.Part, place: t.Place, cased: t.Cased, want: t.Want,
		num: t.Number, re: t.Re, net: t.Prefix,
	}
	switch t.Kind {
	case sigma.Text:
		a.text = compileText(&t.Pattern)
	case sigma.FieldRef:
		if a.other = c.slot(t.Ref, false); a.other < 0 {
			return cond{op: condNever}
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d %d %d %d %d %d %t %t %g %s ", n, a.other, t.Kind, t.Op, t.Part, t.Place, t.Cased, t.Want, t.Number, t.Prefix)
	if t.Kind == sigma.Text {
		b.WriteString(t.Pattern.String())
	}
	if t.Re != nil {
		b.WriteString(t.Re.String())
	}
	i, known := c.p.asked[b.String()]
	if !known {
		i = int32(len(c.p.atoms))
		c.p.asked[b.String()] = i
		c.p.atoms = append(c.p.atoms, a)
	}
	c.p.atoms[i].uses++
	return cond{atom: i}
}

// missing is what a test says of a field that is not there.
func missing(t *sigma.Test) cond {
	if t.Kind == sigma.Null || t.Kind == sigma.Exists && !t.Want {
		return cond{op: condNot, kids: []cond{{op: condNever}}}
	}
	return cond{op: condNever}
}
