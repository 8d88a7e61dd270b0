package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

const maxFile = 1 << 20 // bytes

// at is a place in the file.
type at struct{ line, column int }

// reader walks the file's tree and notes everything that is wrong with it. Its
// messages name keys, never values, but for words of a fixed set.
type reader struct {
	problems Problems
}

func (r *reader) fail(a at, format string, args ...any) {
	r.problems.List = append(r.problems.List, Problem{Line: a.line, Column: a.column, Text: fmt.Sprintf(format, args...)})
}

func (r *reader) warn(a at, format string, args ...any) {
	r.problems.List = append(r.problems.List, Problem{Line: a.line, Column: a.column, Warning: true, Text: fmt.Sprintf(format, args...)})
}

// tree parses the file; nil if it is empty or no YAML.
func (r *reader) tree(b []byte) (body ast.Node) {
	defer func() {
		if recover() != nil { // the parser's, on input nobody writes
			body = nil
			r.fail(at{}, "this is not YAML")
		}
	}()
	if len(b) > maxFile {
		r.fail(at{}, "the file is larger than 1 MiB")
		return nil
	}
	f, err := parser.ParseBytes(b, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		where := at{}
		var ye yaml.Error
		if errors.As(err, &ye) && ye.GetToken() != nil && ye.GetToken().Position != nil {
			p := ye.GetToken().Position
			where = at{p.Line, p.Column}
		}
		r.fail(where, "this is not YAML: look for a missing colon, quote or blank, or for lines that are not indented alike, here or just above")
		return nil
	}
	for _, d := range f.Docs {
		if d.Body == nil {
			continue
		}
		if body != nil {
			r.fail(place(d.Body), "a policy is one document: remove the line ---")
			return nil
		}
		body = d.Body
	}
	if _, ok := body.(*ast.CommentGroupNode); ok {
		return nil
	}
	return body
}

// place is where a node begins.
func place(n ast.Node) at {
	switch n := n.(type) {
	case *ast.MappingNode:
		if len(n.Values) > 0 && !n.IsFlowStyle {
			return place(n.Values[0].Key)
		}
	case *ast.MappingValueNode:
		return place(n.Key)
	}
	if n == nil {
		return at{}
	}
	if t := n.GetToken(); t != nil && t.Position != nil {
		return at{t.Position.Line, t.Position.Column}
	}
	return at{}
}

// member is a key of a mapping and its value.
type member struct {
	key   string
	at    at
	value ast.Node
}

// mapping lists the members of n; what says in messages what n is. Keys that are
// not known, if any are given, and keys that stand twice are errors.
func (r *reader) mapping(n ast.Node, what string, known ...string) []member {
	var values []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	default:
		r.fail(place(n), "%s must hold lines of the form key: value", what)
		return nil
	}
	var ms []member
	seen := map[string]at{}
	for _, v := range values {
		m := member{at: place(v.Key), value: v.Value}
		switch k := v.Key.(type) {
		case *ast.StringNode:
			m.key = k.Value
		case *ast.MergeKeyNode, *ast.MappingKeyNode:
			r.fail(m.at, "keys like << and ? are not taken here: write the lines out")
			continue
		default:
			m.key = v.Key.GetToken().Value
		}
		if first, twice := seen[m.key]; twice {
			r.fail(m.at, "the key %s stands in line %d already", shown(m.key), first.line)
			continue
		}
		seen[m.key] = m.at
		if len(known) > 0 && !slices.Contains(known, m.key) {
			hint := instead(m.key, known)
			if shown(m.key) == hidden {
				hint += "; a text with a comma, a colon or a # stands in quotes"
			}
			r.fail(m.at, "%s has no key %s%s", what, shown(m.key), hint)
			continue
		}
		ms = append(ms, m)
	}
	return ms
}

// list returns the entries of n.
func (r *reader) list(n ast.Node, what string) []ast.Node {
	if s, ok := n.(*ast.SequenceNode); ok {
		return s.Values
	}
	r.fail(place(n), "%s must be a list: lines that start with a dash", what)
	return nil
}

// text returns the text of a scalar, as written but for quotes and escapes.
func (r *reader) text(m member) (string, bool) {
	s := ""
	switch n := m.value.(type) {
	case *ast.StringNode:
		s = n.Value
	case *ast.LiteralNode:
		s = n.Value.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		s = n.GetToken().Value
	case *ast.AliasNode, *ast.AnchorNode, *ast.TagNode:
		r.fail(place(n), "anchors, aliases and tags are not taken here: write the value out")
		return "", false
	case *ast.NullNode:
	default:
		r.fail(m.at, "%s must be a single value", shown(m.key))
		return "", false
	}
	if s = strings.TrimSpace(s); s == "" {
		r.fail(m.at, "%s needs a value", shown(m.key))
		return "", false
	}
	return s, true
}

// word is a scalar and where it stands.
type word struct {
	text string
	at   at
}

// words returns a list of scalars, or the one that stands in place of a list.
func (r *reader) words(m member) (out []word) {
	nodes := []ast.Node{m.value}
	if _, ok := m.value.(*ast.SequenceNode); ok {
		nodes = r.list(m.value, m.key)
	}
	for _, n := range nodes {
		if s, ok := r.text(member{m.key, place(n), n}); ok {
			out = append(out, word{s, place(n)})
		}
	}
	return out
}

const hidden = "(not shown)"

// shown is a key as messages show it: a key that is no plain word may be a value
// that somebody forgot the key of.
func shown(key string) string {
	if len(key) > 40 {
		return hidden
	}
	for i := range len(key) {
		if c := key[i]; (c|0x20)-'a' > 'z'-'a' && c != '_' && c != '-' && c != '.' && c != ':' && c != '*' {
			return hidden
		}
	}
	return key
}

// instead suggests the known word that is nearest to a wrong one, or lists them.
func instead(word string, known []string) string {
	best, least := "", 3
	for _, k := range known {
		if k == "aws_"+strings.ReplaceAll(word, "-", "_") {
			best, least = k, 0
		}
		if d := distance(strings.ToLower(word), k); d < least && d < len(k) {
			best, least = k, d
		}
	}
	if best != "" {
		return ": do you mean " + best + "?"
	}
	if len(known) > 12 {
		return ""
	}
	return " (it has " + strings.Join(known, ", ") + ")"
}

// distance is Levenshtein's, of short words.
func distance(a, b string) int {
	if len(a) > 40 || len(b) > 40 {
		return 99
	}
	var row [42]int
	for j := range len(b) + 1 {
		row[j] = j
	}
	for i := range len(a) {
		last := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := last
			if a[i] != b[j] {
				cost++
			}
			last = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
