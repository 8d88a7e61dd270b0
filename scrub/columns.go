package scrub

import (
	"bytes"

	"github.com/scrubline/scrubline/scrub/recognizer"
)

// column returns the span of the column of a record of fixed width that ends at
// b[q], without the words with digits that stand before it.
func column(b []byte, q int) (start, end int) {
	start = q
	for start > 0 && q-start < 48 && !columnar(b, start) && (recognizer.IsWord(b[start-1]) || b[start-1] == ' ' || b[start-1] == '-' || b[start-1] == '\'' || b[start-1] == ',' && q-start > 1) {
		start--
	}
	for k := q; k > start; k-- {
		if b[k-1] == ' ' && k-1 > start && recognizer.IsDigit(b[k-2]) {
			start = k
			break
		}
	}
	for start < q && b[start] == ' ' {
		start++
	}
	if start == q {
		return 0, 0
	}
	return start, q
}

// rowOfNames says that the cells before b[i] are those of a person: two of them
// are names, and the lists know one or a sex stands behind them.
func (s *searcher) rowOfNames(i int) bool {
	names, known := 0, false
	for p, n := i, 0; n < rowCells && names < 2; n++ {
		start, end := previousCell(s.b, p)
		if end == 0 {
			break
		}
		k, is := cellKind(s.b[start:end])
		if k == recognizer.None {
			break
		}
		if k == recognizer.PersonName && end-start > 1 {
			if names++; bytes.IndexByte(s.b[start:end], ',') > 0 {
				names++
			}
		}
		known = known || is || end-start == 1 && names == 0 && (s.b[start] == 'F' || s.b[start] == 'M')
		p = start
	}
	return names > 1 && known
}

// braced takes the values before the date of birth at b[i] in what Go's fmt prints
// of a struct: {Lee Ann 789524080 19500309}.
func (s *searcher) braced(i int) bool {
	b, p := s.b, i
	var from, to [rowCells]int
	n, names, known := 0, 0, false
	for n < rowCells && p > 1 && b[p-1] == ' ' {
		end := p - 1
		start := end
		for start > 0 && end-start < 32 && b[start-1] != ' ' && b[start-1] != '{' && b[start-1] != '[' {
			start--
		}
		k, is := cellKind(b[start:end])
		if k == recognizer.None || start == 0 {
			return false
		}
		if k == recognizer.PersonName && end-start > 1 {
			names++
		}
		known = known || is
		from[n], to[n] = start, end
		n++
		if p = start; b[p-1] == '{' || b[p-1] == '[' {
			break
		}
	}
	if names < 2 || !known || b[p-1] != '{' && b[p-1] != '[' {
		return false
	}
	for c := range n {
		if k, _ := cellKind(b[from[c]:to[c]]); k != recognizer.Custom && to[c]-from[c] > 1 {
			s.e.add(&s.v, from[c], to[c], k)
		}
	}
	return true
}

// fixedWidth takes the date of birth b[i:end] in a record of fixed width, to which
// the sex of its person and a social security number are joined:
// 19730703F482932867.
func (s *searcher) fixedWidth(i, end int) bool {
	b := s.b
	if end >= len(b) || b[end] != 'F' && b[end] != 'M' && b[end] != 'U' || recognizer.All[recognizer.BirthDate].Value(b[:end], i, false) != end {
		return false
	}
	to := end + 1
	if to < len(b) && recognizer.IsDigit(b[to]) {
		if e := recognizer.All[recognizer.SSN].Value(b, to, false); e != to+9 {
			return false
		}
		to += 9
	} else if to < len(b) && recognizer.IsWord(b[to]) || !s.rowOfNames(i) {
		return false
	}
	s.take(i, end, recognizer.BirthDate)
	if to > end+1 {
		s.e.add(&s.v, end+1, to, recognizer.SSN)
	}
	s.pos, s.lastPerson = to, to
	return true
}
