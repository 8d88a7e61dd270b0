package match_test

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"regexp"
	"strings"

	"github.com/scrubline/scrubline/detect/sigma"
)

// The slow reference: one rule at a time over a parsed tree, written from the
// meaning of tests (package sigma) without an eye to speed. It knows JSON records
// only.

// tree is a JSON value with the order of its members kept.
type tree struct {
	kind byte // o a s n b z
	text string
	keys []string
	kids []*tree
}

func parseTree(b []byte) *tree {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	t, err := readTree(d)
	if err != nil || d.More() {
		return nil
	}
	return t
}

func readTree(d *json.Decoder) (*tree, error) {
	tok, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch v := tok.(type) {
	case json.Delim:
		t := &tree{kind: 'o'}
		if v == '[' {
			t.kind = 'a'
		}
		for d.More() {
			if t.kind == 'o' {
				key, err := d.Token()
				if err != nil {
					return nil, err
				}
				t.keys = append(t.keys, key.(string))
			}
			kid, err := readTree(d)
			if err != nil {
				return nil, err
			}
			t.kids = append(t.kids, kid)
		}
		_, err := d.Token()
		return t, err
	case string:
		return &tree{kind: 's', text: v}, nil
	case json.Number:
		return &tree{kind: 'n', text: string(sigma.AppendNumber(nil, []byte(v)))}, nil
	case bool:
		return &tree{kind: 'b', text: map[bool]string{true: "true", false: "false"}[v]}, nil
	}
	return &tree{kind: 'z'}, nil
}

// compact is the tree's compact JSON text.
func (t *tree) compact() string {
	switch t.kind {
	case 's':
		return `"` + string(sigma.AppendQuoted(nil, []byte(t.text))) + `"`
	case 'z':
		return "null"
	case 'o', 'a':
		var parts []string
		for i, k := range t.kids {
			p := k.compact()
			if t.kind == 'o' {
				p = `"` + string(sigma.AppendQuoted(nil, []byte(t.keys[i]))) + `":` + p
			}
			parts = append(parts, p)
		}
		if t.kind == 'o' {
			return "{" + strings.Join(parts, ",") + "}"
		}
		return "[" + strings.Join(parts, ",") + "]"
	}
	return t.text
}

// reach returns what lies at a path, arrays themselves and their elements too.
func reach(t *tree, path []string, in int) []*tree {
	if t.kind == 'a' && in < 3 {
		out := []*tree{}
		if len(path) == 0 {
			out = append(out, t)
		}
		for _, k := range t.kids {
			out = append(out, reach(k, path, in+1)...)
		}
		return out
	}
	if len(path) == 0 {
		if t.kind == 'a' {
			return []*tree{{kind: 'x', kids: t.kids}} // too deep: a text
		}
		return []*tree{t}
	}
	var out []*tree
	if t.kind == 'o' {
		for i, k := range t.keys {
			if k == path[0] {
				out = append(out, reach(t.kids[i], path[1:], 0)...)
			}
		}
	}
	return out
}

func (t *tree) values(field string) []*tree {
	path := strings.Split(field, ".")
	out := reach(t, path, 0)
	if len(path) > 1 {
		out = append(out, reach(t, []string{field}, 0)...)
	}
	return out
}

// texts returns the texts of a field's values.
func (t *tree) texts(field string) []string {
	var out []string
	for _, v := range t.values(field) {
		switch v.kind {
		case 'z', 'a':
		case 'x':
			out = append(out, (&tree{kind: 'a', kids: v.kids}).compact())
		case 'o':
			out = append(out, v.compact())
		default:
			out = append(out, v.text)
		}
	}
	return out
}

func (t *tree) holds(x sigma.Expr) bool {
	switch v := x.(type) {
	case sigma.And:
		for _, p := range v {
			if !t.holds(p) {
				return false
			}
		}
		return true
	case sigma.Or:
		for _, p := range v {
			if t.holds(p) {
				return true
			}
		}
		return false
	case sigma.Not:
		return !t.holds(v.X)
	}
	m := x.(*sigma.Match)
	if m.Field == "" {
		quoted := sigma.Quoted(m.Test.Pattern)
		if !m.Test.Cased {
			quoted = quoted.Fold()
		}
		q := m.Test
		q.Pattern = quoted
		return t.passes(&m.Test, t.compact()) || t.passes(&q, t.compact())
	}
	switch vs := t.values(m.Field); m.Test.Kind {
	case sigma.Exists:
		return (len(vs) > 0) == m.Test.Want
	case sigma.Null:
		for _, v := range vs {
			if v.kind != 'z' {
				return false
			}
		}
		return true
	}
	for _, s := range t.texts(m.Field) {
		if t.passes(&m.Test, s) {
			return true
		}
	}
	return false
}

func (t *tree) passes(q *sigma.Test, s string) bool {
	fold := func(s string) string {
		if q.Cased {
			return s
		}
		return sigma.Fold(s)
	}
	switch q.Kind {
	case sigma.Text:
		re := "(?s)^"
		for i, l := range q.Pattern.Literals {
			re += regexp.QuoteMeta(l)
			if i < len(q.Pattern.Gaps) {
				re += strings.Repeat(".", q.Pattern.Gaps[i].Least)
				if q.Pattern.Gaps[i].Open {
					re += ".*"
				}
			}
		}
		return regexp.MustCompile(re + "$").MatchString(fold(s))
	case sigma.Regexp:
		return q.Re.MatchString(s)
	case sigma.CIDR:
		a, err := netip.ParseAddr(s)
		return err == nil && a.Zone() == "" && q.Prefix.Contains(a)
	case sigma.FieldRef:
		for _, o := range t.texts(q.Ref) {
			a, b := fold(s), fold(o)
			if q.Place == sigma.Whole && a == b || q.Place == sigma.Prefix && strings.HasPrefix(a, b) ||
				q.Place == sigma.Suffix && strings.HasSuffix(a, b) || q.Place == sigma.Inside && strings.Contains(a, b) {
				return true
			}
		}
		return false
	}
	f, ok := sigma.ParseNumber([]byte(s))
	if q.Part != sigma.NoPart {
		n, good := sigma.TimePart([]byte(s), q.Part)
		f, ok = float64(n), good
	}
	return ok && sigma.Bound{Op: q.Op, Value: q.Number}.Holds(f)
}
