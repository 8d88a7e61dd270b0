package recognizer

import "github.com/scrubline/scrubline/schemas"

// Dates of birth and death (C).
var birthDate = Recognizer{
	Name: "birth_date", Letter: 'C', Treat: schemas.Label,
	Keys:  []string{"dob", "date of birth", "birth date", "birthdate", "birthday", "birth", "dateofbirth", "born", "born on", "patient dob", "birth dt", "deceased", "date of death", "death date", "deceaseddatetime", "deathdate", "dod", "patientbirthdate", "subscriber dob", "bday", "date de nacimiento", "date nacimiento", "fechanacimiento", "fechadenacimiento", "nacimiento", "birth time", "birthtime", "birth day", "death time", "deceased date", "deceaseddate", "date born"},
	Value: birthValue,
}

// birthValue is dateValue, and takes 020950, a date without a century.
func birthValue(b []byte, i int, weak bool) int {
	if e := dateValue(b, i, weak); e > 0 {
		return e
	}
	if e := run(b, i); e-i == 6 && boundary(b, e) && ymd(1900+num(b[i+4:e]), num(b[i:i+2]), num(b[i+2:i+4])) {
		return e
	}
	return 0
}

// BirthEpoch returns the end of the milliseconds or seconds since 1970, or before it,
// at b[i], or 0: how programs hand on a date of birth, {"dob":-284256000000}.
func BirthEpoch(b []byte, i int) int {
	s := i
	if i < len(b) && b[i] == '-' {
		s++
	}
	if e := run(b, s); (e-s >= 11 && e-s <= 13 || e-s >= 8 && e-s <= 10 && (s > i || e-s > 8)) && boundary(b, e) {
		return e
	}
	return 0
}

// Other dates directly related to an individual (C): admission, discharge,
// service, appointments.
var careDate = Recognizer{
	Name: "care_date", Letter: 'C', Treat: schemas.Label,
	Keys:  []string{"admission date", "admit date", "admitdate", "admitted", "admitted on", "discharge date", "dischargedate", "discharged", "discharged on", "date of service", "dateofservice", "service date", "dos", "appointment date", "appt date", "appointment", "visit date", "visitdate", "encounter date", "procedure date", "surgery date", "onset", "onset date", "collection date", "specimen date", "injury date", "accident date", "date of injury", "immunization date", "diagnosis date", "study date", "studydate", "due date edd", "lmp", "edd", "admission", "admit", "admitted at", "discharge", "discharged at", "visit", "visit on", "visited on", "visited", "appointment on", "appt", "appointments", "scheduled for", "scheduled on", "rescheduled to", "seen on", "surgery", "surgery on", "procedure on", "date of visit", "date of admission", "date of discharge", "service from", "service to", "dos from", "dos to", "from dos", "admission dt", "discharge dt", "admit dt", "died", "died on", "deceased on", "hospitalized on", "collected", "collected on", "collected at", "effective date time", "effectivedatetime", "authored on", "authoredon", "service start", "service end", "start of care", "charged on", "delivery date", "next visit", "last visit", "last seen", "follow up on", "followup on", "arrival date", "arrived", "encounter start", "encounter end", "prescribed on", "dispensed on", "fill date", "filldate", "written date", "transplant date", "immunized on", "vaccination date", "vaccinated on", "reminder for", "due on", "cita", "date de cita", "date cita", "enrollment date", "appointment time", "appt time", "visit time", "serviced date", "serviceddate", "service dates", "date service", "dispense date", "sold date", "transfer date", "checkin date", "check in date", "date admitted", "date discharged", "appointment start", "date of procedure", "date of surgery", "hire date patient", "next appointment", "last appointment", "next appt", "last appt", "procedure time", "order date patient", "eff date member", "date seen", "date collected", "birth admission", "service period", "admit time", "discharge time", "arrival time", "departure time", "start of service", "end of service"},
	Value: careValue,
}

// careValue is dateValue, and takes dates without a year: 2/14.
func careValue(b []byte, i int, weak bool) int {
	if e := dateValue(b, i, weak); e > 0 {
		return e
	}
	e := run(b, i)
	if e-i < 1 || e-i > 2 || e >= len(b) || b[e] != '/' {
		return 0
	}
	f := run(b, e+1)
	if f-e < 2 || f-e > 3 || !boundary(b, f) || f < len(b) && (b[f] == '/' || b[f] == '.' && f+1 < len(b) && IsDigit(b[f+1])) || !ymd(2000, num(b[i:e]), num(b[e+1:f])) {
		return 0
	}
	return f
}

