// Package detecttest makes rules and records for property tests: of few names and
// words, so that they meet, and of what is known to be told apart wrongly.
package detecttest

import (
	"encoding/json"
	"fmt"
	"strings"

	"pgregory.net/rapid"

	"github.com/scrubline/scrubline/detect/sigma"
)

var (
	someFields = []string{"a", "b", "a.x", "a.y", "b.x.z", "c", "a.x.y", "time", "ip"}
	someKeys   = []string{"a", "b", "x", "y", "z", "c", "a.x", "time", "ip", "é"}
	someWords  = []string{
		"", "a", "A", "ab", "Abc", "bca", "*", "?", `\`, `"`, "a*c", "true", "null", "1", "10", "1.5", "é", "É", "İ", "Σ", "ς",
		"a\nb", "\u2028", "10.0.0.7", "10.0.1.7", "::1", "2001:db8::7", "2026-03-02T09:05:00Z", "1772442300", "1772442300123", "{", `{"x":1}`, "K",
		"a\u0001b", "/path/x", "-1", "0x10", "fe80::1%eth0", "[]",
	}
	somePatterns = append([]string{
		"a*", "*c", "*b*", "?", "a?c", "?b*", "*a*b*", `\*`, `\\`, `a\?`, `\\*`, "??", "*x*1*", "tr*", "*\u2028*", `*"*`, "*é", "a**", "1*",
	}, someWords...)
)

// DrawRule writes a rule for CloudTrail, as JSON, which is YAML. It may be one
// that is refused.
func DrawRule(t *rapid.T) string {
	names := []string{"sel1", "sel2", "filter", "kw"}
	det := map[string]any{}
	for _, n := range names[:rapid.IntRange(1, 4).Draw(t, "identifiers")] {
		det[n] = drawSelection(t, n == "kw")
	}
	det["condition"] = drawCondition(t, det, 0)
	b, _ := json.Marshal(map[string]any{
		"title": "t", "logsource": map[string]any{"product": "aws", "service": "cloudtrail"}, "detection": det,
	})
	return string(b) // JSON is YAML
}

func drawCondition(t *rapid.T, det map[string]any, depth int) string {
	var names []string
	for _, n := range []string{"sel1", "sel2", "filter", "kw"} {
		if det[n] != nil {
			names = append(names, n)
		}
	}
	pick := rapid.IntRange(0, 8).Draw(t, "condition")
	if depth > 3 {
		pick = 0
	}
	switch pick {
	case 1:
		return drawCondition(t, det, depth+1) + " and " + drawCondition(t, det, depth+1)
	case 2:
		return drawCondition(t, det, depth+1) + " or " + drawCondition(t, det, depth+1)
	case 3:
		return "not " + drawCondition(t, det, depth+1)
	case 4:
		return "(" + drawCondition(t, det, depth+1) + ")"
	case 5:
		return "1 of them"
	case 6:
		return "all of s*"
	case 7:
		return "not 1 of sel*"
	}
	return rapid.SampledFrom(names).Draw(t, "name")
}

func drawSelection(t *rapid.T, keyword bool) any {
	words := rapid.SampledFrom(somePatterns)
	if keyword {
		list := []any{}
		for range rapid.IntRange(1, 2).Draw(t, "keywords") {
			if w := words.Draw(t, "keyword"); w != "" {
				list = append(list, w)
			}
		}
		return append(list, "ab")
	}
	sel := map[string]any{}
	for range rapid.IntRange(1, 3).Draw(t, "items") {
		key, value := drawItem(t)
		sel[key] = value
	}
	if rapid.IntRange(0, 5).Draw(t, "maps") == 0 {
		key, value := drawItem(t)
		return []any{sel, map[string]any{key: value}}
	}
	return sel
}

