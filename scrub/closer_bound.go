package scrub

import (
	"github.com/scrubline/scrubline/scrub/recognizer"
)

// Values that a statement was given, as the libraries between a program and its
// database write them: with their types, without the columns they go to.

// boundValue says that b[i:] is the value of a parameter, a text: "(1:VARCHAR) <- [",
// "VARCHAR] - [", "$1 = '", or with its type behind it, "Lee(String)".
func (s *searcher) boundValue(i, end int) bool {
	b := s.b
	if end+8 <= len(b) && string(b[end:end+8]) == "(String)" {
		return i > 1 && b[i-1] == ' ' && (b[i-2] == ',' || b[i-2] == ':')
	}
	if i > 9 && string(b[i-6:i]) == ") <- [" {
		k := i - 6
		for k > 0 && recognizer.IsLetter(b[k-1]) {
			k--
		}
		return string(b[k:i-6]) == "VARCHAR" || string(b[k:i-6]) == "CHAR"
	}
	if i > 12 && string(b[i-12:i]) == "VARCHAR] - [" {
		return true
	}
	return i > 5 && b[i-1] == '\'' && string(b[i-4:i-1]) == " = " && recognizer.IsDigit(b[i-5])
}

// closeBound takes the name or the number of a person at b[i:end] that a statement
// about somebody was given.
func (s *searcher) closeBound(i, end int) int {
	b := s.b
	if !s.boundValue(i, end) || !s.untaken(i, end) {
		return 0
	}
	k := recognizer.PersonName
	if recognizer.IsDigit(b[i]) {
		if n := end - i; n < 6 || n > 12 || !numbers(b[i:end], n) {
			return 0
		}
		if k = recognizer.MRN; s.nanp(i, end) {
			k = recognizer.Phone
		}
	} else if end = recognizer.NameWord(b, i); !recognizer.NameCell(b[i:end]) || end-i < 2 {
		return 0
	}
	s.e.add(&s.v, i, end, k)
	return end
}