var months = [...]string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}

// dateValue reads a calendar date, and a time of day behind it: 1950-03-09,
// 03/09/1950, 3.9.50, 19500309, 9 March 1950, Mar 9, 1950.
func dateValue(b []byte, i int, _ bool) int {
	e := run(b, i)
	switch n := e - i; {
	case n == 8 || n == 12 || n == 14:
		if ymd(num(b[i:i+4]), num(b[i+4:i+6]), num(b[i+6:i+8])) && boundary(b, e) {
			return e
		}
		if n == 8 && ymd(num(b[i+4:i+8]), num(b[i:i+2]), num(b[i+2:i+4])) && boundary(b, e) {
			return e
		}
	case n == 4 && e < len(b) && separator(b[e]):
		m := run(b, e+1)
		if m > e+1 && m < len(b) && b[m] == b[e] {
			if d := run(b, m+1); d > m+1 && d-m <= 3 && ymd(num(b[i:e]), num(b[e+1:m]), num(b[m+1:d])) {
				return clock(b, d)
			}
		}
	case (n == 1 || n == 2) && e < len(b):
		if separator(b[e]) {
			m := run(b, e+1)
			if m > e+1 && m-e <= 3 && m < len(b) && b[m] == b[e] {
				y := run(b, m+1)
				if k := y - m - 1; k == 4 || k == 2 {
					year := num(b[m+1 : y])
					if k == 2 {
						year += 1900
					}
					if p, q := num(b[i:e]), num(b[e+1:m]); ymd(year, p, q) || ymd(year, q, p) {
						return clock(b, y)
					}
				}
			}
		}
		return named(b, i, e)
	case n == 0:
		if e := printedDate(b, i); e > 0 {
			return e
		}
		return monthFirst(b, i)
	}
	return 0
}

// printedDate returns the end of a date as Java's Date and C's ctime print it, at b[i],
// or 0: Sun Oct 02 00:00:00 UTC 1938, Sun Oct  2 00:00:00 1938.
func printedDate(b []byte, i int) int {
	if i+24 > len(b) || b[i+3] != ' ' || b[i+7] != ' ' || b[i+10] != ' ' || b[i+13] != ':' || b[i+16] != ':' || b[i+19] != ' ' || !MonthWord(b[i+4:i+7]) {
		return 0
	}
	e := i + 20
	for e < len(b) && e < i+26 && IsUpper(b[e]) {
		e++
	}
	if e > i+20 {
		if e >= len(b) || b[e] != ' ' {
			return 0
		}
		e++
	}
	if y := run(b, e); y-e != 4 || num(b[e:y]) < 1880 || num(b[e:y]) > 2100 || !boundary(b, y) {
		return 0
	}
	return e + 4
}

// ConstructedDate returns the end of the date that a constructor gets at b[i], or 0:
// date(1950, 3, 9).
func ConstructedDate(b []byte, i int) int {
	e := run(b, i)
	if e-i != 4 || e+1 >= len(b) || b[e] != ',' {
		return 0
	}
	m := e + 1
	for m < len(b) && b[m] == ' ' {
		m++
	}
	f := run(b, m)
	if f-m < 1 || f-m > 2 || f+1 >= len(b) || b[f] != ',' {
		return 0
	}
	d := f + 1
	for d < len(b) && b[d] == ' ' {
		d++
	}
	g := run(b, d)
	if g-d < 1 || g-d > 2 || !ymd(num(b[i:e]), num(b[m:f]), num(b[d:g])) {
		return 0
	}
	return g
}

func separator(c byte) bool { return c == '-' || c == '/' || c == '.' }

// ymd says that the three make a date between 1880 and 2100.
func ymd(y, m, d int) bool {
	if y < 1880 || y > 2100 || m < 1 || m > 12 || d < 1 {
		return false
	}
	last := [...]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[m-1]
	if m == 2 && y%4 == 0 && (y%100 != 0 || y%400 == 0) {
		last = 29
	}
	return d <= last
}

