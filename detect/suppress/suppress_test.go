package suppress_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/scrubline/scrubline/detect/alert"
	"github.com/scrubline/scrubline/detect/suppress"
)

var now = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

const good = `
- {id: s1, rule: r1, owner: ann, reason: a scanner of ours, expires: 2026-11-30, group: {actor_id: "arn:*:role/Scan*"}}
- {id: s2, rule: r2, owner: ann, reason: known, expires: 2026-11-29}
`

func load(t *testing.T, text string) (*suppress.List, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s.yml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return suppress.Load(filepath.Dir(path), now)
}

// TestFind: a suppression covers its rule's alerts of its scope, to the end of its
// last day.
func TestFind(t *testing.T) {
	l, err := load(t, good)
	if err != nil {
		t.Fatal(err)
	}
	part := func(actor string) *alert.Part {
		return &alert.Part{Group: []alert.Label{{Name: "actor_id", Value: actor}}}
	}
	for _, c := range []struct {
		p    *alert.Part
		rule string
		at   time.Time
		want string
	}{
		{part("arn:aws:iam::1:role/scanner"), "r1", now, "s1"},
		{part("arn:aws:iam::1:role/other"), "r1", now, ""},
		{part("xarn:aws:iam::1:role/scanner"), "r1", now, ""},
		{&alert.Part{}, "r1", now, ""},
		{part("arn:aws:iam::1:role/scanner"), "r3", now, ""},
		{part("arn:aws:iam::1:role/scanner"), "r1", now.Add(12 * time.Hour), ""},
		{&alert.Part{}, "r2", now, ""},
		{&alert.Part{}, "r2", now.AddDate(0, 0, -1), "s2"},
	} {
		if got := l.Find(c.p, []string{c.rule, "other name"}, c.at); got != c.want {
			t.Errorf("%v of %s at %s: %q, want %q", c.p.Group, c.rule, c.at, got, c.want)
		}
	}
}

// TestRefused: a suppression without an owner, a reason, a rule or an end within a
// year is none.
func TestRefused(t *testing.T) {
	for _, c := range [][2]string{
		{"owner: ann", "owner is missing"}, {"reason: known", "reason is missing"}, {"rule: r2", "rule is missing"},
		{"expires: 2026-11-29", "expires is missing"},
	} {
		if _, err := load(t, strings.Replace(strings.Replace(good, c[0]+", ", "", -1), ", "+c[0], "", -1)); err == nil || !strings.Contains(err.Error(), c[1]) {
			t.Errorf("without %s: %v", c[0], err)
		}
	}
	for _, c := range [][3]string{
		{"2026-11-29", "2029-01-01", "ends within a year"}, {"2026-11-29", "soon", "is no day"}, {"id: s2", "id: s1", "stands twice"}, {"reason: known", "why: known", "why"},
	} {
		if _, err := load(t, strings.Replace(good, c[0], c[1], 1)); err == nil || !strings.Contains(err.Error(), c[2]) {
			t.Errorf("%s: %v", c[1], err)
		}
	}
}
