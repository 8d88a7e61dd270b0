package scrub

import (
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/recognizer"
)

// The years of dates that programs do not write of their own: logs hold no dates
// so long past but those of births. The interfaces of AWS are named by the dates
// of 2006 and later, and 1 January is the start of many clocks.
const (
	oldest = 1905
	newest = 2005
)

// dated takes a date that stands behind words of care, "your visit is on 7/4",
// one of a time when only people were born, and one that follows a person.
func (s *searcher) dated(i, end int) bool {
	if end-i == 3 || i == 0 {
		return s.loneDate(i)
	}
	to := recognizer.All[recognizer.CareDate].Value(s.b, i, false)
	if to-i >= 3 {
		if s.b[i-1] == ' ' || s.b[i-1] == '(' {
			switch {
			case s.near(i, 24, "born", "birth", "birthday", "dob"):
				s.take(i, to, recognizer.BirthDate)
				return true
			case s.near(i, 60, "appointment", "appointments", "appt", "visit", "admitted", "admission", "discharge", "discharged", "surgery", "reminder", "scheduled", "seen", "procedure", "dos", "hospitalized", "immunization", "died", "deceased", "prescribed", "refill", "charged", "checkup", "exam", "treated", "diagnosed", "cita") && !s.near(i, 60, "maintenance", "downtime", "outage", "release", "deployment"):
				s.take(i, to, recognizer.CareDate)
				return true
			}
		}
		if s.careBehind(i, to) {
			return true
		}
	}
	return s.loneDate(i)
}

// careBehind takes the date b[i:to] if the word behind it is one of care: "my
// June 3 appt".
func (s *searcher) careBehind(i, to int) bool {
	b := s.b
	if to+5 > len(b) || b[to] != ' ' {
		return false
	}
	for _, w := range [...]string{"appt", "appointment", "visit", "surgery", "admission", "procedure", "discharge", "checkup", "telehealth"} {
		if e := to + 1 + len(w); e <= len(b) && foldedEqual(b[to+1:e], w) && (e == len(b) || !recognizer.IsWord(b[e])) {
			s.take(i, to, recognizer.CareDate)
			return true
		}
	}
	return false
}

// loneDate takes the date at b[i] which nothing announces, if its year or a
// person before it tells what it is.
func (s *searcher) loneDate(i int) bool {
	b := s.b
	to := recognizer.All[recognizer.BirthDate].Value(b, i, false)
	folder := i > 0 && b[i-1] == '/' && to-i == 8
	if to == 0 || to < len(b) && (b[to] == '/' && !folder || b[to] == '-' || b[to] == '_' || b[to] == ':') {
		return false
	}
	if i > 0 {
		switch b[i-1] {
		case ' ', '"', '\'', '(', '[', ',', '|', ';', '=', '\t', '>', '\n', '^', '~', '<':
		case ':':
			if i > 1 && (recognizer.IsDigit(b[i-2]) || replacedBefore(b, i-1)) {
				return false
			}
		case '/':
			if !folder || to < len(b) && b[to] != '/' && b[to] != '.' {
				return false
			}
		default:
			return false
		}
	}
	year, clock := yearOf(b[i:to])
	if year < oldest { // 4.26.45 is a version
		return false
	}
	birth := year >= oldest && year <= newest && !newYear(b[i:to]) && !s.weekdayBefore(i) && !s.epochBefore(i)
	if to-i == 8 && year > 0 && recognizer.IsDigit(b[i+4]) { // a number, first of all
		if birth = birth && (s.besidePerson(i, to) || s.e.patient || s.folderBefore(i)) || s.rowOfNames(i) || s.braced(i); !birth {
			return false
		}
	}
	switch {
	case birth:
		s.take(i, to, recognizer.BirthDate)
		if s.hint == schemas.Text && i > 0 && b[i-1] == ' ' {
			s.lead(i)
		}
	case clock:
		return false
	case s.besidePerson(i, to), s.rowOfNames(i):
		s.take(i, to, recognizer.BirthDate)
	case s.lastPerson > 0 && i-s.lastPerson < 160 && s.hint == schemas.Text:
		s.take(i, to, recognizer.CareDate)
	default:
		return false
	}
	return true
}

