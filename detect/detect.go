package detect

import (
	"github.com/scrubline/scrubline/detect/fields"
	"github.com/scrubline/scrubline/detect/match"
	"github.com/scrubline/scrubline/detect/sigma"
)

// NewLoader returns a loader that refuses rules for logs that no source delivers.
func NewLoader() *sigma.Loader { return &sigma.Loader{Accept: fields.Accept} }

// Sources lists the sources whose records r reads, a correlation's with those of
// the rules it is made of.
func Sources(r *sigma.Rule) []string {
	if r.Correlation == nil {
		return fields.Sources(r.Logsource)
	}
	var out []string
	seen := map[string]bool{}
	for _, b := range r.Correlation.Rules {
		for _, s := range Sources(b) {
			if !seen[s] {
				seen[s] = true
				out = append(out, s)
			}
		}
	}
	return out
}

// Rules is a compiled set. It is never changed and may be used by many
// goroutines, each with a Run of its own.
type Rules struct{ m *match.Matcher }

// New compiles rules.
func New(rules []*sigma.Rule) *Rules { return &Rules{m: match.Compile(rules)} }

// Match is a rule that fired.
type Match struct{ Rule *sigma.Rule }

// Run runs rules over records, for one goroutine.
type Run struct {
	r       *Rules
	scanner *match.Scanner
	out     []Match
}

// NewRun returns a run.
func (r *Rules) NewRun() *Run { return &Run{r: r, scanner: r.m.NewScanner()} }

// Record returns the rules that alert on rec, which is lent. The slice is valid
// until the next call.
func (r *Run) Record(rec *match.Record) []Match {
	r.out = r.out[:0]
	for _, i := range r.scanner.Scan(rec) {
		if rule := r.r.m.Rule(i); !rule.Silent {
			r.out = append(r.out, Match{rule})
		}
	}
	return r.out
}
