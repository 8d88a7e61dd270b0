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

// closeNumber looks at the word with digits at b[i:end].
func (s *searcher) closeNumber(i, end int) int {
	b := s.b
	n := end - i
	if i > 0 && (recognizer.IsWord(b[i-1]) || b[i-1] == '.' || b[i-1] == ':' && (n < 3 || end < len(b) && b[end] == ':')) {
		return 0
	}
	if to := s.closeBound(i, end); to > 0 {
		return to
	}
	if to := recognizer.MACAt(b, i); to > 0 && s.near(i, 24, "cli", "calling", "station", "mac") && s.untaken(i, to) {
		s.e.add(&s.v, i, to, recognizer.Device)
		return to
	}
	if to := recognizer.All[recognizer.BirthDate].Value(b, i, false); to > i+7 && s.untaken(i, to) && s.nameBeside(i, to) && !clocked(b, i, to) {
		s.e.add(&s.v, i, to, recognizer.BirthDate)
		return to
	}
	if to := s.closeAge(i, end); to > 0 {
		return to
	}
	if to := s.closeZIP(i, end); to > 0 {
		return to
	}
	if to := s.closeDate(i, end); to > 0 {
		return to
	}
	if to := s.closeKeyed(i); to > 0 {
		return to
	}
	if to := s.closePhone(i, end); to > 0 {
		return to
	}
	switch {
	case n == 4 && numbers(b[i:end], 4) && (s.phraseBefore(i, "ending", "ending in", "last four", "last 4", "ends in", "ends with") || s.near(i, 40, "last", "ending", "ends")) && s.near(i, 80, "ssn", "social") && s.untaken(i, end):
		s.e.add(&s.v, i, end, recognizer.SSN)
		return end
	case n >= 6 && n <= 12 && numbers(b[i:end], n) && s.untaken(i, end):
		if end+1 < len(b) && b[end] == ':' && n < 10 && s.nameStarts(end+1) { // 1234567:Lee, Ann
			s.e.add(&s.v, i, end, recognizer.MRN)
			return end
		}
		if s.nameBeside(i, end) && !(end < len(b) && (b[end] == '.' && (end+1 == len(b) || !recognizer.IsLetter(b[end+1])) || b[end] == ':')) {
			s.e.add(&s.v, i, end, recognizer.MRN)
			return end
		}
		if s.phraseBefore(i+1, "where pid=", "and pid=", "&pid=", "?pid=", "patient id=", "patients id=", "patient?id=", "patients?id=") {
			s.e.add(&s.v, i, end, recognizer.PatientID)
			return end
		}
		if s.phraseBefore(i, "merge into", "merged into", "merge with", "merged with", "moved into", "duplicate of", "linked to", "chart", "replaced by") {
			s.e.add(&s.v, i, end, recognizer.MRN)
			return end
		}
		if s.phraseBefore(i, "account", "account #", "account number", "account no", "acct", "acct #", "acct no", "stmt", "stmt #", "statement", "statement #", "invoice", "invoice #", "bill", "bill #", "receipt", "receipt #") {
			s.e.add(&s.v, i, end, recognizer.Account)
			return end
		}
		if s.flagBefore(i) && s.near(i, 60, "merge", "keep", "drop", "name", "person", "resident", "member", "dob") { // merge.sh --keep 123 --name "…"
			s.e.add(&s.v, i, end, recognizer.MRN)
			return end
		}
		if i > 0 && b[i-1] == '/' && s.nanp(i, end) && (end == len(b) || b[end] == '/' || b[end] == '?' || b[end] == '"' || b[end] == ' ') {
			s.e.add(&s.v, i, end, recognizer.Phone)
			return end
		}
		if i > 0 && b[i-1] == '/' && n < 11 && (s.hint == schemas.URL || s.hint == schemas.Path) && (end == len(b) || b[end] == '/' || b[end] == '?') { // labs/7712345/results?name=lee
			s.e.add(&s.v, i, end, recognizer.OtherID)
			return end
		}
		if s.e.patient && s.nanp(i, end) && b[i] != '1' && !(end < len(b) && (b[end] == '.' || b[end] == '-' || b[end] == '_')) && (i == 0 || b[i-1] != '/' && b[i-1] != '-' && b[i-1] != '_') && !s.ofProgram(i) {
			s.e.add(&s.v, i, end, recognizer.Phone)
			return end
		}
		if s.ofVisit(i) || s.ofMessage(i, end) {
			s.e.add(&s.v, i, end, recognizer.OtherID)
			return end
		}
	}
	return 0
}

