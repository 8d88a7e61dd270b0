package sql

import (
	"strings"

	"github.com/scrubline/scrubline/detect/fields"
	"github.com/scrubline/scrubline/detect/sigma"
	"github.com/scrubline/scrubline/schemas"
)

// Bounds of the texts that rows are searched for first.
const (
	shortestNeedle = 3
	mostNeedles    = 200
)

// prefilter writes a condition that is cheap and true for every row that x may
// be true for, "" if there is none: one of some texts stands in the record. Texts
// are looked for byte by byte, without regard to case, so that rows with escapes
// or characters beyond ASCII, which may hold them otherwise, are let through.
func (w *writer) prefilter(x sigma.Expr) string {
	texts, ok := w.needles(x)
	if !ok || len(texts) > mostNeedles {
		return ""
	}
	var quoted []string
	for _, t := range texts {
		quoted = append(quoted, quote(t))
	}
	return "(multiSearchAnyCaseInsensitive(native, [" + strings.Join(quoted, ", ") +
		`]) OR position(native, '\\') > 0 OR length(native) != lengthUTF8(native))`
}

// needles returns texts one of which must stand in a record that x is true for.
func (w *writer) needles(x sigma.Expr) ([]string, bool) {
	switch v := x.(type) {
	case sigma.And:
		var best []string
		for _, p := range v {
			if t, ok := w.needles(p); ok && (best == nil || better(t, best)) {
				best = t
			}
		}
		return best, best != nil
	case sigma.Or:
		var all []string
		for _, p := range v {
			t, ok := w.needles(p)
			if !ok {
				return nil, false
			}
			all = append(all, t...)
		}
		return all, true
	case *sigma.Match:
		return w.needle(v)
	}
	return nil, false
}

// better prefers fewer texts, and longer ones.
func better(a, b []string) bool {
	weight := func(t []string) int {
		shortest := 1 << 10
		for _, s := range t {
			shortest = min(shortest, len(s))
		}
		return min(shortest, 12)*4 - len(t)
	}
	return weight(a) > weight(b)
}

func (w *writer) needle(m *sigma.Match) ([]string, bool) {
	if m.Test.Kind != sigma.Text || m.Field == "" {
		return nil, false
	}
	if _, _, _, looked := sigma.Lookup(m.Field); looked {
		return nil, false
	}
	ref, ok := fields.Resolve(w.source, m.Field)
	if !ok || ref.URL || ref.Column != schemas.None && w.has[ref.Column] {
		return nil, false
	}
	best := ""
	for _, l := range m.Test.Pattern.Literals {
		for _, part := range strings.FieldsFunc(l, func(r rune) bool { return r < 0x21 || r > 0x7e || strings.ContainsRune(`"\{}[],:`, r) }) {
			if len(part) > len(best) {
				best = part
			}
		}
	}
	// Numbers are written in more than one way.
	if len(best) < shortestNeedle || strings.Trim(best, "0123456789.-+eE") == "" {
		return nil, false
	}
	return []string{best}, true
}
