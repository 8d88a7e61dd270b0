package scrub

import (
	"github.com/scrubline/scrubline/scrub/recognizer"
)

// dicomAt says that b[i] starts a data element, (0010,0010): it is no value of what
// stands before it, the name of another one.
func dicomAt(b []byte, i int) bool {
	return i+11 <= len(b) && b[i+5] == ',' && b[i+10] == ')'
}

// dicom looks at a data element as toolkits print it, (0010,0010) PN [LEE^ANN]:
// the elements of the patient and study groups (DICOM PS3.6; PS3.15, annex E,
// lists those to remove).
func (s *searcher) dicom(i int) {
	b := s.b
	if i+12 > len(b) || b[i+5] != ',' {
		return
	}
	blank := 0 // pydicom writes (0010, 0010)
	if b[i+6] == ' ' {
		blank = 1
	}
	if b[i+10+blank] != ')' {
		return
	}
	k := dicomKind(string(b[i+1:i+5]), string(b[i+6+blank:i+10+blank]))
	if k == recognizer.None {
		return
	}
	j := i + 11 + blank
	if blank > 0 { // a name and the type follow: Patient ID    LO: '123'
		for j < len(b) && j < i+70 && b[j] != '\n' && !(b[j] == '\'' && b[j-1] == ' ' && b[j-2] == ':') {
			j++
		}
		shut := byte('\'')
		end := j + 1
		for end < len(b) && end-j < 400 && b[end] != shut && b[end] != '\n' {
			end++
		}
		if j < len(b) && b[j] == shut && end > j+1 && ours(b[j+1:]) == 0 {
			s.take(j+1, end, k)
		}
		return
	}
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
