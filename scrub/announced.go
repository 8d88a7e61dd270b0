package scrub

import (
	"bytes"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/recognizer"
	"github.com/scrubline/scrubline/scrub/token"
)

// value reads the value at i that a announces and returns where to go on.
func (s *searcher) value(i int, a announcement) int {
	b := s.b
	phone := a.kind == recognizer.Phone || a.kind == recognizer.Fax
	for i < len(b) && (b[i] == ' ' || b[i] == '"' || b[i] == '\'' || b[i] == '\\' || b[i] == '#' || b[i] == '(' && !phone && !recognizer.UDIAt(b, i) && !dicomAt(b, i) || b[i] == '[' && ours(b[i:]) == 0 || b[i] == '>' && i > 0 && b[i-1] == '=') {
		i++
	}
	if i+1 < len(b) && b[i] == '\n' && i > 1 && string(b[i-2:i]) == "=>" { // PHP's var_dump puts the value on a line of its own
		for i < len(b) && b[i] <= ' ' {
			i++
		}
	}
	i = scheme(b, literal(b, i), a.kind)
	if i >= len(b) {
		return i
	}
	if n := ours(b[i:]); n > 0 {
		return i + n
	}
	info := a.kind.Info()
	end, kind := info.Value(b, i, a.weak), a.kind
	switch {
	case kind == recognizer.UserID && end > 0 && end < len(b):
		if (b[end] == ',' || b[end] == ' ') && recognizer.NameBeside(b, i) > end { // LEE, ANN
			end, kind = recognizer.NameBeside(b, i), recognizer.PersonName
		} else if b[end] == ' ' && end+1 < len(b) && spoken(b[i:end], b[end+1]) {
			return i
		}
	case kind == recognizer.Secret && recognizer.IPv4At(b, i) > 0: // password reset from 203.0.113.9
		return i
	case end == 0 && (kind == recognizer.BirthDate || kind == recognizer.CareDate) && i > 0 && (b[i-1] == '(' || b[i-1] == '['):
		end = recognizer.ConstructedDate(b, i)
	case kind == recognizer.SessionID && end > 0 && messageSID(b[i:end]):
		return i
	}
	if end == 0 && kind == recognizer.BirthDate && !a.weak {
		end = recognizer.BirthEpoch(b, i)
	}
	if alt := alternative(a.kind); end == 0 && alt != recognizer.None && !a.weak {
		end, kind = recognizer.All[alt].Value(b, i, false), alt
		if end > 0 && a.kind == recognizer.MBI && end-i < 7 { // Medicare 2026
			return i
		}
		if end > 0 && !numbers(b[i:end], 3) { // a word behind "patient" is one of prose or of a program
			return i
		}
	}
	if end == i+8 && (kind == recognizer.CareDate || kind == recognizer.BirthDate) && end+9 <= len(b) && b[end] == '-' && info.Value(b[:end+9], end+1, false) == end+9 { // from the one to the other
		end += 9
	}
	if kind == recognizer.Secret && end > 0 && placeholder(b[i:end]) {
		return i
	}
	if end == 0 || recognizer.AWSID(b[i:end]) || kind == recognizer.Email && hasToken(b[i:end]) {
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
	s.note(i, end, kind)
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
		if to := s.place(end); to > end || i > 0 {
			end = to
		} else if end+3 < len(b) && b[end] == ' ' && recognizer.NameCell(b[end+1:]) { // {"addr":"12 Elm St Springfield"}
			s.e.add(&s.v, end+1, len(b), kind)
			end = len(b)
		}
	}
	return end
}

