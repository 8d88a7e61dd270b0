package scrub

import (
	"github.com/scrubline/scrubline/scrub/recognizer"
)

// maxColumns bounds the columns of an INSERT that are told apart.
const maxColumns = 64

// insert treats the values of INSERT INTO t (a, b) VALUES ('x', 'y'), as their
// columns announce them; the word VALUES ends at b[i]. It says whether a list of
// columns stood before it.
func (s *searcher) insert(i int) bool {
	b := s.b
	open := i
	for open < len(b) && b[open] == ' ' {
		open++
	}
	if open >= len(b) || b[open] != '(' {
		return false
	}
	j := i - len("values")
	for j > 0 && (b[j-1] == ' ' || b[j-1] == '\n') {
		j--
	}
	if j == 0 || b[j-1] != ')' {
		return false
	}
	var columns [maxColumns]announcement
	n, end := maxColumns, j-1 // from the last to the first
	for end > 0 && n > 0 && j-end < 2000 {
		k := end
		for k > 0 && (recognizer.IsWord(b[k-1]) || b[k-1] == '_' || b[k-1] == '"' || b[k-1] == '`' || b[k-1] == ' ' || b[k-1] == '[' || b[k-1] == ']') {
			k--
		}
		n--
		columns[n] = s.e.announce(b[k:end])
		if k == 0 || b[k-1] != ',' {
			break
		}
		end = k - 1
	}
	list := columns[n:]
	at := open + 1
	for c := 0; at < len(b) && c < len(list); c++ {
		for at < len(b) && b[at] == ' ' {
			at++
		}
		from, quoted := at, at < len(b) && b[at] == '\''
		if quoted {
			from = at + 1
			at = from
			for at < len(b) && (b[at] != '\'' || at+1 < len(b) && b[at+1] == '\'') {
				if b[at] == '\'' {
					at++
				}
				at++
			}
		} else {
			for at < len(b) && b[at] != ',' && b[at] != ')' {
				at++
			}
		}
		at = min(at, len(b))
		if a := list[c]; a.kind != recognizer.None && from < at && ours(b[from:]) == 0 && (quoted || recognizer.IsDigit(b[from]) || recognizer.IsLetter(b[from]) && a.kind.Info().Value(b, from, false) > from) {
			s.e.add(&s.v, from, at, a.kind)
		} else if a.kind != recognizer.None && !quoted {
			s.bound(from, a)
		}
		for at < len(b) && b[at] != ',' && b[at] != ')' {
			at++
		}
		if at >= len(b) || b[at] == ')' {
			break
		}
		at++
	}
	s.pos = min(at, len(b))
	return true
}