// pathDate takes the date of birth that a segment of a path is:
// /confirm/4155550132/1950-03-09.
func (s *searcher) pathDate(i int) bool {
	b := s.b
	if i == 0 || b[i-1] != '/' || i+10 > len(b) || b[i+4] != '-' || s.hint != schemas.Path && s.hint != schemas.URL && s.hint != schemas.Text {
		return false
	}
	to := recognizer.All[recognizer.BirthDate].Value(b[:min(len(b), i+10)], i, false)
	if to != i+10 || to < len(b) && b[to] != '/' && b[to] != '?' && b[to] != ' ' && b[to] != '"' {
		return false
	}
	if year := number(b[i : i+4]); year < oldest || year > newest || newYear(b[i:to]) {
		return false
	}
	s.take(i, to, recognizer.BirthDate)
	return true
}

// replacedBefore says that a token of ours ends at b[i].
func replacedBefore(b []byte, i int) bool {
	k := i
	for k > 0 && i-k < 64 && (recognizer.IsWord(b[k-1]) || b[k-1] == '.' || b[k-1] == '_') {
		k--
	}
	return ours(b[k:i]) > 0
}

// folderBefore takes the name of the folder that holds the one at b[i], a date of
// birth, if two words that could be names make it: faxes/lee_ann/19500309/.
func (s *searcher) folderBefore(i int) bool {
	b, j, joint := s.b, i-1, 0
	if i < 6 || b[j] != '/' {
		return false
	}
	from := j
	for from > 0 && j-from < 40 && (recognizer.IsLetter(b[from-1]) || b[from-1] == '_' || b[from-1] == '-' || b[from-1] == '\'') {
		if from--; b[from] == '_' {
			joint++
		}
	}
	if joint != 1 || from == 0 || b[from-1] != '/' || recognizer.AllOrdinary(b[from:j]) {
		return false
	}
	s.e.add(&s.v, from, j, recognizer.PersonName)
	return true
}

// yearOf returns the year that a date states in four digits, or that its last two
// digits can only be of, 0 if none; clock says that it has a time of day.
func yearOf(d []byte) (year int, clock bool) {
	digits := 0
	for k := 0; k <= len(d); k++ {
		if k < len(d) && recognizer.IsDigit(d[k]) {
			digits++
			continue
		}
		switch {
		case k < len(d) && d[k] == ':':
			return year, true
		case year != 0:
		case digits == 4:
			year = number(d[k-4 : k])
		case digits == 8 && d[k-8] < '3':
			year = number(d[k-8 : k-4])
		case digits == 2 && k == len(d) && k > 5 && d[k-3] == '/': // 3/9/50
			if year = 1900 + number(d[k-2:k]); year < 1930 {
				year = 2000 + number(d[k-2:k])
			}
		}
		digits = 0
	}
	return year, false
}

func number(d []byte) (n int) {
	for _, c := range d {
		n = n*10 + int(c-'0')
	}
	return n
}

// newYear says that a date is a first of January, or December's last day before
// one: clocks that were never set, defaults of databases, ends of validity.
func newYear(d []byte) bool {
	n := len(d)
	if n == 10 && string(d[4:]) == "-12-31" {
		return true
	}
	return n >= 8 && (string(d[n-2:]) == "01" && (string(d[n-5:n-3]) == "01" || string(d[n-4:n-2]) == "01") || string(d[:3]) == "01/" && string(d[3:6]) == "01/" || string(d[:2]) == "1/" && string(d[2:4]) == "1/")
}

// epochBefore says that seconds since 1970, ten digits, stand before b[i]: the same time,
// as collectors of a machine's log write it.
func (s *searcher) epochBefore(i int) bool {
	b := s.b
	if i < 11 || b[i-1] != ' ' || b[i-11] != '1' || i > 11 && b[i-12] != ' ' {
		return false
	}
	for _, c := range b[i-11 : i-1] {
		if !recognizer.IsDigit(c) {
			return false
		}
	}
	return true
}

// weekdayBefore says that a day of the week stands before b[i]: only programs
// write "Mon, 26 Jul 1997", in headers that forbid caches.
func (s *searcher) weekdayBefore(i int) bool {
	b := s.b[max(0, i-6):i]
	for k := 0; k+3 < len(b); k++ {
		if recognizer.IsUpper(b[k]) && !recognizer.IsUpper(b[k+1]) {
			switch string(b[k : k+3]) {
			case "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun":
				return true
			}
		}
	}
	return false
}
