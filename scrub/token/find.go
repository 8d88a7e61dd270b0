package token

import (
	"bytes"
	"encoding/binary"
)

const (
	mark      = "t1."
	bodyLen   = 26
	alphabet  = "abcdefghijklmnopqrstuvwxyz234567"
	maxDigits = 10 // of a key version

	// MaxLen is the length of the longest token.
	MaxLen = len(mark) + maxTypeName + 1 + maxDigits + 1 + bodyLen
)

// Is tells whether the whole of b is a token.
func Is(b []byte) bool {
	_, _, n := Parse(b)
	return n > 0 && n == len(b)
}

// Find returns the first token in b, or -1, -1.
//
// What stands beside it doesn't matter: a value is replaced where it was found,
// which may be inside a word, and scrubbing again must see the token there. The
// form has a fixed end, so the text that follows is never taken for part of it.
func Find(b []byte) (start, end int) {
	for at := 0; len(b)-at > len(mark)+bodyLen; {
		i := bytes.Index(b[at:], marker)
		if i < 0 {
			return -1, -1
		}
		at += i
		if _, _, n := Parse(b[at:]); n > 0 {
			return at, at + n
		}
		at++
	}
	return -1, -1
}

// marker is mark. Written where it is used it can be a new allocation each time.
var marker = []byte(mark)

// Parse reads the token that b starts with: its type, its key version and its
// length in bytes. The length is 0 if b does not start with a token.
func Parse(b []byte) (typ Type, version uint32, n int) {
	if len(b) < len(mark) || string(b[:len(mark)]) != mark {
		return 0, 0, 0
	}
	i := len(mark)
	for i < len(b) && i-len(mark) <= maxTypeName && b[i] != '.' {
		i++
	}
	if typ = typeOf(b[len(mark):i]); typ == 0 {
		return 0, 0, 0
	}
	i++ // the dot; if b ends here the next tests fail
	v, first := uint64(0), i
	for ; i < len(b) && i-first < maxDigits && b[i]-'0' <= 9; i++ {
		v = v*10 + uint64(b[i]-'0')
	}
	if i == first || b[first] == '0' || v > 1<<32-1 || len(b)-i < 1+bodyLen || b[i] != '.' {
		return 0, 0, 0
	}
	i++
	for _, c := range b[i : i+bodyLen] {
		if c-'a' > 'z'-'a' && c-'2' > '7'-'2' {
			return 0, 0, 0
		}
	}
	return typ, uint32(v), i + bodyLen
}

// appendBody appends the first 130 bits of sum in base32: three groups of five
// bytes are eight characters each, the next ten bits the last two.
func appendBody(dst []byte, sum *[32]byte) []byte {
	n := len(dst)
	dst = append(dst, alphabet[:bodyLen]...) // room; overwritten below
	out := (*[bodyLen]byte)(dst[n:])
	for g := range 3 {
		b := (*[8]byte)(sum[g*5:])
		v := binary.BigEndian.Uint64(b[:]) >> 24
		o := (*[8]byte)(out[g*8:])
		for i := range o {
			o[i] = alphabet[v>>(35-5*i)&31]
		}
	}
	v := uint(sum[15])<<8 | uint(sum[16])
	out[24], out[25] = alphabet[v>>11&31], alphabet[v>>6&31]
	return dst
}
