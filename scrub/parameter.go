package scrub

import (
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/recognizer"
)

// parameters are keys that announce something in the right surroundings only.
var parameters = func() map[string]int {
	m := map[string]int{}
	for use, keys := range map[int][]string{
		ofRange:    {"from", "to", "start", "end", "date", "since", "until", "startdate", "enddate", "start_date", "end_date", "datefrom", "dateto", "when", "day", "slot"},
		ofName:     {"first", "last", "fn", "ln", "pt", "patient", "family", "given", "holder", "payee", "rider", "caller", "guest", "visitor", "attendee", "f", "l"},
		ofNumber:   {"identifier"},
		ofDevice:   {"serial", "sn", "serialno", "serial_no", "serialnum"},
		ofBirth:    {"bd", "dtb", "b_dt", "bdt", "bday", "yob"},
		ofMerge:    {"survivor", "surviving", "retired", "winner", "loser", "kept", "survivorid", "retiredid", "keep", "drop", "kept", "dropped"},
		ofTemplate: {"template", "print", "tmpl", "enrollment", "sample", "template_id", "templateid"},
	} {
		for _, k := range keys {
			m[k] = use
		}
	}
	return m
}()

const (
	ofRange = iota + 1 // of dates
	ofName
	ofNumber   // of a resource, in a search of FHIR
	ofDevice   // of a patient
	ofMerge    // of two records of a patient
	ofTemplate // of biometric data
	ofBirth    // of somebody, in few letters
)

// parameterUse looks a key up in parameters, whatever its case.
func parameterUse(key []byte) int {
	var f [12]byte
	if len(key) > len(f) || len(key) == 0 || !parameterStart[key[0]|0x20] {
		return 0
	}
	for i, c := range key {
		if f[i] = c; recognizer.IsUpper(c) {
			f[i] |= 0x20
		}
	}
	if use := parameters[string(f[:len(key)])]; use != 0 || len(key) < 5 {
		return use
	}
	for _, p := range parameterPrefixes {
		if string(f[:len(p)]) == p {
			return parameters[string(f[len(p):len(key)])]
		}
	}
	return 0
}

// parameter is what a key announces that is too common to announce anything
// elsewhere: a range of dates in a query that names a person, first= and last=
// among query parameters, a template beside a fingerprint.
func (s *searcher) parameter(key []byte, value int, query bool) announcement {
	query = query || s.query()
	switch parameterUse(key) {
	case ofRange:
		if end := segment(s.b, value); query && value < len(s.b) && end-value < 12 && s.nanp(value, end) { // to=14155550132
			if s.near(value, 60, "fax") {
				return announcement{kind: recognizer.Fax}
			}
			return announcement{kind: recognizer.Phone}
		}
		if (s.e.patient || query && (s.e.reached || s.near(value, 160, ofCare...))) && (query || s.hint == schemas.Text && s.near(value, 100, "mbi", "member", "patient", "mrn", "subscriber", "dob", "ssn")) {
			return announcement{kind: recognizer.CareDate}
		}
	case ofName:
		if w := s.b[value:]; len(key) == 1 && !recognizer.NamesKnown(w[:recognizer.NameWord(w, 0)]) {
			return announcement{} // l=en
		}
		if query || s.hint == schemas.Text && (recognizer.Surname(s.b, value) || recognizer.QuotedName(s.b, value)) {
			return announcement{kind: recognizer.PersonName}
		}
	case ofNumber:
		if query {
			return announcement{kind: recognizer.MRN}
		}
	case ofBirth:
		if query || s.e.someone() {
			return announcement{kind: recognizer.BirthDate}
		}
	case ofDevice:
		if s.near(value, 80, ofDevices...) {
			return announcement{kind: recognizer.Device}
		}
	case ofMerge:
		if s.near(value, 80, "merge", "duplicate", "empi", "chart", "patient") {
			return announcement{kind: recognizer.MRN}
		}
	case ofTemplate:
		if s.near(value, 80, "voiceprint", "fingerprint", "biometric", "iris", "retina", "face match", "palm", "voice") {
			return announcement{kind: recognizer.Biometric}
		}
	}
	return announcement{}
}

// ofCare are words of addresses whose dates are of somebody's care.
var ofCare = []string{"encounter", "encounters", "visit", "visits", "appointment", "appointments", "admission", "admissions", "discharge", "claim", "claims", "statement", "statements"}

// query says that the text is a query or may hold one.
func (s *searcher) query() bool { return s.hint == schemas.Query || s.hint == schemas.URL }
