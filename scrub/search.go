package scrub

import (
	"bytes"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/recognizer"
	"github.com/scrubline/scrubline/scrub/token"
)

// What a byte can start.
const (
	stDigit = iota + 1
	stLetter
	stAssign // = or :
	stAt
	stSlash
	stBracket // a label of ours
	stParen
	stPlus
	stCaret
)

var start = func() (t [256]uint8) {
	for c := range t {
		switch b := byte(c); {
		case recognizer.IsDigit(b):
			t[c] = stDigit
		case recognizer.IsLetter(b):
			t[c] = stLetter
		}
	}
	t['='], t[':'] = stAssign, stAssign
	t['@'], t['/'], t['['], t['('] = stAt, stSlash, stBracket, stParen
	t['+'], t['^'] = stPlus, stCaret
	return t
}()

// byRun lists the recognizers that look at a run of so many digits.
var byRun = func() (t [20][]recognizer.Kind) {
	for k := range recognizer.All {
		for _, n := range recognizer.All[k].Runs {
			t[n] = append(t[n], recognizer.Kind(k))
		}
	}
	return t
}()

// searcher is one pass over a text.
type searcher struct {
	e         *Engine
	v         view
	b         []byte
	hint      schemas.Hint
	depth     int
	pos       int  // everything before it is done
	narrative bool // a person wrote the text
	lower     bool // and without capitals
	lastName  int  // where the last name that was found ends
}

func (s *searcher) run() {
	b := s.b
	for s.pos < len(b) {
		st := start[b[s.pos]]
		if s.narrative && (st == stDigit || st == stLetter || st == stParen) && s.free() {
			continue
		}
		switch st {
		case stDigit:
			s.digits()
		case stLetter:
			s.word()
		case stAssign:
			s.assign()
		case stAt:
			if from, to := recognizer.EmailAt(b, s.pos); to > 0 && ours(b[s.pos+1:]) == 0 && s.hint != schemas.UserAgent {
				s.take(from, to, recognizer.Email)
			} else {
				s.pos++
			}
		case stSlash:
			if s.hint == schemas.UserAgent {
				s.pos++
				continue
			}
			s.slash()
		case stBracket:
			s.pos += max(1, ours(b[s.pos:]))
		case stParen:
			s.paren()
		case stPlus:
			if end := recognizer.PlusPhone(b, s.pos); end > 0 {
				s.take(s.pos, end, recognizer.Phone)
			} else {
				s.pos++
			}
		case stCaret:
			if from, to := recognizer.CaretName(b, s.pos); to > 0 {
				s.name(from, to)
			} else {
				s.pos++
			}
		default:
			s.pos++
		}
	}
}

// take notes a match and goes on after it.
func (s *searcher) take(from, to int, k recognizer.Kind) {
	s.e.add(&s.v, from, to, k)
	s.pos = to
}

// value reads the value at i that a announces and returns where to go on.
func (s *searcher) value(i int, a announcement) int {
	b := s.b
	for i < len(b) && (b[i] == ' ' || b[i] == '"' || b[i] == '\'' || b[i] == '\\' || b[i] == '#' || b[i] == '(' && !recognizer.UDIAt(b, i) || b[i] == '[' && ours(b[i:]) == 0) {
		i++
	}
	i = literal(b, i)
	if i >= len(b) {
		return i
	}
	if n := ours(b[i:]); n > 0 {
		return i + n
	}
	info := a.kind.Info()
	end, kind := info.Value(b, i, a.weak), a.kind
	if alt := alternative(a.kind); end == 0 && alt != recognizer.None && !a.weak {
		end, kind = recognizer.All[alt].Value(b, i, false), alt
	}
	if end == 0 || recognizer.AWSID(b[i:end]) {
		return i
	}
	if kind == recognizer.IPAddress {
		s.e.address(&s.v, i, end)
		return end
	}
	if kind == recognizer.PatientID && len(b) > i+8 && string(b[i:i+8]) == "Patient/" {
		i += 8
	}
	s.e.add(&s.v, i, end, kind)
	if kind == recognizer.PersonName {
		s.lastName = end
	}
	if besideName(kind) && s.hint == schemas.Text {
		pos := s.pos
		s.follow(end)
		if s.pos != pos {
			end = s.pos
		}
	}
	if kind == recognizer.StreetAddress {
		end = s.place(end)
	}
	return end
}

