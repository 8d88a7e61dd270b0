package scrub

import (
	"bytes"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/recognizer"
)

// Rows: values of one person that stand side by side without keys, as in CSV, in
// the arguments of a call or in "Failing row contains (7, Ann, Lee, 1950-03-09)".
// One cell that tells itself makes the others readable.

// rowCells bounds the cells that are looked at before one that tells itself.
const rowCells = 8

// ofPerson says that a kind tells whose row it stands in.
func ofPerson(k recognizer.Kind) bool {
	switch k {
	case recognizer.PersonName, recognizer.BirthDate, recognizer.SSN, recognizer.MRN, recognizer.MBI, recognizer.HealthPlan, recognizer.Email, recognizer.Phone, recognizer.ZIP, recognizer.StreetAddress, recognizer.Device, recognizer.PatientID, recognizer.CareDate, recognizer.Age:
		return true
	}
	return false
}

// note remembers that a match of kind k was taken at b[from:to].
func (s *searcher) note(from, to int, k recognizer.Kind) {
	if !ofPerson(k) {
		return
	}
	s.lastPerson, s.lastKind = to, k
	if from < 3 || s.hint != schemas.Text {
		return
	}
	switch k {
	case recognizer.SSN, recognizer.BirthDate, recognizer.Email, recognizer.Phone:
		switch s.b[from-1] {
		case ',', '|', ';', '\t', '"', '\'', ' ', '^', '~':
			s.cellsBefore(from, k)
		}
	}
}

// divides says that c stands between cells of a row.
func divides(c byte) bool {
	return c == ',' || c == '|' || c == ';' || c == '\t' || c == '/' || c == '^' || c == '~'
}

// columnar says that two blanks end at b[i]: they part the columns of a record of
// fixed width.
func columnar(b []byte, i int) bool { return i > 1 && b[i-1] == ' ' && b[i-2] == ' ' }

// cellsBefore takes the names and numbers in the cells before the one that starts
// at b[i] and holds a k.
func (s *searcher) cellsBefore(i int, k recognizer.Kind) {
	b, p := s.b, i
	var from, to [rowCells]int
	var kind [rowCells]recognizer.Kind
	n, names, known := 0, 0, false
	for n < rowCells {
		start, end := previousCell(b, p)
		if end == 0 {
			break
		}
		kd, isKnown := cellKind(b[start:end])
		if kd == recognizer.None {
			break
		}
		if kd == recognizer.PersonName && end-start > 1 {
			names++
		}
		known = known || isKnown
		from[n], to[n], kind[n] = start, end, kd
		n++
		p = start
	}
	if names == 0 || !known && k != recognizer.SSN && (k != recognizer.BirthDate || names < 2) {
		return
	}
	for c := range n {
		if to[c]-from[c] == 1 && (c == 0 && k == recognizer.BirthDate && (s.b[from[c]] == 'F' || s.b[from[c]] == 'M') || c+1 == n || kind[c+1] != recognizer.PersonName || bytes.IndexByte(s.b[from[c+1]:to[c+1]], ' ') >= 0) {
			continue // the sex, not an initial
		}
		if kind[c] != recognizer.Custom {
			s.e.add(&s.v, from[c], to[c], kind[c])
		}
	}
}

// previousCell returns the span of the cell before the one that starts at b[p];
// end is 0 if there is none. Quotes, and the $2 = of PostgreSQL's parameters,
// belong to no cell.
func previousCell(b []byte, p int) (start, end int) {
	q := p
	for q > 0 && (b[q-1] == '"' || b[q-1] == '\'' || b[q-1] == ' ') {
		q--
	}
	if q > 2 && b[q-1] == '=' {
		r := q - 1
		for r > 0 && (b[r-1] == ' ' || recognizer.IsDigit(b[r-1])) {
			r--
		}
		if r == 0 || b[r-1] != '$' {
			return 0, 0
		}
		for q = r - 1; q > 0 && b[q-1] == ' '; q-- {
		}
	}
	if q > 0 && p-q > 1 && columnar(b, p) && !divides(b[q-1]) {
		return column(b, q)
	}
	if q == 0 || !divides(b[q-1]) {
		return 0, 0
	}
	for q--; q > 0 && (b[q-1] == ' ' || b[q-1] == '"' || b[q-1] == '\''); q-- {
	}
	start = q
	for start > 0 && q-start < 48 && !divides(b[start-1]) && b[start-1] != '"' && (b[start-1] != '\'' || start > 1 && start < q && recognizer.IsLetter(b[start-2]) && recognizer.IsLetter(b[start])) && b[start-1] != '(' && b[start-1] != ')' && b[start-1] != ':' && b[start-1] != '=' && b[start-1] != '\n' && b[start-1] != ']' && b[start-1] != '[' && b[start-1] != '{' && b[start-1] != '<' && b[start-1] != '>' {
		start--
	}
	for start < q && b[start] == ' ' {
		start++
	}
	if start == q {
		return 0, 0
	}
	return start, q
}