func drawItem(t *rapid.T) (string, any) {
	field := rapid.SampledFrom(someFields).Draw(t, "field")
	word := func() any { return rapid.SampledFrom(somePatterns).Draw(t, "value") }
	words := func() any {
		if rapid.Bool().Draw(t, "list") {
			return []any{word(), word()}
		}
		return word()
	}
	switch rapid.IntRange(0, 14).Draw(t, "test") {
	case 0:
		return field + "|contains", words()
	case 1:
		return field + "|startswith", words()
	case 2:
		return field + "|endswith", words()
	case 3:
		return field + "|contains|all", []any{word(), word()}
	case 4:
		return field + "|exists", rapid.Bool().Draw(t, "exists")
	case 5:
		return field, nil
	case 6:
		return field, []any{nil, word()}
	case 7:
		return field, rapid.SampledFrom([]any{1, 10, 1.5, -1, true, false, 0}).Draw(t, "scalar")
	case 8:
		return field + "|" + rapid.SampledFrom([]string{"lt", "lte", "gt", "gte"}).Draw(t, "op"), rapid.IntRange(-1, 11).Draw(t, "n")
	case 9:
		return field + "|re" + rapid.SampledFrom([]string{"", "|i", "|s"}).Draw(t, "flag"),
			rapid.SampledFrom([]string{"^a", "b.c", "[0-9]+", "a.b", "^$", "É"}).Draw(t, "regexp")
	case 10:
		return field + "|cidr", rapid.SampledFrom([]string{"10.0.0.0/24", "10.0.0.0/8", "::/64", "2001:db8::/32", "0.0.0.0/0"}).Draw(t, "net")
	case 11:
		return field + rapid.SampledFrom([]string{"|fieldref", "|fieldref|contains", "|fieldref|startswith", "|fieldref|neq"}).Draw(t, "ref"),
			rapid.SampledFrom(someFields).Draw(t, "other")
	case 12:
		return field + "|cased", words()
	case 13:
		part := rapid.SampledFrom([]string{"minute", "hour", "day", "week", "month", "year"}).Draw(t, "part")
		return field + "|" + part, rapid.SampledFrom([]int{3, 9, 5, 2, 10, 2026}).Draw(t, "n")
	}
	return field + rapid.SampledFrom([]string{"", "", "|neq"}).Draw(t, "neq"), words()
}

// DrawRecord writes a JSON object with blanks and escapes that need not be.
func DrawRecord(t *rapid.T) string {
	var b strings.Builder
	writeObject(t, &b, 0)
	return b.String()
}

func writeObject(t *rapid.T, b *strings.Builder, depth int) {
	b.WriteString("{")
	seen := map[string]bool{}
	n := 0
	for range rapid.IntRange(0, 5).Draw(t, "members") {
		key := rapid.SampledFrom(someKeys).Draw(t, "key")
		if seen[key] {
			continue
		}
		seen[key] = true
		if n++; n > 1 {
			b.WriteString(",")
		}
		blank(t, b)
		writeString(t, b, key)
		blank(t, b)
		b.WriteString(":")
		blank(t, b)
		writeValue(t, b, depth+1)
	}
	blank(t, b)
	b.WriteString("}")
}

func writeValue(t *rapid.T, b *strings.Builder, depth int) {
	kind := rapid.IntRange(0, 9).Draw(t, "kind")
	if depth > 5 && kind < 3 {
		kind = 9
	}
	switch kind {
	case 0, 1:
		writeObject(t, b, depth)
	case 2:
		b.WriteString("[")
		for i := range rapid.IntRange(0, 3).Draw(t, "elements") {
			if i > 0 {
				b.WriteString(",")
			}
			blank(t, b)
			writeValue(t, b, depth+1)
		}
		b.WriteString("]")
	case 3:
		b.WriteString(rapid.SampledFrom([]string{"null", "true", "false"}).Draw(t, "word"))
	case 4:
		b.WriteString(rapid.SampledFrom([]string{"0", "1", "-1", "10", "1.5", "1.0", "1e1", "0.1", "1e22", "2.50", "12345678901234567"}).Draw(t, "number"))
	default:
		writeString(t, b, rapid.SampledFrom(someWords).Draw(t, "text"))
	}
}

func blank(t *rapid.T, b *strings.Builder) {
	if rapid.IntRange(0, 6).Draw(t, "blank") == 0 {
		b.WriteString(" \n")
	}
}

// writeString writes a JSON string, now and then with an escape for a plain
// character.
func writeString(t *rapid.T, b *strings.Builder, s string) {
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r < 0x20 || r == '"' || r == '\\':
			fmt.Fprintf(b, `\u%04x`, r)
		case r == '/':
			b.WriteString(`\/`)
		case rapid.IntRange(0, 9).Draw(t, "escape") == 0:
			fmt.Fprintf(b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
}

// Load reads one rule; nil if it is refused.
func Load(text string) *sigma.Rule {
	var l sigma.Loader
	l.File("rule.yml", []byte(text))
	if s := l.Finish(); len(s.Rules) == 1 {
		return s.Rules[0]
	}
	return nil
}
