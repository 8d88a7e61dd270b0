package scrub

import "github.com/scrubline/scrubline/scrub/roster"

// Exact-data match: the organisation's own patients, wherever they stand in
// scanned text. What the recognizers find too is sorted out by arrange.

// known notes the patients of the roster that stand in v.
func (e *Engine) known(v *view) {
	if e.opt.Roster == nil {
		return
	}
	if e.patients == nil {
		e.patients = roster.NewScanner(e.opt.Roster)
	}
	for _, h := range e.patients.Scan(v.b) {
		e.add(v, h.From, h.To, h.Kind)
	}
}

// knownNumber is known for an unquoted JSON number. Most of these are sizes and
// counts, so one of so many digits that much of all such numbers are patients'
// says nothing by itself.
func (e *Engine) knownNumber(v *view) {
	if e.opt.Roster != nil && e.opt.Roster.Sparse(len(v.b)) {
		e.known(v)
	}
}
