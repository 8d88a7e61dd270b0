package sigma

import "fmt"

// Filter suppresses matches of other rules: of those it names, or of all with
// its logsource if it names "any". The specification's condition says what to
// suppress; pySigma's users write it with a "not" in front. Both are taken: a
// condition of nothing but negations is read as what matches must meet.
type Filter struct {
	File      string
	Line      int
	Title     string
	Logsource Logsource

	refs []string
	any  bool
	pass Expr // what a record must meet to match still
	rule *Rule
	hash string
}

func parseFilter(n *node, r *Rule, places Placeholders) (*Filter, error) {
	fn := n.key("filter")
	if fn.kind != isMap {
		return nil, at(fn.line, "filter is not a map")
	}
	f := &Filter{File: r.File, Line: r.Line, Title: r.Title, rule: r, refs: fn.strs("rules"), hash: string(r.digest)}
	if ls := n.key("logsource"); ls != nil {
		f.Logsource = Logsource{ls.str("category"), ls.str("product"), ls.str("service")}
	}
	f.any = len(f.refs) == 1 && f.refs[0] == "any"
	if len(f.refs) == 0 {
		return nil, at(fn.line, "filter names no rules")
	}
	d, err := parseDetection(fn, places, "rules", "condition")
	if err != nil {
		return nil, err
	}
	x, err := conditions(fn.key("condition"), d)
	if err != nil {
		return nil, err
	}
	if f.pass = x; !negations(x) {
		f.pass = Not{x}
	}
	return f, nil
}

// negations says whether x is made of negations only.
func negations(x Expr) bool {
	var parts []Expr
	switch v := x.(type) {
	case Not:
		return true
	case And:
		parts = v
	case Or:
		parts = v
	}
	for _, p := range parts {
		if !negations(p) {
			return false
		}
	}
	return len(parts) > 0
}

// covers says whether a rule with logsource l falls under one of the filter's.
func (f *Filter) covers(l Logsource) bool {
	for _, p := range [][2]string{{f.Logsource.Category, l.Category}, {f.Logsource.Product, l.Product}, {f.Logsource.Service, l.Service}} {
		if p[0] != "" && p[0] != p[1] {
			return false
		}
	}
	return true
}

// apply adds f's condition to the rules it is for. A rule of another logsource
// keeps its matches, and the filter's author is told.
func (l *Loader) apply(f *Filter) {
	hit := func(r *Rule) {
		r.Expr = And{r.Expr, f.pass}
		r.filtered = append(r.filtered, f.hash)
	}
	if f.any {
		for _, r := range l.rules {
			if r.Expr != nil && f.covers(r.Logsource) {
				hit(r)
			}
		}
		return
	}
	for _, ref := range f.refs {
		r := l.find(ref, f.File)
		switch {
		case r == nil:
			l.warn(f.rule, f.Line, fmt.Sprintf("filter names the rule %q, which is not here", ref))
		case r.Expr == nil:
			l.warn(f.rule, f.Line, fmt.Sprintf("filter names the correlation %q: filters are for rules over records", ref))
		case !f.covers(r.Logsource):
			l.warn(f.rule, f.Line, fmt.Sprintf("filter is for another logsource than the rule %q", ref))
		default:
			hit(r)
		}
	}
}

// find returns the rule of that id or name. Names are meant to be unique and are
// not, from file to file: the one in the same file goes first.
func (l *Loader) find(ref, file string) *Rule {
	if r := l.ids[ref]; r != nil {
		return r
	}
	return l.first(file, func(r *Rule) bool { return r.Name == ref })
}

// first returns the first rule that is meant, in file if there is one.
func (l *Loader) first(file string, meant func(*Rule) bool) *Rule {
	var other *Rule
	for _, r := range l.rules {
		if !meant(r) {
			continue
		}
		if r.File == file {
			return r
		}
		if other == nil {
			other = r
		}
	}
	return other
}