// cellKind is what a cell of a person's row holds: a name, a number, Custom for
// one that stays, or None if the row cannot reach so far. known says that the
// lists of names know one of its words.
func cellKind(c []byte) (k recognizer.Kind, known bool) {
	digits := 0
	for i, b := range c {
		switch {
		case recognizer.IsDigit(b):
			digits++
		case recognizer.IsLetter(b), i > 0 && (b == '-' || b == '\'' || b == '.'):
		case b == ' ' && digits == 0, b == ',' && digits == 0 && i > 1:
		default:
			return recognizer.None, false
		}
	}
	switch {
	case digits >= 5 && len(c) <= 20:
		return recognizer.MRN, false
	case digits > 0:
		return recognizer.Custom, false
	case len(c) == 1 && recognizer.IsUpper(c[0]):
		return recognizer.PersonName, false
	case recognizer.NameCell(c):
		return recognizer.PersonName, recognizer.NamesKnown(c)
	}
	return recognizer.None, false
}

// besidePerson says that only what divides cells, and perhaps a sex, stands
// between the last value of a person and b[i], and that the cell ends at b[end].
func (s *searcher) besidePerson(i, end int) bool {
	if s.lastPerson == 0 || i <= s.lastPerson || i-s.lastPerson >= cellGap {
		return false
	}
	divided, letters := columnar(s.b, i) && i-s.lastPerson > 1, 0
	for _, c := range s.b[s.lastPerson:i] {
		switch {
		case divides(c):
			divided, letters = true, 0
		case c == ' ' || c == '"' || c == '\'' || c == '$' || c == '=' || c == '\\':
		case recognizer.IsDigit(c): // $3 =
		case recognizer.IsUpper(c):
			if letters++; letters > 2 { // a sex, a state
				return false
			}
		default:
			return false
		}
	}
	if !divided {
		return false
	}
	for end < len(s.b) && (s.b[end] == '"' || s.b[end] == '\'' || s.b[end] == '\\') {
		end++
	}
	return end >= len(s.b) || divides(s.b[end]) || s.b[end] == ')' || s.b[end] == ']' || s.b[end] == '\n' || s.b[end] == '\r' ||
		s.b[end] == ' ' && (end+1 == len(s.b) || s.b[end+1] == ' ' || columnar(s.b, i) || divides(s.b[end+1]) || s.b[end+1] == '-' || s.b[s.lastPerson] == ' ')
}

// cellGap bounds what may stand between two cells of a row.
const cellGap = 15

// cell takes the number at b[i:end] if it stands in a row of a person.
func (s *searcher) cell(i, end, digits int) bool {
	if s.lastPerson == 0 || i-s.lastPerson >= cellGap {
		return false
	}
	whole := shortSegment(s.b, i)
	if !s.besidePerson(i, whole) {
		return false
	}
	switch {
	case s.nanp(i, end):
		s.take(i, end, recognizer.Phone)
	case digits == 5 && end-i == 5 && whole == end:
		s.take(i, end, recognizer.ZIP)
	case digits >= 6 && whole-i <= 24:
		s.take(i, whole, recognizer.OtherID)
	default:
		return false
	}
	return true
}

// quotedBesideNumber says that b[i:end] stands in quotes behind a number of a
// person, as in find("0091234", "Haldane").
func (s *searcher) quotedBesideNumber(i, end int) bool {
	switch s.lastKind {
	case recognizer.MRN, recognizer.PatientID, recognizer.SSN, recognizer.HealthPlan, recognizer.BirthDate:
		return i > 0 && end < len(s.b) && (s.b[i-1] == '"' || s.b[i-1] == '\'') && s.b[end] == s.b[i-1]
	}
	return false
}

// cellWord takes the word at b[i], which starts with a capital, and those behind
// it, if they are a cell with a name in a row of a person, or a city's before the
// cell of a state.
func (s *searcher) cellWord(i int) bool {
	if s.lastPerson == 0 || i-s.lastPerson > 8 {
		return false
	}
	b, end := s.b, i
	for end < len(b) && end-i < 40 && (recognizer.IsLetter(b[end]) || (b[end] == ' ' || b[end] == '-' || b[end] == '\'' || b[end] == '.') && end+1 < len(b) && recognizer.IsLetter(b[end+1])) {
		end++
	}
	if !s.besidePerson(i, end) || end-i < 3 {
		return false
	}
	k := end
	for k < len(b) && k < end+5 && (divides(b[k]) || b[k] == '"' || b[k] == '\'' || b[k] == ' ') {
		k++
	}
	switch {
	case k > end && k+2 <= len(b) && recognizer.State(b[k:k+2]) && (k+2 == len(b) || !recognizer.IsWord(b[k+2])):
		s.take(i, end, recognizer.StreetAddress)
	case (s.lastKind == recognizer.ZIP || s.lastKind == recognizer.StreetAddress) && recognizer.NameCell(b[i:end]):
		s.take(i, end, recognizer.StreetAddress)
	case recognizer.NameCell(b[i:end]) && (recognizer.NamesKnown(b[i:end]) || s.quotedBesideNumber(i, end)):
		s.name(i, end)
	default:
		return false
	}
	return true
}
