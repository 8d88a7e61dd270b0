package scrub

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/policy"
	"github.com/scrubline/scrubline/scrub/recognizer"
	"github.com/scrubline/scrubline/scrub/token"
)

// Match is a span of a record that is replaced.
type Match struct {
	Start, End uint32 // bytes of the record
	Kind       recognizer.Kind
	Treat      schemas.Treatment // Drop, Label, Token or Coarsen
	Custom     *policy.Custom    // the policy's recognizer that found it; nil if Kind says all
	// The replacement is Engine.repl[from:to]. Engine.repl[quote:from], often
	// empty, goes before and behind it in the record: what stands for an unquoted
	// JSON value needs quotes, written as the encodings around it want them.
	quote, from, to uint32
}

const (
	labelStart = "[phi-"
	labelMax   = 40
	dropped    = "[phi-dropped]"
)

// Name is the recognizer's, of a custom one its own.
func (m *Match) Name() string {
	if m.Custom != nil {
		return m.Custom.Name
	}
	return m.Kind.String()
}

// Letter is the Safe Harbor letter of the recognizer.
func (m *Match) Letter() byte {
	if m.Custom != nil {
		return m.Custom.Letter
	}
	return m.Kind.Info().Letter
}

// ours returns the length of the label or token that b starts with, 0 if none.
func ours(b []byte) int {
	if len(b) > len(labelStart) && b[0] == '[' && string(b[:len(labelStart)]) == labelStart {
		for i := len(labelStart); i < len(b) && i < labelMax; i++ {
			if c := b[i]; c == ']' {
				return i + 1
			} else if c-'a' > 'z'-'a' && c-'0' > 9 && c != '_' && c != '.' {
				return 0
			}
		}
	}
	if len(b) > 3 && b[0] == 't' && b[1] == '1' && b[2] == '.' {
		_, _, n := token.Parse(b)
		return n
	}
	return 0
}

// hasToken says that a token of ours stands in b: what was replaced is not replaced
// again together with what stood before it.
func hasToken(b []byte) bool {
	_, end := token.Find(b)
	return end > 0
}

// add notes a match of v.b[s:e] as the rules for its kind say. Part of a blob gets
// no token: it would stand for all of it.
func (e *Engine) add(v *view, s, end int, k recognizer.Kind) {
	if end <= v.officeEnd && s >= v.office && ofOffice(k) || e.stands(v, s, end, k, nil) {
		return
	}
	d := &e.rules.Kinds[k]
	t := d.Treat
	if t == schemas.Token && v.blob && (!v.bare || s > 0 || end < len(v.b)) {
		t = schemas.Label
	}
	e.put(v, s, end, k, t, d.Type)
	e.identify(k)
}

// replace notes that v.b[s:end], a k, is treated as a schema says, unless the
// policy says else; typ is of the token. What a schema drops is no class.
func (e *Engine) replace(v *view, s, end int, k recognizer.Kind, t schemas.Treatment, typ token.Type) {
	if t != schemas.Drop {
		if e.stands(v, s, end, k, nil) {
			return
		}
		if d := &e.rules.Kinds[k]; d.Line > 0 {
			t, typ = d.Treat, d.Type
		}
	}
	e.put(v, s, end, k, t, typ)
	e.identify(k)
}

// put notes that v.b[s:end], a k, is treated as t says.
func (e *Engine) put(v *view, s, end int, k recognizer.Kind, t schemas.Treatment, typ token.Type) {
	quote := len(e.repl)
	if v.bare {
		e.repl = v.in.appendQuote(e.repl)
	}
	from := len(e.repl)
	switch t {
	case schemas.Token:
		e.repl = e.opt.Tokens.AppendRaw(e.repl, typ, v.b[s:end])
	case schemas.Label:
		e.label(v, k)
	case schemas.Coarsen:
		e.coarse(v, s, end, k)
	default:
		e.repl = append(e.repl, dropped...)
	}
	start, stop := v.span(s, end)
	e.matches = append(e.matches, Match{Start: start, End: stop, Kind: k, Treat: t, Custom: e.custom, quote: uint32(quote), from: uint32(from), to: uint32(len(e.repl))})
}

// label appends the class label of a kind. It has no character that is
// punctuation in JSON strings, URLs, HL7, X12, CSV or logfmt. Labels of keys are
// numbered from the second on, because an object must not have a key twice.
func (e *Engine) label(v *view, k recognizer.Kind) {
	e.repl = append(e.repl, labelStart...)
	if e.custom != nil {
		e.repl = append(e.repl, e.custom.Name...)
	} else {
		e.repl = append(e.repl, k.Info().Name...)
	}
	if v.name {
		if e.names++; e.names > 1 {
			e.repl = strconv.AppendUint(append(e.repl, '.'), uint64(e.names), 10)
		}
	}
	e.repl = append(e.repl, ']')
}

// identify remembers whom the record names: see link.
func (e *Engine) identify(k recognizer.Kind) {
	switch k {
	case recognizer.SessionID:
		e.session = true
	case recognizer.UserID, recognizer.Email:
		e.user = true
	case recognizer.PatientID, recognizer.MRN, recognizer.PersonName, recognizer.MBI, recognizer.HealthPlan, recognizer.SSN, recognizer.BirthDate:
		e.patient = true
	case recognizer.Phone, recognizer.Fax, recognizer.StreetAddress, recognizer.ZIP, recognizer.Age, recognizer.Device, recognizer.Account, recognizer.License, recognizer.OtherID, recognizer.CareDate:
		e.reached = true
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
// replacement stands for both. A record can be all matches, so sorting must not
// take the square of their number.
func (e *Engine) arrange() {
	ms := e.matches
	if !slices.IsSortedFunc(ms, order) {
		slices.SortFunc(ms, order)
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

// order is by place, the longer and then the older match first.
func order(a, b Match) int {
	if c := cmp.Compare(a.Start, b.Start); c != 0 {
		return c
	}
	if c := cmp.Compare(b.End, a.End); c != 0 {
		return c
	}
	return cmp.Compare(a.from, b.from)
}