// messageSID says that w is the number of a message or a call at a gateway, as Twilio
// gives them: two capitals and 32 hexadecimal digits. It names no session.
func messageSID(w []byte) bool {
	if len(w) != 34 || !recognizer.IsUpper(w[0]) || !recognizer.IsUpper(w[1]) {
		return false
	}
	for _, c := range w[2:] {
		if !recognizer.IsDigit(c) && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// placeholder says that a program has put w where a secret was.
func placeholder(w []byte) bool {
	for _, t := range [...]string{"redacted", "masked", "removed", "hidden", "filtered", "omitted"} {
		if foldedEqual(w, t) {
			return true
		}
	}
	return false
}

// spoken says that the word w, before a blank and next, is one of prose and not
// whom "user:" announces.
func spoken(w []byte, next byte) bool {
	for _, c := range w {
		if !recognizer.IsLetter(c) {
			return false
		}
	}
	return recognizer.IsLetter(next) && !recognizer.IsUpper(next) && !recognizer.IsUpper(w[0]) && !recognizer.Handle(w)
}

// numbers says that w has at least n digits.
func numbers(w []byte, n int) bool {
	for _, c := range w {
		if recognizer.IsDigit(c) {
			n--
		}
	}
	return n <= 0
}

// announced takes the value at i that the words before it announce.
func (s *searcher) announced(i int) bool {
	a, from := s.before(i)
	if a.kind == recognizer.None {
		return false
	}
	if a.kind == recognizer.Plate && i > 1 && s.b[i-1] == ' ' { // KLM 4821
		k := i - 1
		for k > 0 && i-k < 5 && recognizer.IsUpper(s.b[k-1]) {
			k--
		}
		if k < i-1 && k > 0 && (s.b[k-1] == ' ' || s.b[k-1] == ':') {
			i = k
		}
	}
	if a.kind == recognizer.CareDate && i > 0 && s.b[i-1] == '#' { // VISIT#V70779791, the key of an item
		a.kind = recognizer.OtherID
	}
	if (a.kind == recognizer.PatientID || a.kind == recognizer.PersonName || a.kind == recognizer.HealthPlan) && s.phraseBefore(i, "from", "since", "in", "until", "of") && i+4 <= len(s.b) && numbers(s.b[i:i+4], 4) && (i+4 == len(s.b) || !recognizer.IsWord(s.b[i+4])) {
		return false // my patient from 2014, member since 2019
	}
	if (a.kind == recognizer.PatientID || a.kind == recognizer.PersonName) && s.phraseBefore(i, "in") && i+3 <= len(s.b) && numbers(s.b[i:i+3], 3) && (i+3 == len(s.b) || !recognizer.IsWord(s.b[i+3])) {
		return false // patient in 412, a room
	}
	if k := i; a.kind == recognizer.StreetAddress && recognizer.IsDigit(s.b[i]) { // locality 05 loaded
		for k < len(s.b) && recognizer.IsDigit(s.b[k]) {
			k++
		}
		if k-i < 3 && k+1 < len(s.b) && s.b[k] == ' ' && small(s.b[k+1]) {
			return false
		}
	}
	if a.kind == recognizer.StreetAddress && recognizer.IsLetter(s.b[i]) && !s.e.someone() && s.phraseBefore(i, "moved to", "relocated to", "mail to") {
		return false // Order moved to Shipped
	}
	to := s.value(i, a)
	if to <= i {
		return false
	}
	if besideName(a.kind) && s.hint == schemas.Text {
		s.lead(from)
	}
	s.pos = max(to, s.alike(i, to, a.kind))
	return true
}

// alike takes the number behind the one at b[i:to], a k, that is written like it and
// joined to it: chart 5520031 into 5519877, patients 101 and 102. It returns its end or 0.
func (s *searcher) alike(i, to int, k recognizer.Kind) int {
	switch k {
	case recognizer.MRN, recognizer.PatientID, recognizer.HealthPlan, recognizer.Account:
	default:
		return 0
	}
	b, n := s.b, to-i
	for _, w := range [...]string{" into ", " with ", " and ", " to ", " or ", " -> ", " => "} {
		from := to + len(w)
		if end := from + n; n > 4 && end <= len(b) && string(b[to:from]) == w && numbers(b[i:to], n) && numbers(b[from:end], n) && (end == len(b) || !recognizer.IsWord(b[end]) && b[end] != '-') {
			s.e.add(&s.v, from, end, k)
			return end
		}
	}
	return 0
}

// before says what the words before b[i] announce: "MRN 123", "SSN is 123…".
// from is where those words start.
func (s *searcher) before(i int) (a announcement, from int) {
	b := s.b
	j := i
	for j > 0 && i-j < 4 && (b[j-1] == ' ' || b[j-1] == '#' || b[j-1] == ':' || b[j-1] == '.' || b[j-1] == '(' || b[j-1] == '\'' || b[j-1] == '"' || b[j-1] == '[' || b[j-1] == '<') {
		j--
	}
	if j == i || j == 0 || !recognizer.IsLetter(b[j-1]) && !(j > 1 && recognizer.IsDigit(b[j-1]) && recognizer.IsLetter(b[j-2])) {
		return a, 0
	}
	if i-j == 1 && b[j] == '.' { // inside of a mailbox or of a name of a program
		return a, 0
	}
	k := j - 1 // a digit may end the words: last4
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
	if a.weak && a.kind != recognizer.HealthPlan { // its numbers are long enough
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
	for j > 0 && i-j < 2 && (b[j-1] == '"' || b[j-1] == '\'' || b[j-1] == ' ' || b[j-1] == '\\' || b[j-1] == ']' || b[j-1] == ')' && (b[i+1] == '(' || b[i+1] == '"' || b[i+1] == '\'' || b[i+1] == ' ')) {
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
	for k < j && b[k] == ' ' {
		k++
	}
	if b[i] == '=' && k > 1 && b[k-1] == ':' && recognizer.IsLetter(b[k-2]) && s.query() { // family:exact=Lee, a modifier of a FHIR search
		for k--; k > 0 && j-k < keyMax && (recognizer.IsLetter(b[k-1]) || b[k-1] == '-'); {
			k--
		}
	}
	if j < i && b[j] == ']' { // [Last Name] = …
		for o := k; o > 0 && j-o < keyMax; o-- {
			if c := b[o-1]; c == '[' {
				k = o
				break
			} else if c != ' ' && !recognizer.IsWord(c) {
				break
			}
		}
	}
	if b[i] == ':' && k > 0 && b[k-1] == '$' { // $first: Int!, a variable of GraphQL and its type
		return
	}
	if b[i] == '=' && k > 0 && b[k-1] == '/' && j-k == 5 && s.openEHR(k, i) {
		return
	}
	if k == j || j < i && b[j] == ']' && bytes.Contains(b[k:j], []byte(labelStart)) {
		return
	}
	if _, end := token.Find(b[k:j]); end == j-k {
		return // what stands before is no key but was replaced
	}
	if k := boxKey(s.e.raw, b[k:j]); k != recognizer.None && s.box(i+1, k) {
		return
	}
	if b[i] == ':' && (k > 0 && b[k-1] == ':' && k-1 > 0 && b[k-2] != ' ' || numbered(b[k:j])) {
		return // a part of an ARN or an OID; the end of a value
	}
	if n := bytes.LastIndex(b[k:j], []byte("Param[")); n >= 0 { // see searchParam
		k += n + len("Param[")
	}
	if k := hl7Path(b[k:j]); k != recognizer.None {
		s.pathValue(i+1, k)
		return
	}
	if b[i] == '=' && b[i+1] == '[' && bytes.Contains(b[i+1:min(len(b), i+24)], []byte("Param[")) {
		return // what is searched by, and then its class: see searchParam
	}
	a := s.e.announce(b[k:j])
	if j-k == 3 && hl7Fields[string(b[k:j])] != nil {
		a = announcement{} // how many segments there were: NK1=749
	}
	if a.kind == recognizer.None || a.weak {
		if p := s.searchParam(b[k:j], k); p.kind != recognizer.None {
			a = p
		} else if p := s.parameter(b[k:j], i+1, k > 0 && (b[k-1] == '?' || b[k-1] == '&' || b[k-1] == ';')); p.kind != recognizer.None {
			a = p
		} else if p := s.fieldBefore(b[k:j], k); p.kind != recognizer.None {
			a = p
		} else if p := s.labelled(b[k:j], b[i]); p.kind != recognizer.None {
			a = p
		} else if p := s.enclosed(b[k:j], k); p.kind != recognizer.None {
			a = p
		} else if p := s.attribute(b[k:j], k); p.kind != recognizer.None {
			a = p
		}
	}
	if a.weak && a.kind == recognizer.PersonName && b[i] == '=' && s.query() {
		if end := recognizer.NameWord(b, i+1); recognizer.Capital(b, i+1) && recognizer.GivenName(b[i+1:end]) && (end == len(b) || b[end] == '&' || b[end] == '"') {
			s.name(i+1, end) // name=Wanda
			return
		}
	}
	if a.kind == recognizer.None || paged(b[k:j], b[i+1:]) {
		return
	}
	if a.kind == recognizer.PersonName && i+2 <= len(b) && recognizer.IsUpper(b[i+1]) && (i+2 == len(b) || b[i+2] == '&') && s.query() { // middle_initial=T
		s.take(i+1, i+2, a.kind)
		return
	}
	if to := s.value(i+1, a); to > i+1 {
		s.pos = to
		if besideName(a.kind) && s.hint == schemas.Text {
			s.lead(s.phraseStart(k, j, a.kind))
		}
	} else if to := segment(b, i+1); a.kind == recognizer.CareDate && s.query() && to-i < 24 && numbers(b[i+1:to], 5) && ours(b[i+1:]) == 0 {
		s.take(i+1, to, recognizer.OtherID) // visit=V29454872
	} else if b[i] == '=' && !a.weak {
		if i++; b[i] == ' ' {
			i++
		}
		s.bound(i, a)
	}
}
