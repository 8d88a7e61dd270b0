package match_test

import (
	"slices"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/scrubline/scrubline/detect/detecttest"
	"github.com/scrubline/scrubline/detect/fields"
	"github.com/scrubline/scrubline/detect/match"
	"github.com/scrubline/scrubline/detect/sigma"
)

const trail = "aws_cloudtrail"

// TestAgreesWithReference: rules compiled together match a record exactly when
// the slow reference, one rule at a time, says so.
func TestAgreesWithReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var rules []*sigma.Rule
		var texts []string
		for range rapid.IntRange(1, 6).Draw(t, "rules") {
			text := detecttest.DrawRule(t)
			if r := detecttest.Load(text); r != nil {
				rules, texts = append(rules, r), append(texts, text)
			}
		}
		s := match.Compile(rules, nil).NewScanner()
		for range rapid.IntRange(1, 4).Draw(t, "records") {
			compare(t, s, rules, texts, detecttest.DrawRecord(t))
		}
	})
}

type fataler interface {
	Fatalf(format string, args ...any)
}

func compare(t fataler, s *match.Scanner, rules []*sigma.Rule, texts []string, record string) {
	got := map[int32]bool{}
	for _, i := range s.Scan(&match.Record{Source: trail, Native: []byte(record)}) {
		got[i] = true
	}
	tr := parseTree([]byte(record))
	if tr == nil || tr.kind != 'o' {
		return
	}
	for i, r := range rules {
		if want := tr.holds(r.Expr); want != got[int32(i)] {
			t.Fatalf("rule %s\nrecord %s\ncompiled %t, reference %t", texts[i], record, got[int32(i)], want)
		}
	}
}

// FuzzAgainstReference is TestAgreesWithReference with rules and records that
// the fuzzer makes.
func FuzzAgainstReference(f *testing.F) {
	f.Add(`{title: t, logsource: {product: aws, service: cloudtrail}, detection: {s: {a: x}, condition: s}}`, `{"a":"x"}`)
	f.Add(`{title: t, logsource: {product: aws}, detection: {s: {a.b|contains|all: ['x','y*z']}, k: [q], condition: s or not k}}`, `{"a":[{"b":"yxyz"}]}`)
	f.Add(`{title: t, logsource: {product: aws}, detection: {s: {a|re: '^x$', b|exists: true, c: null}, condition: s}}`, `{"a":"x","b":null}`)
	f.Fuzz(func(t *testing.T, rule, record string) {
		r := detecttest.Load(rule)
		tr := parseTree([]byte(record))
		if r == nil || r.Expr == nil || !slices.Contains(fields.Sources(r.Logsource), trail) || tr == nil || tr.kind != 'o' || twice(tr) || !valid(record) {
			return
		}
		compare(t, match.Compile([]*sigma.Rule{r}, nil).NewScanner(), []*sigma.Rule{r}, []string{rule}, record)
	})
}

// twice says whether a key stands twice in an object: such records become
// tombstones before rules see them.
func twice(t *tree) bool {
	seen := map[string]bool{}
	for _, k := range t.keys {
		if seen[k] {
			return true
		}
		seen[k] = true
	}
	for _, k := range t.kids {
		if twice(k) {
			return true
		}
	}
	return false
}

// valid leaves out what the scrubber never lets through: text that is not UTF-8.
func valid(s string) bool { return utf8.ValidString(s) }
