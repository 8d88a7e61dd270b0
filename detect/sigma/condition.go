package sigma

import (
	"slices"
	"strings"
)

// condition parses a rule's condition over its search identifiers:
//
//	or > and > not > "1 of", "any of", "all of" > parentheses, names
type condition struct {
	d     *detection
	line  int
	toks  []string
	pos   int
	depth int
}

// conditions reads a condition or a list of them, which are alternatives.
func conditions(n *node, d *detection) (Expr, error) {
	if n == nil || n.kind == isNull {
		return nil, at(0, "no condition")
	}
	var parts []Expr
	for _, e := range n.items() {
		if e.kind == isMap || e.kind == isList {
			return nil, at(e.line, "condition is not a string")
		}
		p := &condition{d: d, line: e.line}
		x, err := p.parse(e.text)
		if err != nil {
			return nil, err
		}
		parts = append(parts, x)
	}
	if len(parts) == 0 {
		return nil, at(n.line, "no condition")
	}
	return anyOf(parts), nil
}

func (p *condition) parse(s string) (Expr, error) {
	if i := strings.IndexByte(s, '|'); i >= 0 {
		return nil, at(p.line, "aggregation after a pipe was removed from Sigma: write a correlation (event_count, value_count, temporal)")
	}
	p.toks = words(s)
	x, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.pos < len(p.toks) {
		return nil, at(p.line, "condition: %q is not expected here", p.toks[p.pos])
	}
	return x, nil
}

// words cuts a condition into names, operators and parentheses.
func words(s string) (out []string) {
	for s != "" {
		switch c := s[0]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			s = s[1:]
		case c == '(' || c == ')':
			out, s = append(out, s[:1]), s[1:]
		default:
			n := strings.IndexAny(s, " \t\r\n()")
			if n < 0 {
				n = len(s)
			}
			out, s = append(out, s[:n]), s[n:]
		}
	}
	return out
}

// operator says whether a word of a correlation's condition is no name.
func operator(w string) bool {
	return w == "(" || w == ")" || slices.Contains([]string{"and", "or", "not"}, strings.ToLower(w))
}

// peek returns the next token; word says whether it is the operator.
func (p *condition) peek() string {
	if p.pos < len(p.toks) {
		return p.toks[p.pos]
	}
	return ""
}

// word says whether the next token is an operator, and takes it. A search
// identifier of that name goes first.
func (p *condition) word(op string) bool {
	t := p.peek()
	if !strings.EqualFold(t, op) || p.d.exprs[t] != nil {
		return false
	}
	p.pos++
	return true
}

func (p *condition) or() (Expr, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, at(p.line, "%s", errDeep)
	}
	defer func() { p.depth-- }()
	var parts []Expr
	for {
		x, err := p.and()
		if err != nil {
			return nil, err
		}
		if parts = append(parts, x); !p.word("or") {
			return anyOf(parts), nil
		}
	}
}

func (p *condition) and() (Expr, error) {
	var parts []Expr
	for {
		x, err := p.not()
		if err != nil {
			return nil, err
		}
		if parts = append(parts, x); !p.word("and") {
			return allOf(parts), nil
		}
	}
}

func (p *condition) not() (Expr, error) {
	negated := false
	for p.word("not") {
		negated = !negated
	}
	x, err := p.primary()
	if err != nil || !negated {
		return x, err
	}
	return Not{x}, nil
}

func (p *condition) primary() (Expr, error) {
	t := p.peek()
	p.pos++
	switch {
	case t == "":
		return nil, at(p.line, "condition ends too early")
	case t == "(":
		x, err := p.or()
		if err != nil {
			return nil, err
		}
		if p.peek() != ")" {
			return nil, at(p.line, "condition: ) is missing")
		}
		p.pos++
		return x, nil
	case strings.EqualFold(p.peek(), "of") && p.d.exprs[t] == nil:
		return p.of(t)
	}
	if x := p.d.exprs[t]; x != nil {
		p.d.used[t] = true
		return x, nil
	}
	return nil, at(p.line, "condition: there is no search identifier %q", t)
}

// of reads "1 of them", "all of selection*"; how is what stands before "of".
func (p *condition) of(how string) (Expr, error) {
	p.pos++
	target := p.peek()
	p.pos++
	var parts []Expr
	for _, name := range p.d.names {
		// Names that begin with an underscore are meant by those that do too.
		meant := strings.HasPrefix(target, "_") || !strings.HasPrefix(name, "_")
		if meant && (target == "them" || wild(target, name)) {
			parts = append(parts, p.d.exprs[name])
			p.d.used[name] = true
		}
	}
	switch {
	case target == "":
		return nil, at(p.line, "condition ends too early")
	case len(parts) == 0:
		return nil, at(p.line, "condition: no search identifier is like %q", target)
	case how == "1" || strings.EqualFold(how, "any"):
		return anyOf(parts), nil
	case strings.EqualFold(how, "all"):
		return allOf(parts), nil
	}
	return nil, at(p.line, "condition: %q of is not supported, only 1, any and all", how)
}

// wild matches a name against a pattern with stars.
func wild(pattern, name string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == name
	}
	if !strings.HasPrefix(name, parts[0]) {
		return false
	}
	name = name[len(parts[0]):]
	last := parts[len(parts)-1]
	for _, m := range parts[1 : len(parts)-1] {
		i := strings.Index(name, m)
		if i < 0 {
			return false
		}
		name = name[i+len(m):]
	}
	return strings.HasSuffix(name, last)
}

// unused lists the search identifiers that no condition names.
func (d *detection) unused() []string {
	var out []string
	for _, n := range d.names {
		if !d.used[n] && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}
