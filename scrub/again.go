package scrub

import (
	"bytes"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/recognizer"
)

const (
	againMin  = 6  // bytes of a value that is looked for elsewhere in its record
	againMax  = 64 // bytes
	againMost = 12 // values
	againFew  = 96 // matches; with more of them the work would take their square
)

// again takes the values of keys and positions that stand elsewhere in the record
// too, where nothing tells what they are: "key=W123456789 value={"memberId":…}".
// A record that names nobody costs nothing.
func (e *Engine) again(rec *ingest.Record, raw []byte) {
	n := len(e.matches)
	if n > againFew {
		return
	}
	for i, looked := 0, 0; i < n && looked < againMost; i++ {
		m := e.matches[i]
		if m.End-m.Start < againMin && (m.Kind != recognizer.PersonName || m.End-m.Start < 4) || m.End-m.Start > againMax || m.quote != m.from || !repeats(m.Kind, raw[m.Start:m.End]) {
			continue
		}
		looked++
		e.elsewhere(rec, raw, m, raw[m.Start:m.End])
		if m.Kind == recognizer.SSN && m.End-m.Start == 11 { // without its hyphens
			e.text = e.text[:0]
			for _, c := range raw[m.Start:m.End] {
				if recognizer.IsDigit(c) {
					e.text = append(e.text, c)
				}
			}
			if len(e.text) == 9 {
				e.elsewhere(rec, raw, m, e.text)
				e.bareAgain(rec, raw, e.text)
			}
		}
		if m.Kind == recognizer.PersonName {
			e.parts(rec, raw, m)
		}
	}
}

// bareAgain takes the numbers of JSON that are the social security number value.
// Their replacement brings its quotes.
func (e *Engine) bareAgain(rec *ingest.Record, raw, value []byte) {
	for i := range rec.Fields {
		f := &rec.Fields[i]
		if f.Enc == ingest.JSONValue && !f.Alias && f.Treat == schemas.Scan && f.Rule == 0 && bytes.Equal(raw[f.Start:f.End], value) && !e.taken(f.Start, f.End) {
			v := e.view(raw, f)
			e.add(&v, 0, len(v.b), recognizer.SSN)
		}
	}
}

// parts takes the words of a name that stand elsewhere by themselves: "Hi Ann" above
// a message to Ann Lee or LEE^ANN. The lists must know them as names only, or not at
// all.
func (e *Engine) parts(rec *ingest.Record, raw []byte, m Match) {
	value := raw[m.Start:m.End]
	for i := 0; i < len(value); {
		j := recognizer.NameWord(value, i)
		if j == i {
			i++
			continue
		}
		w := value[i:j]
		i = j
		if len(w) < 4 || !recognizer.Capital(w, 0) || !recognizer.Surname(w, 0) || len(w) < 6 && !recognizer.NamesKnown(w) {
			continue
		}
		e.wordElsewhere(rec, raw, m, w)
		e.text = append(e.text[:0], w...)
		for k, c := range e.text[1:] { // LEE for Lee, and Lee for LEE
			if recognizer.IsLetter(c) && c < 0x80 {
				e.text[k+1] = c ^ 0x20
			}
		}
		e.wordElsewhere(rec, raw, m, e.text)
	}
}

// wordElsewhere takes the word w of the name that m is, where it stands alone.
func (e *Engine) wordElsewhere(rec *ingest.Record, raw []byte, m Match, w []byte) {
	for at := 0; len(e.matches) <= 2*againFew; {
		k := bytes.Index(raw[at:], w)
		if k < 0 {
			return
		}
		k += at
		at = k + len(w)
		if alone(raw, k, at) && !e.taken(uint32(k), uint32(at)) && !kept(rec, uint32(k)) && !bareValue(raw, k, at) {
			c := m
			c.Start, c.End = uint32(k), uint32(at)
			e.matches = append(e.matches, c)
		}
	}
}

// alone says that raw[i:end] is a word of prose: behind a blank or a quote, and
// before what ends a word there.
func alone(raw []byte, i, end int) bool {
	if i == 0 || raw[i-1] != ' ' && raw[i-1] != '"' && raw[i-1] != '\'' && raw[i-1] != '(' {
		return false
	}
	if end == len(raw) {
		return true
	}
	switch c := raw[end]; c {
	case ' ', ',', '"', '\'', ')', '!', '?', ';', '\\':
		return true
	case '.', ':':
		return end+1 == len(raw) || raw[end+1] == ' ' || raw[end+1] == '"'
	}
	return false
}

// elsewhere takes the other places of a match's value.
func (e *Engine) elsewhere(rec *ingest.Record, raw []byte, m Match, value []byte) {
	for at := 0; ; {
		i := bytes.Index(raw[at:], value)
		if i < 0 || len(e.matches) > 2*againFew {
			return
		}
		i += at
		end := i + len(value)
		at = end
		if m.Kind == recognizer.PersonName && bytes.IndexByte(value, ' ') < 0 && !(i > 0 && end < len(raw) && (raw[i-1] == '\'' || raw[i-1] == '"') && raw[i-1] == raw[end]) {
			continue
		}
		if i > 0 && recognizer.IsWord(raw[i-1]) || end < len(raw) && recognizer.IsWord(raw[end]) || e.taken(uint32(i), uint32(end)) || kept(rec, uint32(i)) || bareValue(raw, i, end) {
			continue
		}
		c := m
		c.Start, c.End = uint32(i), uint32(end)
		e.matches = append(e.matches, c)
	}
}

// repeats says that a value of kind k leads to its person wherever it stands: a
// number with enough digits, a name of two words,
// or in quotes of one.
func repeats(k recognizer.Kind, v []byte) bool {
	switch k {
	case recognizer.MRN, recognizer.HealthPlan, recognizer.MBI, recognizer.PatientID, recognizer.SSN, recognizer.Account, recognizer.Phone:
		return numbers(v, 5)
	case recognizer.PersonName:
		i := bytes.IndexByte(v, ' ')
		if i < 0 {
			return recognizer.Surname(v, 0)
		}
		return i > 1 && len(v)-i > 3 && recognizer.Capital(v, 0) && recognizer.Capital(v, i+1)
	}
	return false
}

// taken says that a match overlaps raw[start:end].
func (e *Engine) taken(start, end uint32) bool {
	for i := range e.matches {
		if e.matches[i].Start < end && e.matches[i].End > start {
			return true
		}
	}
	return false
}

// kept says that raw[at] lies in a field that the schema keeps, that a policy has a
// rule for, or that is a bare value of JSON, whose replacement would need quotes.
func kept(rec *ingest.Record, at uint32) bool {
	for i := range rec.Fields {
		if f := &rec.Fields[i]; f.Start <= at && at < f.End && !f.Alias && (f.Treat == schemas.Keep || f.Rule != 0 || f.Enc == ingest.JSONValue) {
			return true
		}
	}
	return false
}

// bareValue says that raw[i:end] may be an unquoted value or a key of JSON: what
// replaces it would need quotes, or another name.
func bareValue(raw []byte, i, end int) bool {
	for i > 0 && raw[i-1] == ' ' {
		i--
	}
	if end+1 < len(raw) && (raw[end] == '"' && raw[end+1] == ':' || raw[end] == '\\') {
		return true
	}
	return i > 0 && (raw[i-1] == ':' || raw[i-1] == '[' || raw[i-1] == ',') && raw[0] == '{' && end < len(raw) && (raw[end] == ',' || raw[end] == '}' || raw[end] == ']')
}
