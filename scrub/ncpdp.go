package scrub

import (
	"bytes"

	"github.com/scrubline/scrubline/scrub/recognizer"
)

// What pharmacies write: NCPDP's Telecommunication Standard (D.0) and SCRIPT (10.6,
// in EDIFACT's syntax), as their implementation guides give the fields.

// telecomFields says what the fields of the patient and insurance segments hold, by
// their ids.
var telecomFields = map[string]recognizer.Kind{
	"C4": recognizer.BirthDate, "CA": recognizer.PersonName, "CB": recognizer.PersonName, "CM": recognizer.StreetAddress, "CN": recognizer.StreetAddress, "CP": recognizer.ZIP, "CQ": recognizer.Phone, "HN": recognizer.Email, "CY": recognizer.MRN,
	"C2": recognizer.HealthPlan, "CC": recognizer.PersonName, "CD": recognizer.PersonName, "N5": recognizer.HealthPlan,
	"D1": recognizer.CareDate, "D2": recognizer.OtherID,
}

// telecomMax bounds what belongs to a segment.
const telecomMax = 1200

// telecom takes the fields behind a segment's id AM0n, whose end is b[i]: each a
// separator, two letters or digits and a value; or those two, = and a value.
func (s *searcher) telecom(i int) bool {
	b := s.b
	end := min(len(b), i+telecomMax)
	if n := bytes.IndexByte(b[i:end], '\n'); n >= 0 {
		end = i + n
	}
	raw := i < end && b[i] >= 0x1c && b[i] <= 0x1e
	found := false
	for i < end {
		for i < end && !recognizer.IsWord(b[i]) {
			i++
		}
		stop := i
		switch {
		case i+3 > end:
			return found
		case raw:
			for stop < end && (b[stop] < 0x1c || b[stop] > 0x1e) {
				stop++
			}
			found = s.telecomField(b[i:i+2], i+2, stop) || found
		case b[i+2] == '=' || b[i+2] == ':':
			for stop = i + 3; stop < end && !telecomNext(b[stop:end]); stop++ {
			}
			found = s.telecomField(b[i:i+2], i+3, stop) || found
		default:
			for stop < end && recognizer.IsWord(b[stop]) {
				stop++
			}
		}
		i = max(i+1, stop)
	}
	return found
}

// telecomNext says that b starts with a blank or a comma and another field or
// segment.
func telecomNext(b []byte) bool {
	if b[0] != ' ' && b[0] != ',' && b[0] != '|' && b[0] != ';' {
		return false
	}
	for len(b) > 1 && b[1] == ' ' {
		b = b[1:]
	}
	return len(b) > 3 && recognizer.IsWord(b[1]) && recognizer.IsWord(b[2]) && (b[3] == '=' || b[3] == ':') || len(b) > 4 && foldedText(b[1:4], "seg")
}

func (s *searcher) telecomField(id []byte, from, to int) bool {
	k := telecomFields[string(id)]
	for from < to && (s.b[from] == ' ' || s.b[from] == '"') {
		from++
	}
	for to > from && (s.b[to-1] == ' ' || s.b[to-1] == '"') {
		to--
	}
	if k == recognizer.None || to-from < 2 || ours(s.b[from:]) > 0 {
		return false
	}
	s.take(from, to, k)
	return true
}

// patientSegment takes the elements of the segment PTT of SCRIPT at b[i]: the birth
// date, the name, a number with its qualifier, the address and the ways to reach
// the patient. A + parts elements, a : components, ' ends it.
func (s *searcher) patientSegment(i int) bool {
	b := s.b
	end := i
	for end < len(b) && end-i < telecomMax && b[end] != '\'' && b[end] != '\n' {
		end++
	}
	element, component, at := 0, 0, i
	found := false
	for k := i; k <= end; k++ {
		if k < end && b[k] != '+' && b[k] != ':' {
			continue
		}
		kind := recognizer.None
		switch {
		case element == 2:
			kind = recognizer.BirthDate
		case element == 3 && component < 4:
			kind = recognizer.PersonName
		case element == 5 && component == 0:
			kind = recognizer.OtherID
			if k+2 < end && string(b[k+1:k+3]) == "SY" {
				kind = recognizer.SSN
			}
		case element == 6 && component < 2:
			kind = recognizer.StreetAddress
		case element == 6 && component == 3:
			kind = recognizer.ZIP
		case element >= 7 && component == 0 && numbers(b[at:k], 7):
			kind = recognizer.Phone
		}
		if kind != recognizer.None && k > at && ours(b[at:]) == 0 {
			s.take(at, k, kind)
			found = true
		}
		if component++; k < end && b[k] == '+' {
			element, component = element+1, 0
		}
		at = k + 1
	}
	if found {
		s.pos = end
	}
	return found
}

// openEHR takes the value compared with the path of AQL that ends at b[k:]: the
// patient of an EHR, or the EHR itself (openEHR, RM 1.1, EHR information model).
func (s *searcher) openEHR(k, i int) bool {
	a := announcement{}
	switch head := s.b[:k]; {
	case bytes.HasSuffix(head, []byte("external_ref/id/")):
		a.kind = recognizer.MRN
	case bytes.HasSuffix(head, []byte("ehr_id/")):
		a.kind = recognizer.PatientID
	default:
		return false
	}
	to := s.value(i+1, a)
	if to <= i+1 {
		return false
	}
	s.pos = to
	return true
}
