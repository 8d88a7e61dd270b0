package scrub

import (
	"bytes"

	"github.com/scrubline/scrubline/scrub/recognizer"
)

// ofDevices are words that stand near the serial number of a patient's device.
var ofDevices = []string{"device", "pump", "cgm", "implant", "implanted", "pacemaker", "sensor", "monitor", "glucose", "insulin", "paired", "wearable", "ventilator", "meter", "infusion", "hearing", "defibrillator", "interrogation", "transmitter", "cpap", "oximeter", "prosthesis", "concentrator", "oxygen", "wheelchair", "nebulizer", "glucometer", "dme"}

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
