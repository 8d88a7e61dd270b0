package sigma

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// kind is what a YAML node is.
type kind uint8

const (
	isNull kind = iota
	isString
	isNumber
	isBool
	isList
	isMap
)

// node is a YAML value and where it stands.
type node struct {
	kind kind
	line int
	text string // of a scalar, as it reads without quotes
	list []*node
	keys []string // of a map, in order
	vals []*node
}

func (n *node) key(name string) *node {
	if n == nil {
		return nil
	}
	for i, k := range n.keys {
		if k == name {
			return n.vals[i]
		}
	}
	return nil
}

// set adds or replaces a member.
func (n *node) set(name string, v *node) {
	for i, k := range n.keys {
		if k == name {
			n.vals[i] = v
			return
		}
	}
	n.keys, n.vals = append(n.keys, name), append(n.vals, v)
}

// str returns the text of a scalar member, "" if there is none.
func (n *node) str(name string) string {
	if v := n.key(name); v != nil && v.kind != isList && v.kind != isMap {
		return v.text
	}
	return ""
}

// strs returns the texts of a member that is a scalar or a list of scalars.
func (n *node) strs(name string) []string {
	v := n.key(name)
	if v == nil || v.kind == isNull {
		return nil
	}
	var out []string
	for _, e := range v.items() {
		if e.kind != isList && e.kind != isMap {
			out = append(out, e.text)
		}
	}
	return out
}

// items returns the elements of a list; anything else is a list of itself.
func (n *node) items() []*node {
	if n.kind == isList {
		return n.list
	}
	return []*node{n}
}

// lineError is an error and where it is.
type lineError struct {
	line int
	text string
}

func (e *lineError) Error() string { return e.text }

func at(line int, format string, a ...any) error {
	return &lineError{line, fmt.Sprintf(format, a...)}
}

// maxDepth bounds the nesting of documents and conditions.
const maxDepth = 64

// parseYAML calls each for the documents of a file, with the error of those that
// cannot be used. Documents are cut apart here: a line that begins with --- or ...
// ends one wherever it stands, and what is wrong with one is not the others'.
func parseYAML(b []byte, each func(*node, error)) {
	b = bytes.TrimPrefix(b, []byte("\ufeff"))
	var doc []byte
	first := 0 // lines before the document
	end := func(line int) {
		n, err := parseDocument(doc, first)
		if n != nil || err != nil {
			each(n, err)
		}
		doc, first = nil, line
	}
	n := 0
	for line := range bytes.Lines(b) {
		switch {
		case mark(line, "..."):
			end(n + 1)
		case mark(line, "---"):
			end(n)
			doc = append(doc, "   "...)
			doc = append(doc, line[3:]...)
		default:
			doc = append(doc, line...)
		}
		n++
	}
	end(n)
}

// mark says whether a line is a document's mark.
func mark(line []byte, m string) bool {
	return bytes.HasPrefix(line, []byte(m)) && (len(line) == 3 || line[3] == ' ' || line[3] == '\n' || line[3] == '\r' || line[3] == '\t')
}

// parseDocument reads one document, which begins behind that many lines; nil if it
// is empty.
func parseDocument(b []byte, before int) (n *node, err error) {
	// The library is known to panic on some malformed input; a rule file must not
	// end the process.
	defer func() {
		if recover() != nil {
			n, err = nil, at(before+1, "the YAML parser does not understand the document")
		}
	}()
	f, err := parser.ParseBytes(b, 0, parser.AllowDuplicateMapKey()) // the converter says where a key stands twice
	if err != nil {
		var se *yaml.SyntaxError
		if errors.As(err, &se) && se.Token != nil && se.Token.Position != nil {
			return nil, at(before+se.Token.Position.Line, "not YAML: %s", se.Message)
		}
		return nil, at(before+1, "not YAML")
	}
	for _, d := range f.Docs {
		if d.Body == nil {
			continue
		}
		if _, ok := d.Body.(*ast.CommentGroupNode); ok {
			continue
		}
		c := converter{before: before, anchors: map[string]*node{}}
		return c.convert(d.Body, 0)
	}
	return nil, nil
}

