package evaluate

import (
	"fmt"
	"io"
	"maps"
	"slices"
)

// Report is what a Score comes to. Shares are of 1.
type Report struct {
	Records     int               `json:"records"`
	Classes     map[string]Caught `json:"classes"` // by Safe Harbor letter
	Types       map[string]Caught `json:"types"`   // by the annotation's type
	Formats     map[string]Format `json:"formats"`
	Tokens      map[string]Share  `json:"tokens_lost"` // by kind: all and those lost
	Total       Caught            `json:"total"`
	MicroRecall float64           `json:"micro_recall"` // spans caught of all spans
	MacroRecall float64           `json:"macro_recall"` // mean of the classes' recalls
	Precision   float64           `json:"precision"`    // replaced spans that touch PHI, of those that touch PHI or nothing annotated
	F1          float64           `json:"f1"`
	F2          float64           `json:"f2"`
	Leaking     Share             `json:"records_leaking"`   // records with PHI; those that leak
	Excess      Share             `json:"replaced_bytes"`    // letters and digits replaced; those outside all spans
	Negatives   Share             `json:"negatives_touched"` // records without PHI; those that were touched
	FalseSpans  int               `json:"false_spans"`       // in both files
	Lost        Share             `json:"tokens_lost_total"`
	Beyond      Caught            `json:"linked_across_records"`
}

// Report sums up what was added.
func (s *Score) Report() Report {
	r := Report{
		Records: s.seen, Classes: map[string]Caught{}, Types: map[string]Caught{}, Formats: map[string]Format{}, Tokens: map[string]Share{},
		Leaking: s.records, Excess: s.excess, Negatives: s.negative, FalseSpans: s.wrong, Beyond: s.beyond,
		Precision: share(s.right, s.right+s.wrong),
	}
	for letter, c := range s.classes {
		r.Classes[letter] = *c
		r.Total.Spans += c.Spans
		r.Total.Caught += c.Caught
		r.Total.Half += c.Half
		r.MacroRecall += c.Recall() / float64(len(s.classes))
	}
	for typ, c := range s.types {
		r.Types[typ] = *c
	}
	for format, f := range s.formats {
		r.Formats[format] = *f
	}
	for k := range kinds {
		if t := s.tokens[k]; t.All > 0 {
			r.Tokens[kinds[k].name] = t
			r.Lost.All += t.All
			r.Lost.Some += t.Some
		}
	}
	r.MicroRecall = r.Total.Recall()
	r.F1, r.F2 = f(1, r.Precision, r.MicroRecall), f(2, r.Precision, r.MicroRecall)
	return r
}

// f is the F measure that weighs recall beta times as much as precision.
func f(beta, precision, recall float64) float64 {
	if precision+recall == 0 {
		return 0
	}
	return (1 + beta*beta) * precision * recall / (beta*beta*precision + recall)
}

// Recall is the share of spans that were caught, 0 of none.
func (c Caught) Recall() float64 { return share(c.Caught, c.Spans) }

// Of is the share as a number from 0 to 1, 0 of none.
func (s Share) Of() float64 { return share(s.Some, s.All) }

func share(some, all int) float64 {
	if all == 0 {
		return 0
	}
	return float64(some) / float64(all)
}

// names of the Safe Harbor classes, shortened.
var names = map[string]string{
	"A": "names", "B": "geography", "C": "dates, ages over 89", "D": "telephone", "E": "fax", "F": "e-mail",
	"G": "social security", "H": "medical record", "I": "health plan", "J": "account", "K": "certificate, license",
	"L": "vehicle", "M": "device", "N": "URL", "O": "IP address", "P": "biometric", "Q": "photograph", "R": "other unique code",
}

// Table writes the report for people.
func (r *Report) Table(w io.Writer) error {
	p := &printer{w: w}
	p.line("%-2s %-21s %7s %7s %8s %8s %9s", "", "class", "spans", "leaked", "recall", "leak %", "half gone")
	for _, l := range letters {
		c, ok := r.Classes[string(l)]
		if !ok {
			continue
		}
		p.line("%-2s %-21s %7d %7d %8.4f %8.2f %9.4f", string(l), names[string(l)], c.Spans, c.Spans-c.Caught, c.Recall(), 100*(1-c.Recall()), share(c.Half, c.Spans))
	}
	t := r.Total
	p.line("%-2s %-21s %7d %7d %8.4f %8.2f %9.4f", "", "all", t.Spans, t.Spans-t.Caught, r.MicroRecall, 100*(1-r.MicroRecall), share(t.Half, t.Spans))
	p.line("")
	p.line("micro recall %.4f, macro recall %.4f, span precision %.4f, F1 %.4f, F2 %.4f", r.MicroRecall, r.MacroRecall, r.Precision, r.F1, r.F2)
	p.line("records that leak       %7d of %7d  %6.2f %%", r.Leaking.Some, r.Leaking.All, 100*r.Leaking.Of())
	p.line("bytes replaced, no PHI  %7d of %7d  %6.2f %%", r.Excess.Some, r.Excess.All, 100*r.Excess.Of())
	if r.Negatives.All > 0 {
		p.line("negatives touched       %7d of %7d  %6.2f %%", r.Negatives.Some, r.Negatives.All, 100*r.Negatives.Of())
	}
	p.line("analyst tokens lost     %7d of %7d  %6.2f %%", r.Lost.Some, r.Lost.All, 100*r.Lost.Of())
	for k := range kinds {
		if n, ok := r.Tokens[kinds[k].name]; ok {
			p.line("  %-21s %7d of %7d  %6.2f %%", kinds[k].name, n.Some, n.All, 100*n.Of())
		}
	}
	if r.Beyond.Spans > 0 {
		p.line("linked across records   %7d of %7d  caught", r.Beyond.Caught, r.Beyond.Spans)
	}
	p.line("")
	p.line("%-14s %7s %7s %8s %7s", "format", "spans", "leaked", "recall", "false")
	for _, name := range slices.Sorted(maps.Keys(r.Formats)) {
		c := r.Formats[name]
		recall := "-"
		if c.Spans > 0 {
			recall = fmt.Sprintf("%.4f", c.Recall())
		}
		p.line("%-14s %7d %7d %8s %7d", name, c.Spans, c.Spans-c.Caught.Caught, recall, c.False)
	}
	return p.err
}

// printer keeps the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}
