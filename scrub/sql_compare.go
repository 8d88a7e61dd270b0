package scrub

import (
	"github.com/scrubline/scrubline/scrub/recognizer"
)

// compare treats the literals behind an operator of SQL that is a word, as the
// column before it announces them: last_name ILIKE 'lee%', mrn IN ('1', '2'),
// dob BETWEEN '…' AND '…'. The operator is b[i:end]. It says whether there was
// one.
func (s *searcher) compare(i, end int) bool {
	b := s.b
	if aliased(b, i, end) {
		return s.alias(i, end)
	}
	if !operator(b[i:end]) {
		return false
	}
	at := end
	for at < len(b) && at < end+3 && (b[at] == ' ' || b[at] == '(') {
		at++
	}
	at = literal(b, at)
	if at == end || at >= len(b) || b[at] != '\'' && b[at-1] != '\'' || i < 2 || b[i-1] != ' ' {
		return false
	}
	from, to := i-1, i-1
	if b[from-1] == ')' { // upper(last_name) like 'LEE%'
		from--
		to--
	}
	for from > 0 && i-from < keyMax && (recognizer.IsWord(b[from-1]) || b[from-1] == '_' || b[from-1] == '.' || b[from-1] == '"' || b[from-1] == '`') {
		from--
	}
	a := s.e.announce(b[from:to])
	if a.kind == recognizer.None || a.weak {
		return false
	}
	for n := 0; n < maxColumns; n++ {
		for at < len(b) && (b[at] == '\'' || b[at] == '%') {
			at++
		}
		to := s.value(at, a)
		if to <= at {
			break
		}
		s.pos = to
		for to < len(b) && (b[to] == '\'' || b[to] == '%') {
			to++
		}
		next := to
		for next < len(b) && next < to+2 && (b[next] == ',' || b[next] == ' ') {
			next++
		}
		if next+4 < len(b) && foldedEqual(b[next:next+3], "and") && b[next+3] == ' ' {
			next = literal(b, next+4)
			if b[next] == '\'' {
				next++
			}
			if next >= len(b) || b[next-1] != '\'' {
				break
			}
		} else if next == to || next >= len(b) || b[next] != '\'' {
			break
		}
		at = next
	}
	return s.pos > end
}

// operator says that w is an operator of SQL that is a word.
// aliased says that b[i:end] is the AS behind a literal: 'Lee' AS last_name.
func aliased(b []byte, i, end int) bool {
	return end-i == 2 && i > 3 && b[i-1] == ' ' && b[i-2] == '\'' && end < len(b) && b[end] == ' ' && foldedEqual(b[i:end], "as")
}

// alias takes the literal before the AS at b[i:end] if the name behind it
// announces one.
func (s *searcher) alias(i, end int) bool {
	b := s.b
	to := end + 1
	for to < len(b) && (recognizer.IsWord(b[to]) || b[to] == '_') {
		to++
	}
	a := s.e.announce(b[end+1 : to])
	from := i - 2
	for from > 0 && i-from < 100 && b[from-1] != '\'' {
		from--
	}
	if a.kind == recognizer.None || a.weak || from == 0 || b[from-1] != '\'' || from >= i-2 || ours(b[from:]) > 0 {
		return false
	}
	s.e.add(&s.v, from, i-2, a.kind)
	s.note(from, i-2, a.kind)
	s.pos = to
	return true
}

func operator(w []byte) bool {
	switch len(w) {
	case 2:
		return foldedEqual(w, "in") || foldedEqual(w, "eq") || foldedEqual(w, "ne") // OData's too
	case 4:
		return foldedEqual(w, "like")
	case 5:
		return foldedEqual(w, "ilike")
	case 7:
		return foldedEqual(w, "between")
	}
	return false
}
