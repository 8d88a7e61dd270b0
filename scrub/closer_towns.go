package scrub

import (
	"github.com/scrubline/scrubline/scrub/recognizer"
)

// closeTown takes the town of one to three words with capitals at b[i] that a state's
// letters follow, with a comma or a ZIP code: Spokane, WA; St. Paul MN 55101.
func (s *searcher) closeTown(i, end int) int {
	b := s.b
	if !recognizer.Capital(b, i) || i > 0 && b[i-1] != ' ' && b[i-1] != ',' && b[i-1] != '|' && b[i-1] != '"' && b[i-1] != '=' && b[i-1] != '/' && b[i-1] != ':' && b[i-1] != '\n' {
		return 0
	}
	to := i
	for words := 0; words < 3; words++ {
		e := recognizer.NameWord(b, to)
		if e-to < 2 || !recognizer.Capital(b, to) {
			return 0
		}
		if to = e; to < len(b) && b[to] == '.' && e-i == 2 { // St.
			to++
		}
		comma := to < len(b) && b[to] == ','
		k := to
		for k < len(b) && k < to+3 && (b[k] == ',' || b[k] == ' ') {
			k++
		}
		if k == to || k+2 > len(b) {
			return 0
		}
		if recognizer.State(b[k:k+2]) && (k+2 == len(b) || !recognizer.IsWord(b[k+2]) && b[k+2] != '-' && b[k+2] != '_') {
			zip := k+8 <= len(b) && b[k+2] == ' ' && numbers(b[k+3:k+8], 5)
			ends := k+2 == len(b) || b[k+2] == '.' || b[k+2] == ',' || b[k+2] == ')' || b[k+2] == '"' || b[k+2] == ';' || b[k+2] == '\n'
			if b[to-1] == '.' || !zip && !comma && (!ends || recognizer.Ordinary(b[i:to])) || !zip && recognizer.IsUpper(b[i+1]) || !s.untaken(i, to) {
				return 0
			}
			s.e.add(&s.v, i, to, recognizer.StreetAddress)
			return to
		}
		if comma || b[to] != ' ' {
			return 0
		}
		to++
	}
	return 0
}
