package reports

import (
	"fmt"
	"slices"
)

// Check is a condition on a report's rows: how many rows meet Where, or what a
// column of them adds up to, compared with Value. Anybody can do the same with the
// report's CSV file.
//
// A check that asks for none of something (= 0) says nothing if there was nothing
// to look at: then it was not tested. Nothing is an answer only where EmptyPasses
// says so, and the definition's sources have records in the period. A check with
// Seen asks whether something was recorded at all: if not, perhaps none happened,
// so it was not tested either.
type Check struct {
	ID    string  `yaml:"id" json:"id"`
	Says  string  `yaml:"says" json:"says"` // what is true if it passes
	Where []Where `yaml:"where" json:"where,omitempty"`
	Sum   string  `yaml:"sum" json:"sum,omitempty"` // a column; "": rows are counted
	Op    string  `yaml:"op" json:"op"`
	Value float64 `yaml:"value" json:"value"`
	Among []Where `yaml:"among" json:"among,omitempty"` // the rows it is about; none: all

	EmptyPasses bool `yaml:"empty_passes" json:"empty_passes,omitempty"`
	Seen        bool `yaml:"seen" json:"seen,omitempty"`
}

// Where is a condition on one row. Rows meet all of a list.
type Where struct {
	Column string `yaml:"column" json:"column"`
	Op     string `yaml:"op" json:"op"`
	Text   string `yaml:"text" json:"text,omitempty"` // for text and days
	Value  int64  `yaml:"value" json:"value"`         // for the others
}

// CheckResult is a check and how it came out.
type CheckResult struct {
	Check
	Found  float64 `json:"found"`
	Tested bool    `json:"tested"`
	Passed bool    `json:"passed"`
}

var comparisons = map[string]func(order int) bool{
	"=": func(o int) bool { return o == 0 }, "!=": func(o int) bool { return o != 0 },
	"<": func(o int) bool { return o < 0 }, "<=": func(o int) bool { return o <= 0 },
	">": func(o int) bool { return o > 0 }, ">=": func(o int) bool { return o >= 0 },
}

func order(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func (c *Check) validate(d *Definition) error {
	if !goodName.MatchString(c.ID) || c.Says == "" || comparisons[c.Op] == nil {
		return fmt.Errorf("check %q: wrong id, words or op", c.ID)
	}
	if c.Sum != "" {
		if i := d.column(c.Sum); i < 0 || d.Columns[i].Type != Int && d.Columns[i].Type != Float {
			return fmt.Errorf("check %q: %q is no column of numbers", c.ID, c.Sum)
		}
	}
	for _, w := range slices.Concat(c.Where, c.Among) {
		i := d.column(w.Column)
		if i < 0 || comparisons[w.Op] == nil {
			return fmt.Errorf("check %q: wrong condition on %q", c.ID, w.Column)
		}
		if text := d.Columns[i].Type == Text || d.Columns[i].Type == Day; text && w.Op != "=" && w.Op != "!=" {
			return fmt.Errorf("check %q: texts are equal or not", c.ID)
		}
	}
	return nil
}

// tally counts what the checks of a definition ask.
type tally struct {
	d     *Definition
	found []float64
	among []uint64
}

func newTally(d *Definition) *tally {
	return &tally{d, make([]float64, len(d.Checks)), make([]uint64, len(d.Checks))}
}

func (t *tally) row(cells []cell) {
	for i := range t.d.Checks {
		c := &t.d.Checks[i]
		if !t.meetsAll(c.Among, cells) {
			continue
		}
		if t.among[i]++; !t.meetsAll(c.Where, cells) {
			continue
		}
		if c.Sum == "" {
			t.found[i]++
			continue
		}
		at := t.d.column(c.Sum)
		n, _ := cells[at].number(t.d.Columns[at].Type)
		t.found[i] += n
	}
}

func (t *tally) meetsAll(list []Where, cells []cell) bool {
	return !slices.ContainsFunc(list, func(w Where) bool { return !t.meets(w, cells) })
}

// meets says whether a row meets a condition. An absent value is "" or 0.
func (t *tally) meets(w Where, cells []cell) bool {
	at := t.d.column(w.Column)
	typ := t.d.Columns[at].Type
	if typ == Text || typ == Day {
		return (cells[at].text == w.Text) == (w.Op == "=")
	}
	n, _ := cells[at].number(typ)
	return comparisons[w.Op](order(n, float64(w.Value)))
}

// results says how the checks came out; recorded is whether the definition's
// sources have records in the period.
func (t *tally) results(recorded bool) []CheckResult {
	out := make([]CheckResult, len(t.found))
	for i, n := range t.found {
		c := t.d.Checks[i]
		none := c.Op == "=" && c.Value == 0
		tested := !none || t.among[i] > 0 || c.EmptyPasses && recorded
		passed := tested && comparisons[c.Op](order(n, c.Value))
		out[i] = CheckResult{c, n, tested && (passed || !c.Seen), passed}
	}
	return out
}
