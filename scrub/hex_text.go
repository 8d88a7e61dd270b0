package scrub

import "github.com/scrubline/scrubline/scrub/recognizer"

// hexLeast hexadecimal digits in a row are tried as text, as databases print
// bytes (0x…, \x…, X'…'): a social security number takes 18.
const hexLeast = 18

// hexHead says whether hexadecimal digits at b[i] may be text: the first bytes are
// those of plain ASCII.
func hexHead(b []byte, i int) bool {
	if i+hexLeast > len(b) {
		return false
	}
	for k := i; k < i+hexLeast; k += 2 {
		if b[k]-'2' > '7'-'2' || hexDigit(b[k+1]) < 0 {
			return false
		}
	}
	return true
}

// hexMark returns how long the mark of hexadecimal digits at b[i] is: 0x, or the x
// of \x.
func hexMark(b []byte, i int) int {
	switch {
	case i+2 < len(b) && b[i] == '0' && b[i+1]|0x20 == 'x':
		return 2
	case b[i] == 'x' && i > 0 && b[i-1] == '\\':
		return 1
	}
	return 0
}

// hex looks into the text that stands at b[i] in hexadecimal digits, if one does,
// and says whether it did.
func (s *searcher) hex(i int) bool {
	b := s.b
	i += hexMark(b, i)
	if s.depth >= maxNesting || !hexHead(b, i) {
		return false
	}
	end, l := i, &s.e.levels[s.depth].buf[0]
	l.grow(0)
	for ; end+1 < len(b); end += 2 {
		hi, lo := hexByte(b, end)
		if hi < 0 {
			break
		}
		c := byte(hi<<4 | lo)
		if !plainByte(c) {
			return false
		}
		l.b = append(l.b, c)
	}
	if end < len(b) && recognizer.IsWord(b[end]) {
		return false
	}
	s.inside(l.b, i, end)
	return true
}