// literal passes the type of a typed SQL literal: DATE '1950-01-02', N'text'.
func literal(b []byte, i int) int {
	for _, t := range [...]string{"date", "timestamp", "n"} {
		if j := i + len(t); j < len(b) && foldedEqual(b[i:j], t) {
			for j < len(b) && b[j] == ' ' {
				j++
			}
			if j+1 < len(b) && b[j] == '\'' {
				return j + 1
			}
		}
	}
	return i
}

// digits looks at the run of digits at pos.
func (s *searcher) digits() {
	b, i := s.b, s.pos
	end := i
	for end < len(b) && recognizer.IsDigit(b[end]) {
		end++
	}
	if i > 0 && recognizer.IsWord(b[i-1]) {
		s.pos = end
		return
	}
	if s.announced(i) {
		return
	}
	if n := end - i; n < len(byRun) {
		for _, k := range byRun[n] {
			to := recognizer.All[k].Shape(b, i)
			if to == 0 {
				continue
			}
			if k == recognizer.IPAddress && s.hint == schemas.UserAgent {
				continue // a version: rv:1.8.1.4
			}
			if k == recognizer.IPAddress {
				s.e.address(&s.v, i, to)
				s.pos = to
			} else {
				s.take(i, to, k)
				if k == recognizer.StreetAddress {
					s.pos = s.place(to)
				}
			}
			return
		}
		if n == 8 {
			if from, to := recognizer.FileNameAt(b, i); to > 0 {
				s.e.add(&s.v, from, to, recognizer.PersonName)
				s.pos = to
				return
			}
		}
		if n == 4 {
			if from, to := recognizer.ISOFileNameAt(b, i); to > 0 {
				s.e.add(&s.v, from, to, recognizer.PersonName)
				s.pos = to
				return
			}
		}
	}
	if from, to := recognizer.PointAt(b, i); to > 0 {
		s.take(from, to, recognizer.GeoPoint)
		return
	}
	if s.hint == schemas.Text && s.dated(i, end) || s.context(i, end, end-i) {
		return
	}
	s.pos = max(s.pos, end)
}

// announced takes the value at i that the words before it announce.
func (s *searcher) announced(i int) bool {
	a, from := s.before(i)
	if a.kind == recognizer.None {
		return false
	}
	to := s.value(i, a)
	if to <= i {
		return false
	}
	if besideName(a.kind) && s.hint == schemas.Text {
		s.lead(from)
	}
	s.pos = to
	return true
}

// before says what the words before b[i] announce: "MRN 123", "SSN is 123…".
// from is where those words start.
func (s *searcher) before(i int) (a announcement, from int) {
	b := s.b
	j := i
	for j > 0 && i-j < 4 && (b[j-1] == ' ' || b[j-1] == '#' || b[j-1] == ':' || b[j-1] == '.' || b[j-1] == '(') {
		j--
	}
	if j == i || j == 0 || !recognizer.IsLetter(b[j-1]) {
		return a, 0
	}
	k := j
	for words := 0; k > 0 && j-k < 40; k-- {
		c := b[k-1]
		if c == ' ' || c == '_' || c == '-' || c == '#' || c == '.' {
			if words++; words > 4 {
				break
			}
		} else if !recognizer.IsLetter(c) {
			break
		}
	}
	if k > 0 && recognizer.IsLetter(b[k]) && recognizer.IsDigit(b[k-1]) {
		for k < j && recognizer.IsLetter(b[k]) {
			k++ // the end of an id or of a token of ours is no word
		}
	}
	a = s.e.announce(b[k:j])
	if a.weak {
		return announcement{}, 0
	}
	return a, s.phraseStart(k, j, a.kind)
}