// clock takes a time of day behind a date.
func clock(b []byte, e int) int {
	if e+6 > len(b) || b[e] != 'T' && b[e] != ' ' || !exactly(b, e+1, 2) || b[e+3] != ':' {
		if e < len(b) && IsDigit(b[e]) {
			return 0
		}
		return e
	}
	j := e + 1
	for j < len(b) && (IsDigit(b[j]) || b[j] == ':' || b[j] == '.' || b[j] == 'Z' || (b[j] == '+' || b[j] == '-') && j+1 < len(b) && IsDigit(b[j+1])) {
		j++
	}
	return j
}

func month(b []byte, i int) (end int) {
	for _, m := range months {
		if folded(b[i:], m) {
			e := i
			for e < len(b) && IsLetter(b[e]) {
				e++
			}
			if e-i <= 9 {
				return e
			}
		}
	}
	return 0
}

// spanishMonth is month for the Spanish months whose first letters are not those of
// the English ones.
func spanishMonth(b []byte, i int) (end int) {
	for _, m := range [...]string{"enero", "abril", "agosto", "diciembre"} {
		if folded(b[i:], m) && boundary(b, i+len(m)) {
			return i + len(m)
		}
	}
	return 0
}

// gap passes the blanks, commas and dashes between the parts of a written date.
func gap(b []byte, i int) int {
	for k := 0; k < 2 && i < len(b) && (b[i] == ' ' || b[i] == ',' || b[i] == '-' || b[i] == '.'); k++ {
		i++
	}
	return i
}

func ordinal(b []byte, i int) int {
	for _, s := range [...]string{"st", "nd", "rd", "th"} {
		if folded(b[i:], s) {
			return i + 2
		}
	}
	return i
}

// named reads "9 March 1950" whose day ends at e.
func named(b []byte, i, e int) int {
	j := gap(b, ordinal(b, e))
	if j >= len(b) {
		return 0
	}
	spanish := j+3 < len(b) && folded(b[j:], "de ")
	if spanish { // 12 de junio de 1950
		j += 3
	}
	m := month(b, j)
	if m == 0 && spanish {
		m = spanishMonth(b, j)
	}
	if m == 0 {
		return 0
	}
	y := gap(b, m)
	if spanish {
		if y+3 < len(b) && folded(b[y:], "de ") {
			y += 3
		}
		if r := run(b, y); r-y == 4 {
			return r
		}
		return m
	}
	if r := run(b, y); r-y == 4 || r-y == 2 {
		return r
	}
	return 0
}

// monthFirst reads "March 9, 1950" and "Mar 1950".
func monthFirst(b []byte, i int) int {
	if i >= len(b) {
		return 0
	}
	m := month(b, i)
	if m == 0 {
		return 0
	}
	d := gap(b, m)
	e := run(b, d)
	if e-d == 4 {
		return e
	}
	if e-d < 1 || e-d > 2 {
		return 0
	}
	e = ordinal(b, e)
	y := gap(b, e)
	if r := run(b, y); r-y == 4 {
		return r
	}
	return e
}

// spoken are the words of days and years as transcripts of calls have them.
var spoken = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range []string{"first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth", "twentieth", "thirtieth", "thirty", "twenty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety", "nineteen", "two", "thousand", "oh", "hundred", "one", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "of", "and", "the"} {
		m[w] = true
	}
	return m
}()

// SpokenDate returns the end of a date in words at b[i], "february eleventh
// nineteen sixty one", or 0: a month and two or more words of numbers.
func SpokenDate(b []byte, i int) int {
	e := i
	for e < len(b) && IsLetter(b[e]) {
		e++
	}
	if !MonthWord(b[i:e]) {
		return 0
	}
	end, words := 0, 0
	for words < 8 && e+1 < len(b) && (b[e] == ' ' || b[e] == '-' || b[e] == ',') {
		k := e + 1
		for k < len(b) && b[k] == ' ' {
			k++
		}
		j := k
		for j < len(b) && IsLetter(b[j]) {
			j++
		}
		if !spoken[string(b[k:j])] {
			break
		}
		words++
		end, e = j, j
	}
	if words < 2 {
		return 0
	}
	return end
}

// MonthWord says that w is the name of a month, or its first three letters.
func MonthWord(w []byte) bool {
	if len(w) < 3 || len(w) > 9 {
		return false
	}
	for i, m := range months {
		if folded(w, m) {
			return len(w) == 3 || folded2(w, monthNames[i]) && len(w) == len(monthNames[i]) || folded(w, "sept") && len(w) == 4
		}
	}
	return false
}

var monthNames = [...]string{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"}
