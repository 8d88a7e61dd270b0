package detect

import (
	"github.com/scrubline/scrubline/detect/correlate"
	"github.com/scrubline/scrubline/detect/fields"
	"github.com/scrubline/scrubline/detect/list"
	"github.com/scrubline/scrubline/detect/match"
	"github.com/scrubline/scrubline/detect/rules"
	"github.com/scrubline/scrubline/detect/sigma"
)

// NewLoader returns a loader that refuses rules for logs that no source delivers, and
// those that no record can meet.
func NewLoader() *sigma.Loader { return &sigma.Loader{Accept: fields.Accept} }

// LoadOwn reads the rules that come with the program.
func LoadOwn(l *sigma.Loader) error { return l.Dir(rules.Files, "scrubline") }

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

// New compiles rules, as sigma.Set has them, with the lists that fields are looked up in.
func New(rules []*sigma.Rule, lists list.Set) *Rules { return &Rules{m: match.Compile(rules, lists)} }

// Alert is a rule that fired, on a record or, for a correlation, on the record
// that completed it.
type Alert = correlate.Alert

// Ref says which record an alert is about.
type Ref = correlate.Ref

// Run runs rules over records, for one goroutine: those over records at once,
// correlations when the records' times allow.
type Run struct {
	m       *match.Matcher
	scanner *match.Scanner
	corr    *correlate.Engine
	news    *Novelties
	event   correlate.Event
}

// NewRun returns a run with correlations bounded by opt.
func (r *Rules) NewRun(opt correlate.Options) *Run {
	out := &Run{m: r.m, scanner: r.m.NewScanner(), corr: correlate.New(r.m.Rules(), opt), news: NewNovelties()}
	out.event.Field = out.scanner.First
	return out
}

// Record runs the rules over rec, which is lent, and calls fire for those that
// alert. time is the event's, in Unix milliseconds; ref is called if a rule
// matches.
func (r *Run) Record(rec *match.Record, time int64, ref func() Ref, fire func(Alert)) {
	found := r.scanner.Scan(rec)
	if len(found) == 0 {
		return
	}
	at := ref()
	for _, i := range found {
		rule := r.m.Rule(i)
		if !rule.Silent && r.news.Fires(rule, time, r.scanner.First) {
			fire(Alert{Rule: rule, Time: time, Ref: at})
		}
		if r.corr.Wants(rule) {
			r.event.Rule, r.event.Time, r.event.Ref = rule, time, at
			r.corr.Add(&r.event, fire)
		}
	}
}

// Finish ends the run: correlations take what they waited with.
func (r *Run) Finish(fire func(Alert)) { r.corr.Finish(fire) }

// Late counts matches that came too late to be taken in their order, and dropped
// the groups that correlations gave up for lack of room.
func (r *Run) Late() (late, dropped uint64) { return r.corr.Late, r.corr.Dropped }