// phraseStart returns where the last of the words b[k:j] that announces kind
// starts: those before it may be a name.
func (s *searcher) phraseStart(k, j int, kind recognizer.Kind) int {
	for p := j; p > k; p-- {
		if s.b[p-1] == ' ' {
			if a := s.e.announce(s.b[p:j]); a.kind == kind {
				return p
			}
		}
	}
	return k
}

// word looks at the word at pos.
func (s *searcher) word() {
	b, i := s.b, s.pos
	end := i
	for end < len(b) && recognizer.IsLetter(b[end]) {
		end++
	}
	s.pos = end
	if end < len(b) && recognizer.IsDigit(b[end]) {
		s.mixed(i, end)
		return
	}
	if end+1 < len(b) && b[end] == '-' && recognizer.IsDigit(b[end+1]) && s.announced(i) {
		return
	}
	if end-i >= opaqueMin {
		s.opaque(i)
		return
	}
	if i > 0 && (b[i-1] == '_' || b[i-1] == '-') && recognizer.Portrait(b[i:end]) {
		if from, to := recognizer.PortraitAt(b, i, end); to > 0 {
			s.e.add(&s.v, from, to, recognizer.Photo)
			s.pos = to
			return
		}
	}
	if end+1 < len(b) && (b[end] == '-' || b[end] == '_') && recognizer.IsUpper(b[i]) && recognizer.IsUpper(b[end+1]) {
		if to, dot := recognizer.DocumentName(b, i); to > 0 && (recognizer.NamesKnown(b[i:to]) || s.near(i, 80, "patient", "patients", "chart", "charts", "ccda", "member", "members", "mrn")) {
			s.e.add(&s.v, i, to, recognizer.PersonName)
			s.pos = dot
			return
		}
	}
	if s.hint == schemas.Text {
		if end-i == 6 && foldedEqual(b[i:end], "values") && s.insert(end) {
			return
		}
		s.prose(i, end)
		return
	}
	switch s.hint {
	case schemas.Query, schemas.URL, schemas.Header, schemas.MapKey: // people type prose into queries too
		s.prose(i, end)
	}
}

// prose looks for a name at or behind the word b[i:end], and for a month.
func (s *searcher) prose(i, end int) {
	b := s.b
	if i > 0 && b[i-1] == ' ' && end < len(b) && (b[end] == '.' || b[end] == '_' || b[end] == '@') && s.userBefore(i) {
		s.take(i, segment(b, i), recognizer.UserID)
		return
	}
	if end-i == 2 && b[i] == 'i' && b[i+1] == 'n' && s.phraseBefore(i, "lives", "living", "resides", "residing", "born", "live", "lived", "resident") {
		s.town(end + 1)
		return
	}
	if cue := recognizer.Cue(b[i:end]); cue != recognizer.NoCue && (i == 0 || b[i-1] != '_' && b[i-1] != '.' && b[i-1] != '/' && !recognizer.IsDigit(b[i-1])) {
		if cue == recognizer.Faint && recognizer.Governs(b, i) {
			cue = recognizer.Probable
		}
		if from, to := recognizer.NameAfter(b, end, cue); to > 0 {
			s.name(from, to)
			return
		}
	}
	if !recognizer.IsUpper(b[i]) || end >= len(b) {
		return
	}
	if b[end] == ' ' && end+1 < len(b) && recognizer.IsDigit(b[end+1]) && recognizer.MonthWord(b[i:end]) {
		if !s.announced(i) {
			s.dated(i, end)
		}
		return
	}
	if i > 0 && b[i-1] != ' ' && b[i-1] != '"' && b[i-1] != '(' && b[i-1] != '\'' && b[i-1] != '\n' && b[i-1] != '>' {
		return
	}
	if s.hint != schemas.Text {
		return
	}
	if to := recognizer.NamePair(b, i); to > 0 {
		s.name(i, to)
	}
}