// closePhone takes the telephone number in three groups that starts with b[i:end]:
// 781 555 0133.
func (s *searcher) closePhone(i, end int) int {
	b, to := s.b, i+12
	if end-i != 3 || to > len(b) || b[end] != ' ' || b[end+4] != ' ' || to < len(b) && recognizer.IsWord(b[to]) || i > 0 && b[i-1] != ' ' && b[i-1] != '"' && b[i-1] != ':' && b[i-1] != '=' {
		return 0
	}
	if to < len(b)-1 && b[to] == ' ' && recognizer.IsDigit(b[to+1]) || recognizer.All[recognizer.Phone].Value(b, i, false) != to || !s.untaken(i, to) {
		return 0 // a column of numbers
	}
	s.e.add(&s.v, i, to, recognizer.Phone)
	return to
}

// closeZIP takes the ZIP code at b[i:end]: what the words before it speak of, or
// the last cell of a row of values that were all taken.
func (s *searcher) closeZIP(i, end int) int {
	b := s.b
	if end-i != 5 || !numbers(b[i:end], 5) {
		return 0
	}
	if i == 0 {
		if end == len(b) && s.e.patient && s.inArray() && s.untaken(0, end) { // ["Lee","Ann","1950-03-09","31201"]
			s.e.add(&s.v, 0, end, recognizer.ZIP)
			return end
		}
		return 0
	}
	to := end
	if to+5 <= len(b) && b[to] == '-' && numbers(b[to+1:to+5], 4) && (to+5 == len(b) || !recognizer.IsWord(b[to+5])) {
		to += 5
	}
	if !s.untaken(i, to) {
		return 0
	}
	before := s.v.at(i - 1)
	row := b[i-1] == '|' || b[i-1] == ',' || b[i-1] == '\t' || b[i-1] == ' '
	if row && b[i-1] != ' ' && i > 4 && b[i-4] == b[i-1] && recognizer.IsUpper(b[i-2]) && recognizer.IsUpper(b[i-3]) { // the cell of a state before it
		before = s.v.at(i - 4)
	}
	ends := to == len(b) || b[to] == '\n' || b[to] == b[i-1] || b[to] == ';' || b[to] == '"' || b[to] == ' ' && b[i-1] == '|'
	if row && ends {
		for k := range s.e.matches {
			if m := &s.e.matches[k]; m.End == before && (m.Kind == recognizer.BirthDate || m.Kind != recognizer.IPAddress && b[i-1] != ' ') {
				s.e.add(&s.v, i, to, recognizer.ZIP)
				return to
			}
		}
	}
	if (b[i-1] == '\'' || b[i-1] == '"' || b[i-1] == ' ' && (to == len(b) || b[to] == ',' || b[to] == ' ' || b[to] == '.')) && s.near(i, 80, "zip", "postal", "postcode") {
		s.e.add(&s.v, i, to, recognizer.ZIP)
		return to
	}
	return 0
}

// clocked says that a time of day stands behind the date b[i:to], or that it
// starts its line: programs write those.
func clocked(b []byte, i, to int) bool {
	if i == 0 || b[i-1] == '\n' || b[i-1] == '[' {
		return true
	}
	for k := to; k < len(b) && k < to+9; k++ {
		if b[k] == ':' {
			return k > to && recognizer.IsDigit(b[k-1])
		}
	}
	return bytes.IndexByte(b[i:to], ':') >= 0
}

// ofDevices are words that stand near the serial number of a patient's device.
var ofDevices = []string{"device", "pump", "cgm", "implant", "implanted", "pacemaker", "sensor", "monitor", "glucose", "insulin", "paired", "wearable", "ventilator", "meter", "infusion", "hearing", "defibrillator", "interrogation", "transmitter", "cpap", "oximeter", "prosthesis", "concentrator", "oxygen", "wheelchair", "nebulizer", "glucometer", "dme"}

