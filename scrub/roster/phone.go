package roster

import "github.com/scrubline/scrubline/scrub/recognizer"

// phone says whether the digits are a telephone number of the roster.
func (s *Scanner) phone(p []byte) bool {
	if !s.r.phoneLeads.has(p) {
		return false
	}
	mac, ok := s.r.tables[phones].get(s.r.hash.entry(phones, s.r.hash.bytes(p), 1))
	return ok && s.macs.bits(append(s.macs.start(Phone), p...)) == mac
}

// dialed looks for a telephone number in groups, the first of which is b[i:end],
// and returns where it ends.
func (s *Scanner) dialed(b []byte, i, end int) int {
	n := end - i
	if n > 8 || len(s.r.tables[phones].parts) == 0 {
		return 0
	}
	if n > 2 && !s.r.phoneLeads.some(b[i:]) {
		return 0
	}
	s.word = append(s.word[:0], b[i:end]...)
	groups := 1
	for j := end; groups < 6; groups++ {
		gap := 0
		for j < len(b) && gap < 3 {
			if d := dashLen(b, j); d > 0 {
				j += d
			} else if marks[b[j]]&isDial != 0 {
				j++
			} else {
				break
			}
			gap++
		}
		from := j
		for j < len(b) && digit(b[j]) {
			j++
		}
		if gap == 0 || j == from || len(s.word)+j-from > 15 {
			return 0
		}
		s.word = append(s.word, b[from:j]...)
		p := s.word
		if len(p) == 11 && p[0] == '1' {
			p = p[1:]
		}
		if len(p) < 9 || j < len(b) && (alnum(b[j]) && b[j]|0x20 != 'x' && b[j]|0x20 != 'e') {
			continue
		}
		if s.phone(p) && !dotted(b[i:j]) {
			if i > 0 && b[i-1] == '(' || i > 0 && b[i-1] == '+' {
				i--
			}
			s.hit(i, j, recognizer.Phone)
			return j
		}
	}
	return 0
}

// dotted says that there are three points, as in an address of the network.
func dotted(b []byte) bool {
	n := 0
	for _, c := range b {
		if c == '.' {
			n++
		}
	}
	return n > 2
}
