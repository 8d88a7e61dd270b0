package scrub

import (
	"github.com/scrubline/scrubline/scrub/recognizer"
)

// scheme passes what says how to read a value: the scheme of a credential (Bearer,
// RFC 9110, section 11), the comparison before a date of a FHIR search (ge1950-01-02).
func scheme(b []byte, i int, k recognizer.Kind) int {
	switch k {
	case recognizer.Secret:
		for _, t := range [...]string{"bearer", "basic", "token", "digest", "negotiate"} {
			if j := i + len(t); j+1 < len(b) && b[j] == ' ' && foldedEqual(b[i:j], t) {
				return j + 1
			}
		}
	case recognizer.BirthDate, recognizer.CareDate:
		if i+2 < len(b) && recognizer.IsDigit(b[i+2]) {
			switch string(b[i : i+2]) {
			case "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap":
				return i + 2
			}
		}
	}
	return i
}

// literal passes the type of a typed SQL literal: DATE '1950-01-02', N'text'.
func literal(b []byte, i int) int {
	for _, t := range [...]string{"tel:", "mailto:", "sip:", "datetime.date(", "datetime.datetime(", "isodate(\"", "timestamp('", "some(\"", "#inst \"", "~d[", "to_date('"} { // a URI of a telephone or a mailbox; what languages write around a value
		if j := i + len(t); j < len(b) && foldedText(b[i:j], t) {
			return j
		}
	}
	if j := i + len("string("); j+4 < len(b) && foldedText(b[i:j], "string(") { // PHP: string(6) "Ann"
		for j < len(b) && recognizer.IsDigit(b[j]) {
			j++
		}
		if j+3 < len(b) && string(b[j:j+3]) == `) "` {
			return j + 3
		}
	}
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
