package scrub

import (
	"github.com/scrubline/scrubline/scrub/recognizer"
)

// closeHome takes the family name at b[i] whose home or family is spoken of, "Reyes
// residence", and two names that a slash joins, "Reyes/Wanda".
func (s *searcher) closeHome(i, end int) int {
	b := s.b
	if end-i < 3 || !recognizer.Capital(b, i) || end+1 >= len(b) {
		return 0
	}
	end = recognizer.NameWord(b, i)
	if end+1 >= len(b) {
		return 0
	}
	switch b[end] {
	case ' ':
		next := b[end+1 : recognizer.NameWord(b, end+1)]
		for _, w := range [...]string{"residence", "household", "family", "home", "estate", "family's"} {
			if len(next) == len(w) && foldedText(next, w) && recognizer.NamesKnown(b[i:end]) && !recognizer.Ordinary(b[i:end]) && s.untaken(i, end) {
				s.e.add(&s.v, i, end, recognizer.PersonName)
				return end
			}
		}
	case '/':
		to := recognizer.NameWord(b, end+1)
		if i > 0 && b[i-1] != ' ' && b[i-1] != '"' || to-end < 3 || !recognizer.Capital(b, end+1) || to < len(b) && (b[to] == '/' || b[to] == '.' || b[to] == '_' || recognizer.IsDigit(b[to])) {
			return 0
		}
		if recognizer.NamesBoth(b[i:end], b[end+1:to]) && s.untaken(i, to) {
			s.e.add(&s.v, i, end, recognizer.PersonName)
			s.e.add(&s.v, end+1, to, recognizer.PersonName)
			return to
		}
	}
	return 0
}
