package scrub

import (
	"bytes"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/recognizer"
)

// A text in which somebody was found is looked at once more, with less doubt: that
// a record speaks of a person makes what stands around in it more likely to be that
// person's. The same rules would be wrong in lines that name nobody, which are
// nineteen of twenty, and those never get here.

const (
	closerMax  = 8 << 10 // bytes of a text
	closerMost = 64      // matches of a record; with more there is little left to find
)

// closer takes what stands in a text of a person and nothing else announced.
func (s *searcher) closer() {
	e, b := s.e, s.b
	if !e.someone() || e.fields > 0 || s.v.blob || len(b) < 3 || len(b) < 8 && !numbers(b, 4) && !recognizer.IsUpper(b[0]) || len(b) > closerMax || len(e.matches) > closerMost {
		return
	}
	if !closely(s.hint) {
		return
	}
	for round := 0; round < 2; round++ { // what a name makes of a number before it shows at the second look
		n := len(e.matches)
		if s.closeAll(); len(e.matches) == n {
			return
		}
	}
}

// someone says that the record in hand speaks of somebody.
func (e *Engine) someone() bool { return e.patient || e.user || e.reached }

// closely says that texts with a hint are looked at once more.
func closely(h schemas.Hint) bool {
	return h == schemas.Text || h == schemas.Query || h == schemas.URL || h == schemas.Path
}

// resume looks once more at the fields before the n-th, in which the record did not
// yet speak of anybody: {"msg":"called Ann Lee","mrn":"…"}.
func (e *Engine) resume(rec *ingest.Record, raw []byte, n int) {
	if len(e.matches) > closerMost {
		return
	}
	for i := range rec.Fields[:n] {
		f := &rec.Fields[i]
		if n := f.End - f.Start; !f.Alias && f.Treat == schemas.Scan && f.Rule == 0 && closely(f.Hint) && n > 2 && n < closerMax && again(raw[f.Start:f.End], f) {
			e.scanField(raw, f)
		}
	}
}

// again says that a second look may find more in the text v of a field: it is prose,
// a path, or a short number with a key.
func again(v []byte, f *ingest.Field) bool {
	return f.Hint == schemas.Path || f.Hint == schemas.URL || bytes.IndexByte(v, ' ') >= 0 || len(v) <= 48 && (f.KeyEnd > f.KeyStart && numbers(v, 4) || recognizer.IsUpper(v[0]))
}

// closeAll looks at each word of the text.
func (s *searcher) closeAll() {
	b := s.b
	for i := 0; i < len(b); {
		c := b[i]
		switch n := 0; {
		case recognizer.IsWord(c):
			end := i + 1
			digits := recognizer.IsDigit(c)
			for end < len(b) && (digits && recognizer.IsWord(b[end]) || recognizer.IsLetter(b[end])) {
				end++
			}
			switch {
			case i > 0 && recognizer.IsWord(b[i-1]):
			case digits:
				n = s.closeNumber(i, end)
			case s.narrative: // its names with capitals were looked for by themselves
				n = s.closeProse(i, end)
			default:
				n = s.closeWord(i, end)
			}
			i = max(end, n)
		case c == '[':
			i += max(1, ours(b[i:]))
		default:
			i++
		}
	}
}

// untaken says that no match covers any of b[i:end].
func (s *searcher) untaken(i, end int) bool {
	from, to := s.v.span(i, end)
	return !s.e.taken(from, to)
}

// nameBeside says that a match of a person's name ends right before b[i], or starts
// right behind b[end], with no more than blanks, dashes and brackets between.
func (s *searcher) nameBeside(i, end int) bool {
	p := i
	for p > 0 && i-p < 4 && joint(s.b[p-1]) {
		p--
	}
	q := end
	for q < len(s.b) && q-end < 4 && joint(s.b[q]) {
		q++
	}
	before, behind := s.v.at(p), s.v.at(q)
	for k := range s.e.matches {
		if m := &s.e.matches[k]; m.Kind == recognizer.PersonName && (m.End == before && p < i || m.Start == behind && q > end) {
			return true
		}
	}
	return false
}

func joint(c byte) bool {
	switch c {
	case ' ', '[', ']', '(', ')', '-', '/', ',', '|', '#', '"', '\'', '_':
		return true
	}
	return false
}

