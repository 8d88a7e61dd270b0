package scrub

import (
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/recognizer"
	"github.com/scrubline/scrubline/scrub/token"
)

// Match is a span of a record that is replaced.
type Match struct {
	Start, End uint32 // bytes of the record
	Kind       recognizer.Kind
	Treat      schemas.Treatment // Drop, Label, Token or Coarsen
	quote      bool              // stands for an unquoted JSON value
	from, to   uint32            // the replacement, in Engine.repl
}

const (
	labelStart = "[phi-"
	dropped    = "[phi-dropped]"
)

// label appends the class label of a kind. It has no character that is
// punctuation in JSON strings, URLs, HL7, X12, CSV or logfmt.
func label(dst []byte, name string) []byte {
	dst = append(dst, labelStart...)
	dst = append(dst, name...)
	return append(dst, ']')
}

// ours returns the length of the label or token that b starts with, 0 if none.
func ours(b []byte) int {
	if len(b) > len(labelStart) && b[0] == '[' && string(b[:len(labelStart)]) == labelStart {
		for i := len(labelStart); i < len(b) && i < 40; i++ {
			if b[i] == ']' {
				return i + 1
			}
		}
	}
	if len(b) > 3 && b[0] == 't' && b[1] == '1' && b[2] == '.' {
		_, _, n := token.Parse(b)
		return n
	}
	return 0
}

// add notes a match of v.b[s:e] as a recognizer's own treatment says.
func (e *Engine) add(v *view, s, end int, k recognizer.Kind) {
	info := k.Info()
	if info.Treat == schemas.Token && !v.blob {
		e.addToken(v, s, end, k, tokenTypes[k])
		return
	}
	from := len(e.repl)
	e.repl = label(e.repl, info.Name)
	e.note(v, s, end, k, schemas.Label, from)
}

func (e *Engine) addToken(v *view, s, end int, k recognizer.Kind, t token.Type) {
	from := len(e.repl)
	e.repl = e.opt.Tokens.AppendRaw(e.repl, t, v.b[s:end])
	e.note(v, s, end, k, schemas.Token, from)
}

func (e *Engine) note(v *view, s, end int, k recognizer.Kind, t schemas.Treatment, from int) {
	start, stop := v.span(s, end)
	e.matches = append(e.matches, Match{Start: start, End: stop, Kind: k, Treat: t, quote: e.quote, from: uint32(from), to: uint32(len(e.repl))})
	switch k {
	case recognizer.SessionID:
		e.session = true
	case recognizer.UserID, recognizer.Email:
		e.user = true
	case recognizer.PatientID, recognizer.MRN, recognizer.PersonName, recognizer.MBI, recognizer.HealthPlan, recognizer.SSN, recognizer.BirthDate:
		e.patient = true
	}
}

var tokenTypes = func() (t [256]token.Type) {
	for k := range recognizer.All {
		if name := recognizer.All[k].Token; name != "" {
			t[k] = token.ParseType(name)
		}
	}
	return t
}()

// arrange sorts the matches and joins those that overlap: the earlier one's
// replacement stands for both.
func (e *Engine) arrange() {
	ms := e.matches
	for i := 1; i < len(ms); i++ {
		for j := i; j > 0 && (ms[j].Start < ms[j-1].Start || ms[j].Start == ms[j-1].Start && ms[j].End > ms[j-1].End); j-- {
			ms[j], ms[j-1] = ms[j-1], ms[j]
		}
	}
	n := 0
	for i := range ms {
		if n > 0 && ms[i].Start < ms[n-1].End {
			ms[n-1].End = max(ms[n-1].End, ms[i].End)
			continue
		}
		ms[n] = ms[i]
		n++
	}
	e.matches = ms[:n]
}
