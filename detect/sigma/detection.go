package sigma

import "strings"

// detection is a rule's search identifiers, in order, each an expression.
type detection struct {
	names []string
	exprs map[string]Expr
	used  map[string]bool
}

// parseDetection reads the search identifiers of a detection or filter section;
// skip are its other members.
func parseDetection(n *node, places Placeholders, skip ...string) (*detection, error) {
	d := &detection{exprs: map[string]Expr{}, used: map[string]bool{}}
next:
	for i, name := range n.keys {
		for _, s := range skip {
			if name == s {
				continue next
			}
		}
		x, err := selection(n.vals[i], places, 0)
		if err != nil {
			return nil, err
		}
		d.names = append(d.names, name)
		d.exprs[name] = x
	}
	if len(d.names) == 0 {
		return nil, at(n.line, "detection has no search identifier")
	}
	return d, nil
}

// selection reads a search identifier: a map (all of its fields), a list (one of
// its maps or keywords) or a keyword.
func selection(n *node, places Placeholders, depth int) (Expr, error) {
	if depth > maxDepth {
		return nil, at(n.line, "%s", errDeep)
	}
	var parts []Expr
	switch n.kind {
	case isMap:
		if len(n.keys) == 0 {
			return nil, at(n.line, "empty map: it would match every record")
		}
		for i, key := range n.keys {
			it, err := parseItem(key, n.vals[i].line)
			if err != nil {
				return nil, err
			}
			if it.field == "" && !strings.Contains(key, "|") {
				return nil, at(n.vals[i].line, "field without a name")
			}
			x, err := it.expr(n.vals[i], places)
			if err != nil {
				return nil, err
			}
			parts = append(parts, x)
		}
		return allOf(parts), nil
	case isList:
		if len(n.list) == 0 {
			return nil, at(n.line, "empty list: it could never match")
		}
		for _, e := range n.list {
			x, err := selection(e, places, depth+1)
			if err != nil {
				return nil, err
			}
			parts = append(parts, x)
		}
		return anyOf(parts), nil
	}
	if n.kind == isNull {
		return nil, at(n.line, "search identifier without content")
	}
	it := &item{line: n.line}
	if n.text == "" {
		return nil, at(n.line, "empty keyword: it would match every record")
	}
	return it.expr(n, places)
}
