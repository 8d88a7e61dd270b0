package inflate

import "math/bits"

// Codes of up to so many bits are found by one look into a table; longer ones, which
// are rare, by a second look behind it.
const (
	literalBits  = 10
	distanceBits = 8
	lengthBits   = 7 // of the codes that code lengths are written in: all of them

	mostBits = 15
)

// An entry of a table says what a code stands for: in its low 6 bits how many bits
// the code and its extra bits are, in the 4 bits from 8 how many the code is, and
// from 16 on the literal, the least length or distance, or where the second table
// starts (whose index has as many bits as the bits from 8 say).
const (
	literal   = 1 << 31
	special   = 1 << 15 // none of literal, length and distance
	second    = 1 << 14 // with special: look into the second table
	endsBlock = 1 << 13 // with special
)

// Of each symbol what its entry has besides the code's length.
var (
	literals  = literalSymbols()
	distances = distanceSymbols()
	lengths   = lengthSymbols()
)

func literalSymbols() (of [288]uint32) {
	for i := range 256 {
		of[i] = literal | uint32(i)<<16
	}
	of[256] = special | endsBlock
	least := uint32(3)
	for i := range uint32(28) {
		extra := max(i/4, 1) - 1
		of[257+i] = least<<16 | extra
		least += 1 << extra
	}
	of[285] = 258 << 16
	of[286], of[287] = special, special
	return of
}

func distanceSymbols() (of [32]uint32) {
	least := uint32(1)
	for i := range uint32(30) {
		extra := max(i/2, 1) - 1
		of[i] = least<<16 | extra
		least += 1 << extra
	}
	of[30], of[31] = special, special
	return of
}

func lengthSymbols() (of [19]uint32) {
	for i := range of {
		of[i] = uint32(i) << 16
	}
	return of
}

// fill makes the table of a code: of each symbol its length in bits, 0 if it has
// none. It returns false if no code has these lengths: all bits must stand for
// something, except of a single symbol.
func fill(t []uint32, first int, length []uint8, of []uint32) bool {
	var count, at [mostBits + 1]int
	for _, n := range length {
		count[n]++
	}
	longest := mostBits
	for longest > 0 && count[longest] == 0 {
		longest--
	}
	code := 0
	for n := 1; n <= longest; n++ {
		at[n] = at[n-1]
		if n > 1 {
			at[n] += count[n-1]
		}
		code = code<<1 + count[n]
	}
	if whole := longest > 0 && code == 1<<longest; !whole {
		if longest > 1 || code > 1 {
			return false
		}
		for i := range t[:1<<first] {
			t[i] = special
		}
	}
	var sorted [288]uint16
	for symbol, n := range length {
		if n > 0 {
			sorted[at[n]] = uint16(symbol)
			at[n]++
		}
	}
	next, prefix, start, width := 1<<first, -1, 0, 0
	code = 0
	k := 0
	for n := 1; n <= longest; n++ {
		code <<= 1
		for ; count[n] > 0; count[n]-- {
			e := of[sorted[k]] + uint32(n) + uint32(n)<<8
			r := int(bits.Reverse16(uint16(code)) >> (16 - n))
			k++
			code++
			if n <= first {
				for i := r; i < 1<<first; i += 1 << n {
					t[i] = e
				}
				continue
			}
			if p := r & (1<<first - 1); p != prefix {
				prefix, start, width = p, next, n-first
				// As wide as the longest code with this prefix: the codes that are left
				// fill it in their order.
				for room := 1 << width; first+width < longest; width++ {
					if room -= count[first+width]; room <= 0 {
						break
					}
					room <<= 1
				}
				if next += 1 << width; next > len(t) {
					return false
				}
				t[p] = special | second | uint32(start)<<16 | uint32(width)<<8
			}
			for i := r >> first; i < 1<<width; i += 1 << (n - first) {
				t[start+i] = e
			}
		}
	}
	return true
}
