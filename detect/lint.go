package detect

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/scrubline/scrubline/detect/fields"
	"github.com/scrubline/scrubline/detect/sigma"
	"github.com/scrubline/scrubline/schemas"
)

// Lint returns a set's problems and what else looks wrong with its rules: fields
// that no source of theirs has, tests that exclude each other, rules that nobody
// can refer to. By file and line.
func Lint(s *sigma.Set) []sigma.Problem {
	out := slices.Clone(s.Problems)
	for _, r := range s.Rules {
		warn := func(line int, format string, a ...any) {
			out = append(out, sigma.Problem{
				Severity: sigma.Warning, File: r.File, Line: line, Rule: r.Key(), Reason: fmt.Sprintf(format, a...),
			})
		}
		if r.ID == "" {
			warn(r.Line, "rule has no id: alerts name it by %q", r.Key())
		}
		if r.Level == "" {
			warn(r.Line, "rule has no level")
		}
		if r.Expr == nil {
			continue
		}
		told := map[string]bool{}
		walk(r.Expr, func(m *sigma.Match) {
			for _, f := range []string{m.Field, m.Test.Ref} {
				if f != "" && !told[f] && !knownField(r, f) {
					told[f] = true
					warn(m.Line, "field %s is in none of the logs that the rule reads (%s)", f, strings.Join(fields.Sources(r.Logsource), ", "))
				}
			}
		})
		if f := contradiction(r.Expr); f != nil {
			warn(f.Line, "field %s would need two values at once", f.Field)
		}
	}
	sort.SliceStable(out, func(i, j int) bool {
		a, b := out[i], out[j]
		return a.File < b.File || a.File == b.File && a.Line < b.Line
	})
	return out
}

func walk(x sigma.Expr, f func(*sigma.Match)) {
	switch v := x.(type) {
	case sigma.And:
		for _, p := range v {
			walk(p, f)
		}
	case sigma.Or:
		for _, p := range v {
			walk(p, f)
		}
	case sigma.Not:
		walk(v.X, f)
	case *sigma.Match:
		f(v)
	}
}

// tops are the members that records of a source have at the top, of the sources
// whose schema lists them all.
var tops = func() map[string]map[string]*schemas.Node {
	out := map[string]map[string]*schemas.Node{}
	for _, src := range []string{"aws_cloudtrail", "aws_waf"} {
		if s, err := schemas.BuiltIn(src); err == nil {
			out[src] = s.Root.Children
		}
	}
	return out
}()

// knownField says whether a field may be in a record of one of r's sources.
func knownField(r *sigma.Rule, field string) bool {
	if _, _, key, ok := sigma.Lookup(field); ok {
		field = key
	}
	for _, src := range fields.Sources(r.Logsource) {
		ref, ok := fields.Resolve(src, field)
		if !ok {
			continue
		}
		top := tops[src]
		if top == nil || ref.Column != schemas.None {
			return true
		}
		for _, p := range ref.Paths {
			if top[p[0]] != nil {
				return true
			}
		}
	}
	return false
}

// contradiction returns a leaf of a conjunction that wants another value of a
// field than one before it. Only an array's elements could meet both.
func contradiction(x sigma.Expr) *sigma.Match {
	parts, ok := x.(sigma.And)
	if !ok {
		return nil
	}
	wants := map[string]string{}
	for _, p := range flatten(parts) {
		m, ok := p.(*sigma.Match)
		if !ok || m.Field == "" || m.Test.Kind != sigma.Text || m.Test.Cased {
			continue
		}
		lit, whole := m.Test.Pattern.Literal()
		if !whole {
			continue
		}
		if other, twice := wants[m.Field]; twice && other != lit {
			return m
		}
		wants[m.Field] = lit
	}
	return nil
}

func flatten(parts []sigma.Expr) []sigma.Expr {
	var out []sigma.Expr
	for _, p := range parts {
		if and, ok := p.(sigma.And); ok {
			out = append(out, flatten(and)...)
		} else {
			out = append(out, p)
		}
	}
	return out
}
