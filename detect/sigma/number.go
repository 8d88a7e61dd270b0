package sigma

import (
	"math"
	"strconv"
)

// AppendNumber appends a decimal number, as YAML and JSON write it, in the form
// in which numbers are compared as text: integers as they are, others in the
// shortest form without needless zeros, with an exponent from 1e21 on and below
// 1e-6. What is no number is appended as it is.
func AppendNumber(dst, text []byte) []byte {
	if integer(text) {
		if len(text) == 2 && text[0] == '-' && text[1] == '0' {
			text = text[1:]
		}
		return append(dst, text...)
	}
	f, ok := ParseNumber(text)
	if !ok {
		return append(dst, text...)
	}
	if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e21) {
		n := len(dst)
		dst = strconv.AppendFloat(dst, f, 'e', -1, 64)
		return trimExponent(dst, n)
	}
	return strconv.AppendFloat(dst, f, 'f', -1, 64)
}

func integer(b []byte) bool {
	if len(b) > 0 && b[0] == '-' {
		b = b[1:]
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(b) > 0
}

// trimExponent takes the plus sign and leading zero out of an exponent written
// behind dst[from:].
func trimExponent(dst []byte, from int) []byte {
	for i := from; i < len(dst); i++ {
		if dst[i] != 'e' {
			continue
		}
		w := i + 1
		if dst[w] == '-' {
			w++
		}
		r := i + 2 // strconv always writes a sign
		for r < len(dst)-1 && dst[r] == '0' {
			r++
		}
		return append(dst[:w], dst[r:]...)
	}
	return dst
}

// ParseNumber reads a decimal number as JSON and people write it: digits, a
// point, an exponent; no blanks, no plus sign in front, no infinity.
func ParseNumber(b []byte) (float64, bool) {
	i, digits := 0, 0
	if i < len(b) && b[i] == '-' {
		i++
	}
	for ; i < len(b) && b[i] >= '0' && b[i] <= '9'; i++ {
		digits++
	}
	if digits == 0 {
		return 0, false
	}
	if i < len(b) && b[i] == '.' {
		from := i + 1
		for i++; i < len(b) && b[i] >= '0' && b[i] <= '9'; i++ {
		}
		if i == from {
			return 0, false
		}
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		i++
		if i < len(b) && (b[i] == '-' || b[i] == '+') {
			i++
		}
		from := i
		for ; i < len(b) && b[i] >= '0' && b[i] <= '9'; i++ {
		}
		if i == from {
			return 0, false
		}
	}
	if i != len(b) || len(b) > 64 {
		return 0, false
	}
	f, err := strconv.ParseFloat(string(b), 64) // at most 64 bytes: the string stays on the stack
	return f, err == nil
}
