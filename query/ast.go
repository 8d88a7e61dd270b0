package query

import (
	"net/netip"
	"time"
)

// Query is a parsed question: a condition and a half-open time range.
type Query struct {
	Where Node      // nil: every row
	Since time.Time // first instant, UTC, whole milliseconds; zero: unbounded
	Until time.Time // first instant after the range; zero: unbounded
}

// Node is a condition: And, Or, Not or *Term.
type Node interface{ node() }

// And holds if every part does; two or more, none of them an And.
type And []Node

// Or holds if one part does; two or more, none of them an Or.
type Or []Node

// Not holds if its part does not; the part is no Not.
type Not struct{ Node }

// Term compares a field. It holds if one of its values does.
type Term struct {
	Field  *Field
	Op     Op
	Values []Value // one at least; exactly one unless Op is Match
}

func (And) node()   {}
func (Or) node()    {}
func (Not) node()   {}
func (*Term) node() {}

// Op is how a term compares.
type Op uint8

const (
	Match Op = iota // field:value
	Greater
	GreaterEqual
	Less
	LessEqual
)

func (o Op) String() string { return [...]string{":", ">", ">=", "<", "<="}[o] }

// Value is one value of a term. Parts always holds the text; the others are set
// if the field compares that way.
type Value struct {
	Parts  []string     // the text between the wildcards: one part is a plain value
	Number float64      // number fields
	IsNum  bool         // Number is set
	Prefix netip.Prefix // address fields: a network, or a single address as one
	Time   time.Time    // time fields, always with GreaterEqual or Less
}

// Any reports whether the value is a lone wildcard.
func (v Value) Any() bool { return len(v.Parts) == 2 && v.Parts[0] == "" && v.Parts[1] == "" }

// Plain returns the text of a value without wildcards.
func (v Value) Plain() (string, bool) {
	if len(v.Parts) != 1 {
		return "", false
	}
	return v.Parts[0], true
}

// Range narrows the query to [since, until), taking the narrower bound where
// both are set. Zero times change nothing.
func (q *Query) Range(since, until time.Time) {
	if !since.IsZero() && (q.Since.IsZero() || since.After(q.Since)) {
		q.Since = milli(since)
	}
	if !until.IsZero() && (q.Until.IsZero() || until.Before(q.Until)) {
		q.Until = milli(until)
	}
}

// And returns a query that asks for both conditions and the narrower range.
func (q *Query) And(n Node) *Query {
	out := &Query{Since: q.Since, Until: q.Until}
	out.Where = join[And](q.Where, n)
	return out
}

// join puts conditions together in the normal form: flat, no empty, no single.
func join[T And | Or](nodes ...Node) Node {
	var all []Node
	for _, n := range nodes {
		switch m := n.(type) {
		case nil:
		default:
			if same, ok := any(m).(T); ok {
				all = append(all, same...)
			} else {
				all = append(all, m)
			}
		}
	}
	switch len(all) {
	case 0:
		return nil
	case 1:
		return all[0]
	}
	return any(T(all)).(Node)
}

// not negates in the normal form.
func not(n Node) Node {
	if m, ok := n.(Not); ok {
		return m.Node
	}
	return Not{n}
}

func milli(t time.Time) time.Time { return time.UnixMilli(t.UnixMilli()).UTC() }
