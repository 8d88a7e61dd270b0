package scrub

import (
	"github.com/scrubline/scrubline/scrub/recognizer"
)

// sideBySide takes the given name b[i:end] and the family name beside it, each in quotes
// of its own or between the bars, tabs or commas of a row: ('Ann', 'Lee', and
// 17|Ann|Lee|1950-03-09.
func (s *searcher) sideBySide(i, end int) bool {
	b := s.b
	if i == 0 || end-i < 3 || end+4 >= len(b) || !recognizer.Capital(b, i) || !recognizer.GivenName(b[i:end]) || !recognizer.NameAlone(b[i:end]) {
		return false
	}
	from, mark := end, b[end]
	switch mark {
	case '\'', '"':
		if b[i-1] != mark || b[end+1] != ',' {
			return false
		}
		if from = end + 2; b[from] == ' ' {
			from++
		}
		if b[from] != mark {
			return false
		}
	case '|', '\t', ',':
		if c := b[i-1]; c != mark && (c != ' ' || mark == ',') && c != '(' && c != '\n' && c != '=' {
			return false
		}
	default:
		return false
	}
	from++
	if from >= len(b) || !recognizer.Capital(b, from) {
		return false
	}
	to := recognizer.NameWord(b, from)
	if to-from < 2 || to >= len(b) || b[to] != mark || !recognizer.NameCell(b[from:to]) || mark == ',' && !recognizer.NamesKnown(b[from:to]) {
		return false
	}
	s.name(i, end)
	s.name(from, to)
	return true
}

// boundName takes the name b[i:end] that a driver of databases logs as the value of a
// parameter: parameter [2] as [VARCHAR] - [Lee].
func (s *searcher) boundName(i, end int) bool {
	b := s.b
	if i < 16 || b[i-1] != '[' || b[i-2] != ' ' || b[i-3] != '-' || end >= len(b) || b[end] != ']' || !s.near(i, 24, "varchar", "nvarchar") || !recognizer.NameAlone(b[i:end]) {
		return false
	}
	s.name(i, end)
	return true
}
