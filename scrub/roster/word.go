package roster

import (
	"encoding/binary"
	"math/bits"
)

const (
	wordMax = 32 // bytes of a canonical word; longer ones are no names

	ones  = 0x0101010101010101
	highs = 0x80 * ones
)

// runEnd returns where the letters and digits of ASCII at b[i:] end.
func runEnd(b []byte, i int) int {
	for i+8 <= len(b) {
		x := binary.LittleEndian.Uint64(b[i:])
		y := (x | 0x20*ones) &^ highs
		d := x &^ highs
		word := (y+0x1f*ones)&^(y+0x05*ones) | (d+0x50*ones)&^(d+0x46*ones)
		if other := (^word | x) & highs; other != 0 {
			return i + bits.TrailingZeros64(other)>>3
		}
		i += 8
	}
	for i < len(b) && alnum(b[i]) {
		i++
	}
	return i
}

// load returns eight bytes of b at i, zeros behind its end. b has eight or more.
func load(b []byte, i int) uint64 {
	if i+8 <= len(b) {
		return binary.LittleEndian.Uint64(b[i:])
	}
	return binary.LittleEndian.Uint64(b[len(b)-8:]) >> (8 * (i + 8 - len(b)))
}

// lettersOf returns how many ASCII letters x starts with and x in lower case.
func lettersOf(x uint64) (n int, y uint64) {
	y = x | 0x20*ones
	low := y &^ highs
	// The high bit of each byte that is no letter: below a, above z, or not ASCII.
	other := (^(low + 0x1f*ones) | (low + 0x05*ones) | x) & highs
	return bits.TrailingZeros64(other) >> 3, y
}

// wordAt returns the end of the word that starts at b[i] and the hash of its
// canonical form. Words of ASCII letters, nearly all, are read eight bytes at a
// time. ok is false for what is too long to be a name.
func (s *Scanner) wordAt(b []byte, i int) (end int, hash uint64, ok bool) {
	h := &s.r.hash
	acc, start := h.k0, i
	for len(b) >= 8 && i < len(b) && i-start < wordMax {
		n, y := lettersOf(load(b, i))
		if i+n < len(b) && (b[i+n] >= 0x80 || n == 8 && letter(b[i+n])) {
			if n < 8 || b[i+n] >= 0x80 {
				break
			}
			acc = fold(acc^y, h.k1)
			i += 8
			continue
		}
		if n < 8 {
			y &= 1<<(8*n) - 1
		}
		return i + n, h.last(acc, y, i+n-start), true
	}
	return s.slowWord(b, start)
}

// slowWord is wordAt for words with other letters and at the end of text.
func (s *Scanner) slowWord(b []byte, i int) (end int, hash uint64, ok bool) {
	s.word = s.word[:0]
	for i < len(b) {
		out, n, ok := appendFolded(s.word, b[i:])
		if !ok {
			break
		}
		if i += n; len(out) <= wordMax {
			s.word = out
		} else {
			end = -1
		}
	}
	if end < 0 || len(s.word) == 0 {
		return i, 0, false
	}
	return i, s.r.hash.bytes(s.word), true
}