// closeWord looks at the word b[i:end].
func (s *searcher) closeWord(i, end int) int {
	if i > 0 && end < len(s.b) && s.b[i-1] == '[' && s.b[end] == '[' { // [StringParam[…]], a class
		return 0
	}
	b := s.b
	if to := s.closeID(i, end); to > 0 {
		return to
	}
	if to := s.closeBound(i, end); to > 0 {
		return to
	}
	if to := s.closeKeyed(i); to > 0 {
		return to
	}
	if end-i < 3 && end < len(b) && (b[end] == ':' || recognizer.IsDigit(b[end])) { // an address of hardware may start with a letter
		if to := recognizer.MACAt(b, i); to > 0 && s.near(i, 24, "cli", "calling", "station", "mac") && s.untaken(i, to) {
			s.e.add(&s.v, i, to, recognizer.Device)
			return to
		}
	}
	if to := s.closeAlias(i, end); to > 0 {
		return to
	}
	if i > 7 && b[i-1] == '/' && recognizer.IsUpper(b[i]) && s.phraseBefore(i, "/device", "/devices", "/sensors", "/monitors", "/pumps") { // devices/G5ST4ALLP2/readings?patientId=…
		if to := shortSegment(b, i); to-i > 5 && to-i <= 24 && numbers(b[i:to], 1) && s.untaken(i, to) {
			s.e.add(&s.v, i, to, recognizer.Device)
			return to
		}
	}
	if recognizer.Portrait(b[i:end]) && i > 0 && (b[i-1] == '/' || b[i-1] == '_') {
		if to := recognizer.PictureAt(b, end); to > 0 && s.untaken(i, to) {
			s.e.add(&s.v, i, to, recognizer.Photo)
			return to
		}
	}
	if (i == 0 || b[i-1] == '_' || b[i-1] == '/' || b[i-1] == '"' || b[i-1] == ' ') && end < len(b) && b[end] != '=' {
		if to := recognizer.JoinedNames(b, i); to > 0 && s.untaken(i, to) {
			s.e.add(&s.v, i, to, recognizer.PersonName)
			return to
		}
	}
	if to := s.closeSingle(i, end, true); to > 0 {
		return to
	}
	if i > 0 && b[i-1] == '/' {
		if to := s.closePath(i, end); to > 0 {
			return to
		}
	}
	if i > 0 && (b[i-1] == '.' || b[i-1] == '@' || b[i-1] == '\\' || b[i-1] == '_' || b[i-1] == '-' || b[i-1] == '$') || end < len(b) && (b[end] == '_' || b[end] == '@' || b[end] == '(' || b[end] == '=') {
		return 0
	}
	if to := s.closeHome(i, end); to > 0 {
		return to
	}
	if to := s.closeMonth(i, end); to > 0 {
		return to
	}
	if to := s.closeTown(i, end); to > 0 {
		return to
	}
	path := i > 0 && b[i-1] == '/'
	if !recognizer.Capital(b, i) {
		if s.hint == schemas.Text && !path || i > 0 && (b[i-1] == '=' || b[i-1] == ' ') {
			if to := recognizer.LowerNames(b, i); to > 0 && s.untaken(i, to) {
				s.e.add(&s.v, i, to, recognizer.PersonName)
				return to
			}
		}
		return 0
	}
	if end-i == 6 && foldedEqual(b[i:end], "county") && i > 3 && b[i-1] == ' ' { // Kern County
		from := i - 1
		for from > 0 && recognizer.IsLetter(b[from-1]) {
			from--
		}
		if recognizer.Capital(b, from) && s.untaken(from, i-1) && i-from > 3 {
			s.e.add(&s.v, from, i-1, recognizer.StreetAddress)
			return end
		}
	}
	if i > 7 && foldedText(b[i-7:i], "county ") && end-i > 2 {
		to := recognizer.NameWord(b, i)
		if s.untaken(i, to) {
			s.e.add(&s.v, i, to, recognizer.StreetAddress)
			return to
		}
	}
	if i == 0 || b[i-1] == '"' || b[i-1] == '\'' || b[i-1] == '\n' {
		if to := recognizer.Salutation(b, i); to > 0 && s.untaken(i, to) {
			s.e.add(&s.v, i, to, recognizer.PersonName)
			return to
		}
	}
	lead := unled
	if !path {
		lead = s.leads(i)
	}
	to := recognizer.CloseName(b, i, lead != unled)
	if to == 0 && lead == ledByKey && recognizer.Surname(b, i) {
		to = recognizer.NameWord(b, i)
	}
	if to == 0 || path && bytes.IndexByte(b[i:to], ' ') < 0 {
		return s.closeSingle(i, end, false)
	}
	if !s.untaken(i, to) {
		return 0
	}
	s.e.add(&s.v, i, to, recognizer.PersonName)
	return to
}

// What stands before a word.
type lead uint8

const (
	unled    lead = iota
	led           // a preposition
	ledByKey      // a key that announces a name
)

// leads says whether what stands before the word at b[i] is often followed by a
// name.
func (s *searcher) leads(i int) lead {
	b := s.b
	j := i
	for j > 0 && i-j < 5 && (b[j-1] == ' ' || b[j-1] == '"' || b[j-1] == '\'' || b[j-1] == '=' || b[j-1] == ':' || b[j-1] == '*' || b[j-1] == '[') {
		j--
	}
	if j == i {
		return unled
	}
	if b[i-1] == ' ' && j > 2 && (b[j-1] == 'F' || b[j-1] == 'M' || b[j-1] == 'f' || b[j-1] == 'm') && recognizer.IsDigit(b[j-2]) && !(j > 4 && recognizer.IsWord(b[j-5]) && recognizer.IsWord(b[j-4])) {
		return ledByKey // 28F REYES
	}
	k := j
	for k > 0 && j-k < keyMax && (recognizer.IsLetter(b[k-1]) || b[k-1] == '_') {
		k--
	}
	if k == j {
		return unled
	}
	key := b[k:j]
	if b[j] == '=' || b[j] == ':' {
		if a := s.e.announce(key); a.kind == recognizer.PersonName || parameterUse(key) == ofName || len(key) == 2 && foldedEqual(key, "sn") {
			return ledByKey
		}
		return unled
	}
	if b[i-1] == ' ' && recognizer.Cue(key) != recognizer.NoCue {
		return led
	}
	return unled
}
