package scrub

import (
	"bytes"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/recognizer"
)

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
