package sigma_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/scrubline/scrubline/detect/sigma"
)

var update = flag.Bool("update", false, "rewrite the goldens")

// TestGolden: each case has rule files and what becomes of them: each rule's
// condition, and the problems.
func TestGolden(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.txtar")
	if len(files) < 8 {
		t.Fatalf("%d cases", len(files))
	}
	for _, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(f)
			if err != nil {
				t.Fatal(err)
			}
			last := len(a.Files) - 1
			l := sigma.Loader{Placeholders: sigma.Placeholders{"admins": {"root", "adm_*"}, "nets": {"10.0.0.0/8", "192.0.2.7"}}}
			for _, f := range a.Files[:last] {
				l.File(f.Name, f.Data)
			}
			got := show(l.Finish())
			if *update {
				a.Files[last].Data = []byte(got)
				if err := os.WriteFile(f, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if want := string(a.Files[last].Data); got != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		})
	}
}

func show(s *sigma.Set) string {
	var b strings.Builder
	for _, r := range s.Rules {
		fmt.Fprintf(&b, "%s", r.Key())
		if r.Silent {
			b.WriteString(" (silent)")
		}
		if c := r.Correlation; c != nil {
			fmt.Fprintf(&b, ": %s", c.Type)
			for _, m := range c.Rules {
				fmt.Fprintf(&b, " %s", m.Key())
			}
			fmt.Fprintf(&b, " by %v in %s %v %v", c.GroupBy, c.Timespan, c.Bounds, c.Field)
		} else {
			fmt.Fprintf(&b, ": %s", text(r.Expr))
		}
		b.WriteString("\n")
	}
	for _, p := range s.Problems {
		fmt.Fprintf(&b, "%s\n", p)
	}
	return b.String()
}

func text(x sigma.Expr) string {
	list := func(parts []sigma.Expr, op string) string {
		var out []string
		for _, p := range parts {
			out = append(out, text(p))
		}
		return "(" + strings.Join(out, op) + ")"
	}
	switch v := x.(type) {
	case sigma.And:
		return list(v, " and ")
	case sigma.Or:
		return list(v, " or ")
	case sigma.Not:
		return "not " + text(v.X)
	}
	m := x.(*sigma.Match)
	t := m.Test
	cased := ""
	if t.Cased && t.Kind == sigma.Text {
		cased = "=cased "
	}
	switch t.Kind {
	case sigma.Text:
		return fmt.Sprintf("%s:%s%q", m.Field, cased, t.Pattern.String())
	case sigma.Compare:
		return fmt.Sprintf("%s[%d] %s %g", m.Field, t.Part, [...]string{"=", "<", "<=", ">", ">="}[t.Op], t.Number)
	case sigma.Null:
		return m.Field + " null"
	case sigma.Exists:
		return fmt.Sprintf("%s exists %t", m.Field, t.Want)
	case sigma.Regexp:
		return fmt.Sprintf("%s~%q", m.Field, t.Re)
	case sigma.CIDR:
		return fmt.Sprintf("%s in %s", m.Field, t.Prefix)
	}
	return fmt.Sprintf("%s refers to %s (%d)", m.Field, t.Ref, t.Place)
}

// FuzzLoad: whatever a rule file says, it is read or refused with a line and a
// reason, and nothing is left out without one.
func FuzzLoad(f *testing.F) {
	cases, _ := filepath.Glob("testdata/*.txtar")
	for _, c := range cases {
		a, err := txtar.ParseFile(c)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range a.Files[:len(a.Files)-1] {
			f.Add(string(file.Data))
		}
	}
	f.Fuzz(func(t *testing.T, file string) {
		var l sigma.Loader
		l.File("f.yml", []byte(file))
		s := l.Finish()
		if len(s.Rules) == 0 && len(s.Problems) == 0 && strings.TrimSpace(file) != "" && !strings.Contains(file, "filter") && !strings.Contains(file, "action") {
			t.Error("a file that says something came to nothing")
		}
		for _, p := range s.Problems {
			if p.Reason == "" || p.File != "f.yml" {
				t.Errorf("problem %+v", p)
			}
		}
		for i, r := range s.Rules {
			if r.Expr == nil && r.Correlation == nil {
				t.Error("a rule that says nothing")
			}
			if r.Correlation != nil {
				for _, b := range r.Correlation.Rules {
					if !slices.Contains(s.Rules[:i], b) {
						t.Error("a correlation stands before its rule")
					}
				}
			}
		}
	})
}

// FuzzCondition: a condition is parsed or refused; one that is parsed names
// search identifiers only that are there.
func FuzzCondition(f *testing.F) {
	for _, c := range []string{"a", "a and not b", "1 of them", "all of a*", "not (a or b) and 1 of _*", "a | count() > 5", "((a)", "2 of a", "a and or b", "NOT a OR b"} {
		f.Add(c)
	}
	f.Fuzz(func(t *testing.T, cond string) {
		const rule = "title: t\nlogsource: {product: aws}\ndetection:\n  a: {x: 1}\n  b: {y: 2}\n  _c: {z: 3}\n  condition: %s\n"
		var l sigma.Loader
		l.File("f.yml", fmt.Appendf(nil, rule, fmt.Sprintf("%q", cond)))
		s := l.Finish()
		if len(s.Rules) > 1 || len(s.Rules) == 0 && s.Refused() == 0 {
			t.Fatalf("%d rules, problems %v", len(s.Rules), s.Problems)
		}
		if len(s.Rules) == 1 {
			if got := text(s.Rules[0].Expr); !strings.Contains(got, ":") {
				t.Errorf("%q became %s", cond, got)
			}
		}
	})
}

func TestFold(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		if got := sigma.Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
	f("ABC.def", "abc.def")
	f("ÉÀß", "éàß")
	f("ΣΑΣ", "σασ")
	f("ς", "σ")
	f("İ", "i̇")
	f("K", "k")
	f("\xffA", "\xffa")
}

func TestAppendNumber(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		if got := string(sigma.AppendNumber(nil, []byte(in))); got != want {
			t.Errorf("AppendNumber(%q) = %q, want %q", in, got, want)
		}
	}
	f("1", "1")
	f("-0", "0")
	f("12345678901234567890", "12345678901234567890")
	f("1.0", "1")
	f("1.50", "1.5")
	f("1e2", "100")
	f("1e22", "1e22")
	f("1.5E-9", "1.5e-9")
	f("abc", "abc")
}

func TestTimePart(t *testing.T) {
	f := func(in string, p sigma.Part, want int, ok bool) {
		t.Helper()
		if got, good := sigma.TimePart([]byte(in), p); good != ok || ok && got != want {
			t.Errorf("TimePart(%q, %d) = %d %t", in, p, got, good)
		}
	}
	f("2026-03-02T09:05:11Z", sigma.Hour, 9, true)
	f("2026-03-02 23:59", sigma.Minute, 59, true)
	f("2026-03-02", sigma.Day, 2, true)
	f("2026-01-01", sigma.Week, 1, true)
	f("2021-01-01", sigma.Week, 53, true)
	f("2026-03-02", sigma.Hour, 0, false)
	f("1772442300", sigma.Year, 2026, true)
	f("1772442300123", sigma.Month, 3, true)
	f("2026-02-30", sigma.Day, 0, false)
	f("2026-13-01T00:00:00", sigma.Month, 0, false)
	f("yesterday", sigma.Year, 0, false)
}
