package match_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/scrubline/scrubline/detect/match"
	"github.com/scrubline/scrubline/detect/sigma"
)

// TestSpecification: each file has records, rules and, for each rule, which of the
// records it matches. What is wanted was not written by this program: pySigma read
// the rules, and an evaluator of its condition trees, written from the
// specification, said what they match. Where a file argues against it, a line of
// "instead" replaces that of "want".
func TestSpecification(t *testing.T) {
	files, _ := filepath.Glob("testdata/spec/*.txtar")
	rules := 0
	for _, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(f)
			if err != nil {
				t.Fatal(err)
			}
			parts := map[string][]byte{}
			for _, p := range a.Files {
				parts[p.Name] = p.Data
			}
			want, order := wanted(parts["want"])
			instead, _ := wanted(parts["instead"])
			got := specified(t, parts)
			rules += len(order)
			for _, title := range order {
				if w, ok := instead[title]; ok {
					if w == want[title] {
						t.Errorf("%s: nothing to argue about", title)
					}
					want[title] = w
				}
				if got[title] != want[title] {
					t.Errorf("%s: matches %s, want %s", title, got[title], want[title])
				}
			}
		})
	}
	if rules < 150 {
		t.Errorf("only %d rules", rules)
	}
}

// wanted reads lines of titles and what they match.
func wanted(b []byte) (m map[string]string, order []string) {
	m = map[string]string{}
	for line := range strings.Lines(string(b)) {
		title, what, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		m[title] = what
		order = append(order, title)
	}
	return m, order
}

// specified runs the rules of a case, together and one by one by the reference.
func specified(t *testing.T, parts map[string][]byte) map[string]string {
	l := sigma.Loader{Placeholders: sigma.Placeholders{"staff": {"bob", "eve*"}}}
	for i, doc := range bytes.Split(parts["rules"], []byte("---\n")) {
		if !bytes.Contains(doc, []byte("logsource:")) {
			doc = append([]byte("logsource: {product: aws, service: cloudtrail}\n"), doc...)
		}
		l.File(strconv.Itoa(i), doc)
	}
	set := l.Finish()
	got := map[string]string{}
	for _, p := range set.Problems {
		if p.Severity == sigma.Refused {
			got[p.Rule] = "refused"
			t.Log(p)
		}
	}
	s := match.Compile(set.Rules, nil).NewScanner()
	n := 0
	for record := range bytes.Lines(parts["records"]) {
		n++
		record = bytes.TrimSpace(record)
		matched := map[int32]bool{}
		for _, i := range s.Scan(&match.Record{Source: trail, Native: record}) {
			matched[i] = true
			got[set.Rules[i].Title] += fmt.Sprint(" ", n)
		}
		tree := parseTree(record)
		for i, r := range set.Rules {
			if tree.holds(r.Expr) != matched[int32(i)] {
				t.Errorf("%s, record %d: compiled %t, reference not", r.Title, n, matched[int32(i)])
			}
		}
	}
	for _, r := range set.Rules {
		if got[r.Title] = strings.TrimSpace(got[r.Title]); got[r.Title] == "" {
			got[r.Title] = "none"
		}
	}
	return got
}
