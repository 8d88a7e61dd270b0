package scrub

import "github.com/scrubline/scrubline/schemas"

// treatments is how many there are.
const treatments = int(schemas.Address) + 1

// Treated returns Counts by treatment: TreatedAs says what each is of. It is
// counted from the matches that edited the record.
func (e *Engine) Treated() []uint64 { return e.treated }

// TreatedAs is the recognizer's name, a slash and the treatment's that
// Treated()[i] is of.
func (e *Engine) TreatedAs(i int) string {
	return e.Counted(i/treatments) + "/" + schemas.Treatment(i%treatments).String()
}
