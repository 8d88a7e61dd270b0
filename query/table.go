package query

import (
	"slices"
	"strings"

	"github.com/scrubline/scrubline/schemas"
)

// flowSource is the one source whose rows stand in the table flows.
const flowSource = "aws_vpcflow"

// tableSet is a set of tables as bits; 0 means no opinion.
type tableSet uint8

const (
	inEvents tableSet = 1 << schemas.Events
	inFlows  tableSet = 1 << schemas.Flows
)

// Tables lists the tables the query reads, events first. Without source: or
// table:, and without a field only flows have, that is events alone: flows are
// 10 to 100 times the volume.
func (q *Query) Tables() []schemas.Table {
	set := opinion(q.Where)
	if set == 0 {
		set = inEvents
	}
	var ts []schemas.Table
	for _, t := range []schemas.Table{schemas.Events, schemas.Flows} {
		if set&(1<<t) != 0 {
			ts = append(ts, t)
		}
	}
	return ts
}

// opinion says which tables can have rows that meet a condition.
func opinion(n Node) tableSet {
	switch n := n.(type) {
	case And:
		var all, asked tableSet
		for _, part := range n {
			o := opinion(part)
			if o == 0 {
				continue
			}
			if all == 0 {
				all = o
			} else if all&o != 0 {
				all &= o
			}
			if t, ok := part.(*Term); ok && (t.Field.match == matchTable || t.Field.match == matchSource) {
				asked |= o
			}
		}
		// Conditions that exclude each other find nothing; read where the
		// person asked to look, so that the answer says so.
		if asked != 0 && all&asked == 0 {
			return asked
		}
		return all
	case Or:
		var all tableSet
		for _, part := range n {
			o := opinion(part)
			if o == 0 {
				o = inEvents
			}
			all |= o
		}
		return all
	case *Term:
		return n.opinion()
	}
	return 0
}

func (t *Term) opinion() tableSet {
	switch t.Field.match {
	case matchTable:
		var set tableSet
		for _, v := range t.Values {
			if v.Any() {
				set |= inEvents | inFlows
			} else {
				set |= 1 << uint(v.Number)
			}
		}
		return set
	case matchSource:
		var set tableSet
		for _, v := range t.Values {
			text, plain := v.Plain()
			switch {
			case !plain && v.like(flowSource):
				set |= inEvents | inFlows
			case plain && text == flowSource:
				set |= inFlows
			default:
				set |= inEvents
			}
		}
		return set
	}
	events, flows := t.Field.in(schemas.Events), t.Field.in(schemas.Flows)
	switch {
	case events && !flows:
		return inEvents
	case flows && !events:
		return inFlows
	}
	return 0
}

// like reports whether the value's pattern matches text.
func (v Value) like(text string) bool {
	rest, ok := strings.CutPrefix(text, v.Parts[0])
	if !ok {
		return false
	}
	if len(v.Parts) == 1 {
		return rest == ""
	}
	last := len(v.Parts) - 1
	for _, part := range v.Parts[1:last] {
		i := strings.Index(rest, part)
		if i < 0 {
			return false
		}
		rest = rest[i+len(part):]
	}
	return strings.HasSuffix(rest, v.Parts[last])
}

// mentions reports whether a condition has a term of the field.
func mentions(n Node, f *Field) bool {
	switch n := n.(type) {
	case And:
		return slices.ContainsFunc(n, func(m Node) bool { return mentions(m, f) })
	case Or:
		return slices.ContainsFunc(n, func(m Node) bool { return mentions(m, f) })
	case Not:
		return mentions(n.Node, f)
	case *Term:
		return n.Field == f
	}
	return false
}
