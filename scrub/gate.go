package scrub

import "bytes"

// leaks is the egress gate: an independent look at a scrubbed record for the two
// shapes that are PHI wherever they stand, a social security number in its
// printed form and a payment card number in groups of four. It shares no code
// with the recognizers on purpose, and errs on the side of a tombstone.
//
// Both have three digits, a hyphen and two digits, so only such places are looked
// at.
func leaks(b []byte) bool {
	for i := hyphened(b, 3); i >= 0; i = hyphened(b, i+1) {
		if i == 3 || !wordByte(b[i-4]) {
			if ssnTail(b, i) {
				return true
			}
		} else if b[i-4]-'0' <= 9 && (i == 4 || !wordByte(b[i-5])) && cardTail(b, i-4) {
			return true
		}
	}
	return false
}

// hyphenedSlow finds the first hyphen from byte i on, i being 3 or more, that has
// three digits before it and two behind; -1 if there is none.
func hyphenedSlow(b []byte, i int) int {
	for ; i < len(b); i++ {
		n := bytes.IndexByte(b[i:], '-')
		if n < 0 {
			return -1
		}
		i += n
		if b[i-1]-'0' <= 9 && b[i-2]-'0' <= 9 && b[i-3]-'0' <= 9 && i+2 < len(b) && b[i+1]-'0' <= 9 && b[i+2]-'0' <= 9 {
			return i
		}
	}
	return -1
}

// wordByte says that c goes on or joins a word: what has one beside it is part
// of a longer identifier.
func wordByte(c byte) bool {
	return c-'0' < 10 || c|0x20-'a' < 26 && c|0x20 >= 'a' || c == '_' || c == '-' || c == '.' || c >= 0x80
}

// ssnTail says that b[i-3:] is ddd-dd-dddd with numbers that are given out.
func ssnTail(b []byte, i int) bool {
	if i+8 > len(b) || b[i+3] != '-' || i+8 < len(b) && wordByte(b[i+8]) {
		return false
	}
	for _, k := range [...]int{1, 2, 4, 5, 6, 7} {
		if b[i+k]-'0' > 9 {
			return false
		}
	}
	area := string(b[i-3 : i])
	return area != "000" && area != "666" && string(b[i+1:i+3]) != "00" && string(b[i+4:i+8]) != "0000"
}

// cardTail says that b[s:] is dddd-dddd-dddd-dddd with a valid check digit.
func cardTail(b []byte, s int) bool {
	if s+19 > len(b) || s+19 < len(b) && wordByte(b[s+19]) || b[s] < '3' || b[s] > '6' {
		return false
	}
	sum, n := 0, 0
	for i := s + 18; i >= s; i-- {
		if (i-s)%5 == 4 {
			if b[i] != '-' {
				return false
			}
			continue
		}
		d := int(b[i]) - '0'
		if d < 0 || d > 9 {
			return false
		}
		if n%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
		n++
	}
	return sum%10 == 0
}