var errDeep = errors.New("nested too deep")

// converter turns the library's tree into nodes.
type converter struct {
	before  int // lines before the document
	anchors map[string]*node
	count   int
}

// maxNodes bounds what aliases may blow a document up to.
const maxNodes = 1 << 18

func (c *converter) convert(n ast.Node, depth int) (*node, error) {
	line := 0
	if t := n.GetToken(); t != nil && t.Position != nil {
		line = c.before + t.Position.Line
	}
	if c.count++; depth > maxDepth || c.count > maxNodes {
		return nil, at(line, "%s", errDeep)
	}
	switch v := n.(type) {
	case *ast.NullNode:
		return &node{kind: isNull, line: line}, nil
	case *ast.BoolNode:
		return &node{kind: isBool, line: line, text: map[bool]string{true: "true", false: "false"}[v.Value]}, nil
	case *ast.IntegerNode:
		text := n.GetToken().Value
		if len(text) > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9' {
			return &node{kind: isString, line: line, text: text}, nil // an account id, not an octal number
		}
		return &node{kind: isNumber, line: line, text: fmt.Sprint(v.Value)}, nil
	case *ast.FloatNode:
		return &node{kind: isNumber, line: line, text: n.GetToken().Value}, nil
	case *ast.StringNode:
		return &node{kind: isString, line: line, text: v.Value}, nil
	case *ast.LiteralNode:
		return &node{kind: isString, line: line, text: v.Value.Value}, nil
	case *ast.InfinityNode, *ast.NanNode:
		return &node{kind: isString, line: line, text: n.GetToken().Value}, nil
	case *ast.TagNode:
		if v.Value == nil {
			return &node{kind: isNull, line: line}, nil
		}
		return c.convert(v.Value, depth+1)
	case *ast.AnchorNode:
		out, err := c.convert(v.Value, depth+1)
		if err == nil {
			c.anchors[v.Name.GetToken().Value] = out
		}
		return out, err
	case *ast.AliasNode:
		if out := c.anchors[v.Value.GetToken().Value]; out != nil {
			c.count += out.size()
			return out, nil
		}
		return nil, at(line, "alias to an anchor that is not there")
	case *ast.SequenceNode:
		out := &node{kind: isList, line: line}
		for _, e := range v.Values {
			m, err := c.convert(e, depth+1)
			if err != nil {
				return nil, err
			}
			out.list = append(out.list, m)
		}
		return out, nil
	case *ast.MappingNode:
		return c.mapping(v.Values, line, depth)
	case *ast.MappingValueNode:
		return c.mapping([]*ast.MappingValueNode{v}, line, depth)
	}
	return nil, at(line, "YAML construct that rules do not use")
}

func (c *converter) mapping(values []*ast.MappingValueNode, line, depth int) (*node, error) {
	out := &node{kind: isMap, line: line}
	if len(values) > 0 {
		if t := values[0].Key.GetToken(); t != nil && t.Position != nil {
			out.line = c.before + t.Position.Line
		}
	}
	var merged []*node
	for _, m := range values {
		v, err := c.convert(m.Value, depth+1)
		if err != nil {
			return nil, err
		}
		if m.Key.IsMergeKey() {
			merged = append(merged, v.items()...)
			continue
		}
		key := m.Key.GetToken()
		if v.line == 0 || v.kind == isNull {
			v.line = c.before + key.Position.Line
		}
		if out.key(key.Value) != nil {
			return nil, at(c.before+key.Position.Line, "key %q stands twice", key.Value)
		}
		out.set(key.Value, v)
	}
	for _, from := range merged {
		for i, k := range from.keys {
			if out.key(k) == nil {
				out.set(k, from.vals[i])
			}
		}
	}
	return out, nil
}

// size counts the nodes below n, for the bound on aliases.
func (n *node) size() int {
	s := 1
	for _, e := range n.list {
		s += e.size()
	}
	for _, e := range n.vals {
		s += e.size()
	}
	return s
}
