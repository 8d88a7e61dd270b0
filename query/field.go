package query

import (
	"slices"
	"strings"

	"github.com/scrubline/scrubline/schemas"
)

// matcher says how the values of a field are compared.
type matcher uint8

const (
	matchText     matcher = iota + 1 // as written
	matchFold                        // ignoring ASCII case; columns of few values only
	matchSource                      // as written, and chooses the tables
	matchTable                       // chooses the tables, no condition
	matchActor                       // as written, or the last element of an ARN
	matchUser                        // as matchActor, or any token of the value
	matchResource                    // any element of resource_ids; bucket/key for an S3 ARN
	matchService                     // with or without .amazonaws.com
	matchStatus                      // success, failure, unknown, or a code
	matchAddr                        // address, network, text as logged, or token
	matchPatient                     // tokens only: raw values stand nowhere
	matchToken                       // as written, or any token of the value
	matchList                        // any element
	matchNative                      // anywhere in the record, ignoring case
	matchNumber                      // number or one of Names
	matchBit                         // bits of a number, by name
	matchTime                        // instants and days
	matchSince                       // start of the query's range
	matchUntil                       // end of the query's range
)

// Field is one thing a query can ask about.
type Field struct {
	Name    string
	Aliases []string // other spellings, the column's name among them
	Help    string   // one sentence for people
	Example string   // a term, as typed
	Names   []Name   // the names of values, of fields that have a fixed set

	match   matcher
	columns []schemas.Column
	token   string // what Tokens calls the values, if the scrubber may have made them tokens
}

// Name is a value that has a number in the table.
type Name struct {
	Name   string
	Number uint64
}

// Column returns the column the field is mostly about, None if it has none.
func (f *Field) Column() schemas.Column {
	if len(f.columns) == 0 {
		return schemas.None
	}
	return f.columns[0]
}

// in reports whether a table has one of the field's columns.
func (f *Field) in(t schemas.Table) bool {
	return len(f.columns) == 0 || slices.ContainsFunc(f.columns, func(c schemas.Column) bool { return slices.Contains(t.Columns(), c) })
}

// compares reports whether the field takes > and <.
func (f *Field) compares() bool {
	return f.match == matchNumber || f.match == matchTime || f.match == matchStatus
}

func (f *Field) number(name string) (uint64, bool) {
	for _, n := range f.Names {
		if n.Name == name {
			return n.Number, true
		}
	}
	return 0, false
}

func (f *Field) nameList() string {
	names := make([]string, len(f.Names))
	for i, n := range f.Names {
		names[i] = n.Name
	}
	return strings.Join(names, ", ")
}

// Fields returns every field, the common ones first. The caller must not change
// them.
func Fields() []*Field { return fields }

// FieldByName finds a field by name or alias, ignoring case; nil if there is none.
func FieldByName(name string) *Field { return fieldIndex[strings.ToLower(name)] }

var fields = func() []*Field {
	all := slices.Clone(friendly)
	taken := map[string]bool{}
	for _, f := range all {
		taken[f.Name] = true
		for _, a := range f.Aliases {
			taken[a] = true
		}
	}
	for c := schemas.None + 1; c < schemas.NumColumns; c++ {
		if name := c.String(); !taken[name] && c != schemas.Present {
			all = append(all, columnField(c))
		}
	}
	return all
}()

var fieldIndex = func() map[string]*Field {
	m := map[string]*Field{}
	for _, f := range fields {
		m[f.Name] = f
		for _, a := range f.Aliases {
			m[a] = f
		}
	}
	return m
}()

// columnField makes a field of a column that no friendly field speaks for.
func columnField(c schemas.Column) *Field {
	f := &Field{Name: c.String(), columns: []schemas.Column{c}, Help: "column " + c.String()}
	switch c.Info().Kind {
	case schemas.KString:
		f.match, f.Example = matchText, f.Name+":abc*"
	case schemas.KDict:
		f.match, f.Example = matchFold, f.Name+":abc*"
	case schemas.KStrings:
		f.match, f.Example = matchList, f.Name+":abc*"
	case schemas.KIP:
		f.match, f.token, f.Example = matchAddr, "ip", f.Name+":10.0.0.0/8"
	case schemas.KTime:
		f.match, f.Example = matchTime, f.Name+">24h"
	default:
		f.match, f.Example = matchNumber, f.Name+">0"
	}
	return f
}

// nearest returns the field name closest to a mistyped one, "" if none is near.
func nearest(name string) string {
	name = strings.ToLower(name)
	best, bestCost := "", 1+max(2, len(name)/3)
	consider := func(candidate, answer string) {
		cost := distance(name, candidate)
		if strings.HasPrefix(candidate, name) && len(name) > 1 {
			cost = 1
		}
		if cost < bestCost {
			best, bestCost = answer, cost
		}
	}
	for _, f := range fields {
		consider(f.Name, f.Name)
		for _, a := range f.Aliases {
			consider(a, a)
		}
	}
	return best
}

// distance is the edit distance with swapped neighbours counted once.
func distance(a, b string) int {
	var before []int
	prev, cur := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], before[j-2]+1)
			}
		}
		before, prev, cur = prev, cur, make([]int, len(b)+1)
	}
	return prev[len(b)]
}
