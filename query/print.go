package query

import "strings"

// TimeLayout is how answers and printed queries write times: UTC, milliseconds.
const TimeLayout = "2006-01-02T15:04:05.000Z"

// String prints the query so that Parse reads the same query from it, at any
// time and in any zone.
func (q *Query) String() string {
	var parts []string
	if q.Where != nil {
		inner := !q.Since.IsZero() || !q.Until.IsZero()
		parts = append(parts, printNode(q.Where, inner))
	}
	if !q.Since.IsZero() {
		parts = append(parts, "since:"+q.Since.Format(TimeLayout))
	}
	if !q.Until.IsZero() {
		parts = append(parts, "until:"+q.Until.Format(TimeLayout))
	}
	return strings.Join(parts, " ")
}

// printNode prints a condition; inner says that something stands beside it.
func printNode(n Node, inner bool) string {
	switch n := n.(type) {
	case And:
		return printList(n, " ", false)
	case Or:
		return printList(n, " OR ", inner)
	case Not:
		s := printNode(n.Node, true)
		if _, ok := n.Node.(And); ok {
			s = "(" + s + ")"
		}
		return "-" + s
	case *Term:
		return n.String()
	}
	return ""
}

func printList(nodes []Node, between string, parens bool) string {
	parts := make([]string, len(nodes))
	for i, n := range nodes {
		_, isAnd := n.(And)
		parts[i] = printNode(n, !isAnd)
	}
	s := strings.Join(parts, between)
	if parens {
		s = "(" + s + ")"
	}
	return s
}

func (t *Term) String() string {
	if len(t.Values) == 1 {
		v := t.Values[0]
		text, plain := v.Plain()
		if t.Field.match == matchNative && (!plain || text != "") {
			return printValue(v, true)
		}
		return t.Field.Name + t.Op.String() + printValue(v, false)
	}
	parts := make([]string, len(t.Values))
	for i, v := range t.Values {
		parts[i] = printValue(v, false)
	}
	return t.Field.Name + t.Op.String() + "(" + strings.Join(parts, ",") + ")"
}

var (
	quoteEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, `*`, `\*`)
	keywords     = map[string]bool{"OR": true, "AND": true, "NOT": true}
)

// printValue prints a value, quoted if a plain word would not be read as it.
func printValue(v Value, bare bool) string {
	quote := false
	parts := make([]string, len(v.Parts))
	for i, part := range v.Parts {
		parts[i] = quoteEscapes.Replace(part)
		quote = quote || strings.ContainsFunc(part, func(r rune) bool { return !plainRune(r) && (bare || r != ':') })
	}
	s := strings.Join(parts, "*")
	if quote || s == "" || bare && (keywords[s] || s[0] == '-') {
		return `"` + s + `"`
	}
	return s
}

func plainRune(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || strings.ContainsRune("_./@+=%~-", r)
}
