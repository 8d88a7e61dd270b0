package scrub

import (
	"github.com/scrubline/scrubline/scrub/recognizer"
)

// closeAge takes the age over 89 at b[i:end] behind somebody and "is": "Mrs. Lee is
// 93 and lives alone", "she just turned 101".
func (s *searcher) closeAge(i, end int) int {
	b := s.b
	if end-i < 2 || end-i > 3 || recognizer.All[recognizer.Age].Value(b, i, false) != end || end < len(b) && b[end] != '.' && b[end] != ',' && b[end] != ' ' && b[end] != ';' && b[end] != ')' {
		return 0
	}
	if end+1 < len(b) && b[end] == ' ' {
		next := b[end+1 : recognizer.NameWord(b, end+1)]
		switch string(next) {
		case "and", "years", "yrs", "now", "with", "who", "but", "or", "in":
		default:
			return 0
		}
	} else if end+1 < len(b) && recognizer.IsDigit(b[end+1]) {
		return 0
	}
	if i > 2 && b[i-1] == ' ' && b[i-2] == ',' && (end == len(b) || b[end] == ',' || b[end] == ';') && s.nameEnds(i-2) { // Ann Lee, 94, of …
		return s.takeAge(i, end)
	}
	j := i - 1
	for k := 0; k < 2 && j > 2; k++ { // is, turned, is now, just turned
		w := j
		for w > 0 && recognizer.IsLetter(b[w-1]) {
			w--
		}
		switch string(b[w:j]) {
		case "aged", "age":
			return s.takeAge(i, end)
		case "is", "turned", "turns", "turning", "was", "now", "just", "about", "almost", "at":
			if w == 0 || b[w-1] != ' ' {
				return 0
			}
			j = w - 1
			p := j
			for p > 0 && recognizer.IsLetter(b[p-1]) {
				p--
			}
			switch string(b[p:j]) {
			case "she", "he", "She", "He", "patient", "Patient", "pt", "Pt", "mother", "father", "grandmother", "grandfather", "wife", "husband", "who", "resident", "aunt", "uncle", "sister", "brother":
				return s.takeAge(i, end)
			}
			if s.matchEnds(j) && recognizer.IsLetter(b[j-1]) {
				return s.takeAge(i, end)
			}
		default:
			return 0
		}
	}
	return 0
}

func (s *searcher) takeAge(i, end int) int {
	if !s.untaken(i, end) {
		return 0
	}
	s.e.add(&s.v, i, end, recognizer.Age)
	return end
}
