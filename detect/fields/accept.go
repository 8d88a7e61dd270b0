package fields

import (
	"fmt"
	"strings"

	"github.com/scrubline/scrubline/detect/sigma"
)

// Accept is for sigma.Loader: rules for logs that nobody delivers are refused, and
// those that no record of their logs can meet, since they would never fire. line is
// where the rule asks for what there is not, 0 if it is the logsource.
func Accept(r *sigma.Rule) (line int, err error) {
	sources := Sources(r.Logsource)
	if len(sources) == 0 {
		return 0, fmt.Errorf("no source delivers the logs of %s", r.Logsource)
	}
	var nowhere *sigma.Match
	for _, src := range sources {
		o := outcomes{src: src}
		if holds, _ := o.of(r.Expr); holds {
			return 0, nil
		}
		nowhere = o.nowhere
	}
	if nowhere == nil {
		return 0, nil
	}
	name := nowhere.Field
	if has(sources[len(sources)-1], name) {
		name = nowhere.Test.Ref
	}
	return nowhere.Line, fmt.Errorf("no record can meet the condition: field %s is in none of the logs that the rule reads (%s)", name, strings.Join(sources, ", "))
}

// outcomes says what conditions may come to over the records of a source.
type outcomes struct {
	src     string
	nowhere *sigma.Match // the first whose field is nowhere
}

// of says whether x may hold, and whether it may not. It is never wrong in saying
// that it may not: the parts of a condition are taken to be independent.
func (o *outcomes) of(x sigma.Expr) (holds, fails bool) {
	switch v := x.(type) {
	case sigma.And:
		holds = true
		for _, p := range v {
			h, f := o.of(p)
			holds, fails = holds && h, fails || f
		}
		return holds, fails
	case sigma.Or:
		fails = true
		for _, p := range v {
			h, f := o.of(p)
			holds, fails = holds || h, fails && f
		}
		return holds, fails
	case sigma.Not:
		holds, fails = o.of(v.X)
		return fails, holds
	case *sigma.Match:
		return o.match(v)
	}
	return true, true
}

func (o *outcomes) match(m *sigma.Match) (holds, fails bool) {
	if m.Field == "" || has(o.src, m.Field) && (m.Test.Ref == "" || has(o.src, m.Test.Ref)) {
		return true, true
	}
	if o.nowhere == nil {
		o.nowhere = m
	}
	holds = m.Test.Kind == sigma.Null || m.Test.Kind == sigma.Exists && !m.Test.Want
	return holds, !holds
}

// has says whether a field may have values in the records of src: for one of a list,
// whether what is looked up in it may.
func has(src, field string) bool {
	if _, _, key, ok := sigma.Lookup(field); ok {
		field = key
	}
	_, ok := Resolve(src, field)
	return ok
}