// mixed looks at a word of letters and digits that starts at i.
func (s *searcher) mixed(i, end int) {
	b := s.b
	if n := ours(b[i:]); n > 0 {
		s.pos = i + n
		return
	}
	if i > 0 && recognizer.IsDigit(b[i-1]) {
		return
	}
	for end < len(b) && recognizer.IsWord(b[end]) {
		end++
	}
	s.pos = end
	if s.announced(i) {
		return
	}
	if recognizer.IsUpper(b[i]) && end-i >= 15 {
		if to := recognizer.IBANAt(b, i); to > 0 {
			s.take(i, to, recognizer.Account)
			return
		}
	}
	switch n := end - i; {
	case n == 17:
		if to := recognizer.VINAt(b, i); to > 0 {
			s.take(i, to, recognizer.VIN)
			return
		}
	case n == 9:
		if to := recognizer.DEAAt(b, i); to > 0 && recognizer.IsUpper(b[i]) && recognizer.IsUpper(b[i+1]) && s.near(i, 30, "dea") {
			s.take(i, to, recognizer.DEA)
			return
		}
	case n >= opaqueMin:
		s.opaque(i)
		return
	}
	digits := 0
	for _, c := range b[i:end] {
		if recognizer.IsDigit(c) {
			digits++
		}
	}
	s.context(i, end, digits)
}

// assign looks at the key before an = or : at pos and the value behind it.
func (s *searcher) assign() {
	b, i := s.b, s.pos
	s.pos++
	if i == 0 || i+1 >= len(b) {
		return
	}
	if b[i] == ':' {
		if s.mac(i - 2) {
			return
		}
		if b[i+1] == '/' || recognizer.IsDigit(b[i-1]) && recognizer.IsDigit(b[i+1]) {
			return
		}
		if b[i+1] == ':' || b[i-1] == ':' {
			if to := s.ipv6(i); to > 0 {
				s.pos = to
			}
			return
		}
	}
	j := i
	for j > 0 && i-j < 2 && (b[j-1] == '"' || b[j-1] == '\'' || b[j-1] == ' ' || b[j-1] == '\\' || b[j-1] == ']') {
		j--
	}
	k := j
	for k > 0 && j-k < 48 {
		c := b[k-1]
		if !recognizer.IsWord(c) && c != '_' && c != '-' && c != '.' && c != '[' && !(c == ' ' && b[i] == ':' && s.hint == schemas.Text) {
			break
		}
		k--
	}
	if k == j || j < i && b[j] == ']' && bytes.Contains(b[k:j], []byte(labelStart)) {
		return
	}
	if _, end := token.Find(b[k:j]); end == j-k {
		return // what stands before is no key but was replaced
	}
	if b[i] == ':' && (k > 0 && b[k-1] == ':' || numbered(b[k:j])) {
		return // a part of an ARN or an OID; the end of a value
	}
	a := s.e.announce(b[k:j])
	if a.kind == recognizer.None {
		a = s.parameter(b[k:j], i+1)
	}
	if a.kind == recognizer.None {
		return
	}
	if to := s.value(i+1, a); to > i+1 {
		s.pos = to
		if besideName(a.kind) && s.hint == schemas.Text {
			s.lead(s.phraseStart(k, j, a.kind))
		}
	}
}

// paren looks at an opening bracket: (415) 555-0100, a UDI, a DICOM tag.
func (s *searcher) paren() {
	b, i := s.b, s.pos
	s.pos++
	if i+5 < len(b) && b[i+4] == ')' {
		if end := recognizer.All[recognizer.Phone].Value(b, i, false); end > 0 {
			s.take(i, end, recognizer.Phone)
		}
		return
	}
	if recognizer.UDIAt(b, i) {
		if end := recognizer.All[recognizer.Device].Value(b, i, false); end > 0 {
			s.take(i, end, recognizer.Device)
		}
		return
	}
	s.dicom(i)
}

// ipv6 looks for an address around the colons at i.
func (s *searcher) ipv6(i int) int {
	j := i
	for j > 0 && i-j < 40 && (recognizer.IsWord(s.b[j-1]) || s.b[j-1] == ':') {
		j--
	}
	to := recognizer.IPv6At(s.b, j)
	if to > i {
		s.e.address(&s.v, j, to)
		return to
	}
	return 0
}
