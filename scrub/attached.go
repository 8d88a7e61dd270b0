package scrub

import (
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/recognizer"
)

// attachedMin is how many digits a number has that a word joined to it announces.
const attachedMin = 5

// attached takes the number or id at b[i:end] that a hyphen or an underscore joins
// to the words that announce it, as in the names of files and objects:
// mrn-40012345, patient_98765432, scans/pid_12345678.
func (s *searcher) attached(i, end, digits int) bool {
	b := s.b
	iso := digits == 4 && end < len(b) && b[end] == '-' // the year of a date
	if digits < attachedMin && !iso || i < 3 || b[i-1] != '-' && b[i-1] != '_' || !recognizer.IsLetter(b[i-2]) {
		return false
	}
	k := i - 1
	for k > 0 && i-k < keyMax && (recognizer.IsLetter(b[k-1]) || b[k-1] == '-' || b[k-1] == '_') {
		k--
	}
	if k > 0 && recognizer.IsDigit(b[k-1]) && recognizer.IsLetter(b[k]) {
		return false
	}
	if string(b[k:i-1]) == "MR" && digits > 6 && digits < 12 { // no merge request has so many
		s.takeBeside(k, end, recognizer.MRN)
		return true
	}
	a := s.e.announce(b[k : i-1])
	if iso {
		if a.kind != recognizer.BirthDate {
			return false
		}
		if end = a.kind.Info().Value(b, i, false); end == 0 {
			return false
		}
	}
	return s.attachedValue(a, i, end)
}

// fused takes the word b[i:end] whose letters b[i:at] announce the number behind
// them: MRN40012345.
func (s *searcher) fused(i, at, end int) bool {
	for k := at; k < end; k++ {
		if !recognizer.IsDigit(s.b[k]) {
			return false
		}
	}
	a := s.e.announce(s.b[i:at])
	if _, _, one := recognizer.EndsPhrase(s.b[i:at]); !one || end-at < attachedMin || a.weak {
		return false
	}
	if a.kind == recognizer.BirthDate && end-at == 8 && a.kind.Info().Value(s.b, at, false) == end { // DOB19500309
		s.takeBeside(at, end, a.kind)
		return true
	}
	if a.kind != recognizer.MRN && a.kind != recognizer.PatientID && (a.kind != recognizer.SSN || end-at != 9) {
		return false
	}
	s.takeBeside(i, end, a.kind)
	return true
}

// attachedValue takes b[i:end] if a announces a number of a person and that is one.
// Eight digits that are a day of the last decades are the day a file was made.
func (s *searcher) attachedValue(a announcement, i, end int) bool {
	if a.weak || ours(s.b[i:]) > 0 {
		return false
	}
	k := a.kind
	switch k {
	case recognizer.PersonName:
		k = recognizer.PatientID
	case recognizer.MRN, recognizer.PatientID, recognizer.HealthPlan:
	case recognizer.SSN, recognizer.BirthDate, recognizer.MBI:
		if to := k.Info().Value(s.b, i, false); to == end {
			s.takeBeside(i, end, k)
			return true
		}
		return false
	default:
		return false
	}
	if end-i == 8 && recognizer.All[recognizer.BirthDate].Value(s.b, i, false) == end && s.b[i] >= '1' && s.b[i] <= '2' {
		return false
	}
	s.takeBeside(i, end, k)
	return true
}

// takeBeside notes a match and, in prose, the name that stands behind it.
func (s *searcher) takeBeside(i, end int, k recognizer.Kind) {
	s.take(i, end, k)
	if s.hint == schemas.Text {
		s.follow(end)
	}
}
