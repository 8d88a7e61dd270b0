package scrub

import (
	"github.com/scrubline/scrubline/scrub/recognizer"
)

// closeProse looks at the word b[i:end] of a text that a person wrote.
func (s *searcher) closeProse(i, end int) int {
	b := s.b
	if end < len(b) && (recognizer.IsDigit(b[end]) || b[end] == '-') && recognizer.IsUpper(b[i]) {
		if to := s.closeID(i, end); to > 0 {
			return to
		}
		return s.closeKeyed(i)
	}
	if recognizer.Capital(b, i) || i > 0 && b[i-1] != ' ' && b[i-1] != '"' && b[i-1] != '\'' {
		return 0
	}
	to := recognizer.LowerNames(b, i)
	if to == 0 && s.phraseBefore(i, "thx", "thanks", "thank you", "regards", "sincerely", "best", "love", "cheers") && recognizer.GivenName(b[i:end]) && (end == len(b) || b[end] == '"' || b[end] == '.' || b[end] == '\n') {
		to = end // thx ann
	}
	if to == 0 || !s.untaken(i, to) {
		return 0
	}
	s.e.add(&s.v, i, to, recognizer.PersonName)
	return to
}

// closeSingle takes a word of the lists of names that stands alone as a value, in
// quotes or behind =, or that is joined to a number of a person (joined):
// source='Reyes', /Reyes/, MRN35058997_reyes.
func (s *searcher) closeSingle(i, end int, joined bool) int {
	b := s.b
	if end-i < 3 {
		return 0
	}
	end = recognizer.NameWord(b, i)
	if i == 0 {
		if joined || end != len(b) || !s.inArray() || !s.e.patient || !recognizer.NameAlone(b) || !s.untaken(0, end) {
			return 0
		}
		s.e.add(&s.v, 0, end, recognizer.PersonName)
		return end
	}
	next := byte(0)
	if end < len(b) {
		next = b[end]
	}
	switch before := b[i-1]; {
	case joined != (before == '_' || before == '-'):
		return 0
	case joined:
		if next != '_' && next != '.' && next != '-' || end-i < 4 || !s.matchEnds(i-1) {
			return 0
		}
	case !recognizer.Capital(b, i):
		return 0
	case (before == '"' || before == '\'' || before == '>' || before == '|') && (next == before || next == '%' || next == '<' && before == '>' || next == ',' && before != '|'):
	case before == '[' && next == ']' || before == '(' && next == ')' && b[max(0, i-2)] == ' ':
	case (before == '=' || before == '/' && b[max(0, i-2)] == ' ') && (next == ' ' && !recognizer.Capital(b, min(end+1, len(b)-1)) || next == ',' || next == ';' || next == ')' || next == ']' || next == '}' || next == 0 || next == '&' || next == '/' && before == '/'):
	default:
		return 0
	}
	if !recognizer.NameAlone(b[i:end]) || codeBefore(b, i) || !s.untaken(i, end) {
		return 0
	}
	s.e.add(&s.v, i, end, recognizer.PersonName)
	return end
}

// codeBefore says that b[i] is the value of what is called a code: classCode="PAT".
func codeBefore(b []byte, i int) bool {
	j := i
	for j > 0 && i-j < 4 && (b[j-1] == '"' || b[j-1] == '\'' || b[j-1] == '=' || b[j-1] == ':' || b[j-1] == ' ') {
		j--
	}
	return j < i && j >= 4 && foldedText(b[j-4:j], "code")
}

// nameStarts says that a match of a person's name starts at b[i].
func (s *searcher) nameStarts(i int) bool {
	at := s.v.at(i)
	for k := range s.e.matches {
		if m := &s.e.matches[k]; m.Start == at && m.Kind == recognizer.PersonName {
			return true
		}
	}
	return false
}

// nameEnds says that a match of a person's name ends at b[i].
func (s *searcher) nameEnds(i int) bool {
	at := s.v.at(i)
	for k := range s.e.matches {
		if m := &s.e.matches[k]; m.End == at && m.Kind == recognizer.PersonName {
			return true
		}
	}
	return false
}

// inArray says that the text is an element of an array in JSON.
func (s *searcher) inArray() bool {
	from := int(s.v.at(0))
	if s.v.base == 0 || from < 2 || s.e.raw[from-1] != '"' {
		return false
	}
	from--
	for from > 0 && (s.e.raw[from-1] == ' ' || s.e.raw[from-1] == '\\') {
		from--
	}
	if from == 0 || s.e.raw[from-1] != '[' && s.e.raw[from-1] != ',' {
		return false
	}
	to := int(s.v.at(0)) + len(s.b)
	for to < len(s.e.raw) && (s.e.raw[to] == '"' || s.e.raw[to] == ' ' || s.e.raw[to] == '\\') {
		to++
	}
	return to < len(s.e.raw) && s.e.raw[to] != ':'
}

// matchEnds says that a match of a number or a date of a person ends at b[i].
func (s *searcher) matchEnds(i int) bool {
	at := s.v.at(i)
	for k := range s.e.matches {
		if m := &s.e.matches[k]; m.End == at && m.Kind != recognizer.IPAddress && m.Kind != recognizer.Secret {
			return true
		}
	}
	return false
}

// closePath takes two segments of a path that are a person's names, in small letters:
// /lookup/reyes/wanda/1992-03-25.
func (s *searcher) closePath(i, end int) int {
	b := s.b
	if end+3 >= len(b) || b[end] != '/' || recognizer.IsUpper(b[i]) {
		return 0
	}
	to := recognizer.NameWord(b, end+1)
	if to-end < 4 || to < len(b) && b[to] != '/' && b[to] != '?' && b[to] != ' ' || !recognizer.NamesBoth(b[i:end], b[end+1:to]) || recognizer.Cue(b[i:end]) != recognizer.NoCue || recognizer.Cue(b[end+1:to]) != recognizer.NoCue || !s.untaken(i, to) {
		return 0
	}
	s.e.add(&s.v, i, end, recognizer.PersonName)
	s.e.add(&s.v, end+1, to, recognizer.PersonName)
	return to
}

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
