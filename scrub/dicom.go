package scrub

import (
	"github.com/scrubline/scrubline/scrub/recognizer"
)

// dicom looks at a data element as toolkits print it, (0010,0010) PN [LEE^ANN]:
// the elements of the patient and study groups (DICOM PS3.6; PS3.15, annex E,
// lists those to remove).
func (s *searcher) dicom(i int) {
	b := s.b
	if i+11 > len(b) || b[i+5] != ',' || b[i+10] != ')' {
		return
	}
	k := dicomKind(string(b[i+1:i+5]), string(b[i+6:i+10]))
	if k == recognizer.None {
		return
	}
	j := i + 11
	if j+1 < len(b) && (b[j] == '=' || b[j] == ':') && recognizer.IsWord(b[j+1]) { // (0010,0020)=123
		end := j + 1
		for end < len(b) && end-j < 100 && (recognizer.IsWord(b[end]) || b[end] == '^' || b[end] == '-' || b[end] == '\'') {
			end++
		}
		s.take(j+1, end, k)
		return
	}
	for j < len(b) && j < i+40 && b[j] != '[' && b[j] != '"' && b[j] != '\n' {
		j++
	}
	if j >= len(b) || b[j] != '[' && b[j] != '"' || ours(b[j:]) > 0 {
		return
	}
	shut := b[j]
	if shut == '[' {
		shut = ']'
	}
	end := j + 1
	for end < len(b) && end-j < 400 && b[end] != shut && b[end] != '\n' {
		end++
	}
	if end > j+1 && ours(b[j+1:end]) == 0 {
		s.take(j+1, end, k)
	}
}

func dicomKind(group, element string) recognizer.Kind {
	switch group {
	case "0008":
		switch element {
		case "0020", "0021", "0022", "0023", "0012":
			return recognizer.CareDate
		case "0050":
			return recognizer.OtherID
		}
	case "0010":
		switch element {
		case "0010", "1001", "1005", "1060":
			return recognizer.PersonName
		case "0020", "1000":
			return recognizer.MRN
		case "0030":
			return recognizer.BirthDate
		case "1040":
			return recognizer.StreetAddress
		case "2154":
			return recognizer.Phone
		case "1090":
			return recognizer.MRN
		}
	case "0018":
		if element == "1000" || element == "1002" {
			return recognizer.Device
		}
	case "0020":
		if element == "000d" || element == "000D" || element == "0010" {
			return recognizer.OtherID
		}
	case "0038":
		if element == "0010" {
			return recognizer.OtherID
		}
	}
	return recognizer.None
}
