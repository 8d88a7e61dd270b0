package match

import (
	"slices"

	"github.com/scrubline/scrubline/detect/fields"
	"github.com/scrubline/scrubline/detect/list"
	"github.com/scrubline/scrubline/detect/sigma"
	"github.com/scrubline/scrubline/schemas"
)

// Matcher is compiled rules. It is never changed and may be used by many
// goroutines, each with a Scanner of its own.
type Matcher struct {
	rules    []*sigma.Rule
	lists    list.Set
	programs map[string]*program
}

// program is the rules of one source.
type program struct {
	rules   []rule
	slots   []slot
	byName  map[string]int32 // slots by field name
	root    *node            // of the record's JSON; nil if no slot is in it
	columns []int32          // slots that have a column
	urls    []int32          // slots that want the request line's address
	lists   []int32          // slots that are looked up
	atoms   []atom
	asked   map[string]int32 // atoms by what they ask
	index   index
	json    bool
}

// rule is a compiled rule: its number among all and its condition.
type rule struct {
	number int32
	cond   cond
}

// slot is one field.
type slot struct {
	column schemas.Column
	bit    uint64 // of the column in the column present, 0 if it is always there
	whole  bool   // the record's whole text
	list   *lookup
}

// lookup is where a slot that is looked up has its values from.
type lookup struct {
	list, column string
	key          int32 // slot
}

// node is a place in the record's JSON that slots lie at or below.
type node struct {
	kids  map[string]*node
	slots []int32
}

// addrColumns are the columns that hold an address for one that holds its text.
var addrColumns = map[schemas.Column]schemas.Column{
	schemas.SrcAddr: schemas.SrcIP, schemas.DstAddr: schemas.DstIP,
}

// Compile makes a matcher of rules. Correlations are left to package correlate;
// the fields they ask for can be had from a Scanner. lists are what fields are
// looked up in; a list that is not there has no rows.
func Compile(rules []*sigma.Rule, lists list.Set) *Matcher {
	m := &Matcher{rules: rules, lists: lists, programs: map[string]*program{}}
	for i, r := range rules {
		if r.Expr == nil {
			continue
		}
		for _, src := range fields.Sources(r.Logsource) {
			p := m.programs[src]
			if p == nil {
				p = &program{byName: map[string]int32{}, asked: map[string]int32{}, json: fields.JSON(src)}
				m.programs[src] = p
			}
			c := compiler{p: p, source: src}
			p.rules = append(p.rules, rule{int32(i), c.cond(r.Expr)})
		}
	}
	for _, r := range rules {
		if r.Correlation != nil {
			m.wanted(r.Correlation)
			continue
		}
		for _, src := range fields.Sources(r.Logsource) {
			comp := compiler{p: m.programs[src], source: src}
			for _, f := range r.GroupBy() {
				comp.slot(f, false)
			}
			if r.Novel != nil {
				for _, f := range slices.Concat(r.Novel.For, r.Novel.Of) {
					comp.slot(f, false)
				}
			}
		}
	}
	for _, p := range m.programs {
		p.index = buildIndex(p)
	}
	return m
}

// Rules returns the rules that the matcher was made of.
func (m *Matcher) Rules() []*sigma.Rule { return m.rules }

// wanted makes slots for the fields that a correlation takes from its base
// rules' records.
func (m *Matcher) wanted(c *sigma.Correlation) {
	for _, base := range bases(c, nil) {
		for _, src := range fields.Sources(base.Logsource) {
			comp := compiler{p: m.programs[src], source: src}
			for _, names := range [][]string{c.GroupBy, c.Field} {
				for _, f := range names {
					comp.slot(c.FieldOf(f, base), false)
				}
			}
		}
	}
}

// bases lists the rules over records below c, through correlations of
// correlations.
func bases(c *sigma.Correlation, out []*sigma.Rule) []*sigma.Rule {
	for _, r := range c.Rules {
		if r.Correlation != nil {
			out = bases(r.Correlation, out)
		} else {
			out = append(out, r)
		}
	}
	return out
}

// compiler adds to a program.
type compiler struct {
	p      *program
	source string
}

// slot returns the slot of a field, -1 if the source has no such field. For a
// test of networks an address column stands for its text.
func (c *compiler) slot(field string, network bool) int32 {
	if l, column, key, ok := sigma.Lookup(field); ok {
		return c.looked(field, l, column, key)
	}
	key := field
	ref, ok := fields.Resolve(c.source, field)
	if network && addrColumns[ref.Column] != schemas.None {
		ref.Column = addrColumns[ref.Column]
		key += "\x00network"
	}
	if field != "" && !ok {
		return -1
	}
	if n, ok := c.p.byName[key]; ok {
		return n
	}
	n := int32(len(c.p.slots))
	c.p.byName[key] = n
	c.p.slots = append(c.p.slots, slot{column: ref.Column, bit: ref.Column.PresentBit(), whole: field == ""})
	if field == "" {
		if c.p.root == nil && c.p.json {
			c.p.root = &node{} // whether a record is JSON must be known
		}
		return n
	}
	if ref.Column != schemas.None {
		c.p.columns = append(c.p.columns, n)
	}
	if ref.URL {
		c.p.urls = append(c.p.urls, n)
	}
	for _, path := range ref.Paths {
		c.path(path, n)
	}
	return n
}

// looked returns the slot of a field that is looked up, -1 if the source has no such
// key.
func (c *compiler) looked(field, name, column, key string) int32 {
	if n, ok := c.p.byName[field]; ok {
		return n
	}
	k := c.slot(key, false)
	if k < 0 {
		return -1
	}
	n := int32(len(c.p.slots))
	c.p.byName[field] = n
	c.p.slots = append(c.p.slots, slot{list: &lookup{name, column, k}})
	c.p.lists = append(c.p.lists, n)
	return n
}

// path makes the values at a path the slot's; so are those of the path as one
// key at the top.
func (c *compiler) path(path []string, n int32) {
	if c.p.root == nil {
		c.p.root = &node{}
	}
	at, joined := c.p.root, ""
	for i, key := range path {
		at = at.kid(key)
		if i > 0 {
			joined += "."
		}
		joined += key
	}
	at.slots = append(at.slots, n)
	if len(path) > 1 {
		at = c.p.root.kid(joined)
		at.slots = append(at.slots, n)
	}
}

func (n *node) kid(key string) *node {
	if n.kids == nil {
		n.kids = map[string]*node{}
	}
	k := n.kids[key]
	if k == nil {
		k = &node{}
		n.kids[key] = k
	}
	return k
}