// closeWord looks at the word b[i:end].
func (s *searcher) closeWord(i, end int) int {
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

// closeID takes the id at b[i], whose letters end at b[end]: the serial number of a
// device, the key of a message whose value names a person, what somebody says.
func (s *searcher) closeID(i, end int) int {
	b := s.b
	to := shortSegment(b, i)
	if i == 0 && to-i >= 6 && to-i <= 24 && recognizer.IsUpper(b[i]) && numbers(b[i:to], 5) && s.nameBeside(i, to) && s.untaken(i, to) { // Z52017114 - Ann Lee
		s.e.add(&s.v, i, to, recognizer.MRN)
		return to
	}
	if i < 3 || b[i-1] != ':' && b[i-1] != '=' && b[i-1] != ' ' && b[i-1] != '"' && b[i-1] != '[' && b[i-1] != '(' {
		return 0
	}
	if to-i >= 6 && to-i <= 24 && numbers(b[i:to], 1) && s.phraseBefore(i, "serial", "serial number", "serial no", "serial #", "s/n", "sn") && s.near(i, 80, ofDevices...) && s.untaken(i, to) {
		s.e.add(&s.v, i, to, recognizer.Device)
		return to
	}
	if to-i < 6 || to-i > 24 || !numbers(b[i:to], 5) {
		return 0
	}
	kind := recognizer.OtherID
	switch {
	case (b[i-1] == ':' || b[i-1] == '=') && foldedText(b[i-3:i-1], "sn") && !recognizer.IsWord(b[max(0, i-4)]) && (s.near(i, 80, ofDevices...)):
		kind = recognizer.Device
	case (b[i-1] == ':' || b[i-1] == '=') && s.near(i, 16, ofDevices...), b[i-1] == ' ' && recognizer.IsUpper(b[i]) && s.phraseBefore(i, "vent", "ventilator", "pump", "graft", "implant", "lead", "stent", "valve", "prosthesis", "generator", "transmitter", "kit", "device", "meter", "pacemaker", "tissue", "lens"):
		kind = recognizer.Device
	case s.ofVisit(i), s.ofMessage(i, to), b[i-1] == '"' && s.phraseBefore(i-1, "id", "id:"):
	case b[i-1] == ' ' && s.phraseBefore(i, "the number was", "number was", "id was", "the number is", "my id is", "my id", "my number is", "my member id is", "id is", "number is"):
	case b[i-1] == ' ' && recognizer.IsUpper(b[i]) && s.phraseBefore(i, "coverage", "plan", "policy", "member", "subscriber"):
		kind = recognizer.HealthPlan
	case s.phraseBefore(i, "identifiers", "identifiers=", "identifiers: ", "identifier", "identifier=", "identifier: "), recognizer.IsUpper(b[i]) && s.nameBeside(i, to):
		kind = recognizer.MRN
	default:
		return 0
	}
	if !s.untaken(i, to) {
		return 0
	}
	s.e.add(&s.v, i, to, kind)
	return to
}

// ofVisit says that what stands before b[i] names a visit, a specimen or a person
// by its number.
func (s *searcher) ofVisit(i int) bool {
	return s.phraseBefore(i, "enc", "visit", "auth#", "auth", "pa#", "acc#", "acc", "enc#", "vis", "ee id", "employee id", "csn", "episode", "episode id", "admission", "bracelet", "bracelet #", "band", "band #", "iis id", "specimen", "sample", "accession", "case", "script", "requisition", "referral", "tracking", "exam", "study", "order")
}

// ofMessage says that b[i:end] is the key of a message whose value follows.
func (s *searcher) ofMessage(i, end int) bool {
	b, at := s.b, i
	if at > 0 && b[at-1] == '"' {
		at--
	}
	if !s.phraseBefore(at, "key") {
		return false
	}
	if bytes.Contains(b[end:], b[i:end]) { // the value says what it is, see again
		return false
	}
	behind := b[end:min(len(b), end+20)]
	return bytes.Contains(behind, []byte("payload")) || bytes.Contains(behind, []byte("value"))
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

// closeAlias takes the literal before the name of a column that announces it:
// SELECT '123' MRN, TO_DATE('1950-03-09','YYYY-MM-DD') DOB.
func (s *searcher) closeAlias(i, end int) int {
	b := s.b
	if i < 4 || b[i-1] != ' ' || b[i-2] != '\'' && b[i-2] != ')' {
		return 0
	}
	for end < len(b) && (recognizer.IsWord(b[end]) || b[end] == '_') {
		end++
	}
	if end < len(b) && b[end] != ',' && b[end] != ' ' && b[end] != ')' {
		return 0
	}
	a := s.e.announce(b[i:end])
	if a.kind == recognizer.None || a.weak {
		return 0
	}
	to := i - 2
	if b[to] == ')' { // the first literal among the arguments
		open := bytes.LastIndexByte(b[max(0, to-80):to], '(')
		if open < 0 {
			return 0
		}
		open += max(0, to-80)
		if open+2 > to || b[open+1] != '\'' {
			return 0
		}
		n := bytes.IndexByte(b[open+2:to], '\'')
		if n < 1 {
			return 0
		}
		to = open + 2 + n
	}
	from := to
	for from > 0 && to-from < 100 && b[from-1] != '\'' {
		from--
	}
	if from == 0 || b[from-1] != '\'' || from == to || ours(b[from:]) > 0 || !s.untaken(from, to) {
		return 0
	}
	s.e.add(&s.v, from, to, a.kind)
	return end
}
