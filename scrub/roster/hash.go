package roster

import (
	"encoding/binary"
	"math/bits"
)

// hasher is the fast keyed hash. Its outputs stand in no file in clear, so it
// need not withstand who can see them; HMAC guards what it lets through.
type hasher struct{ k0, k1, k2, k3 uint64 }

func newHasher(key []byte) hasher {
	word := func(i int) uint64 { return binary.LittleEndian.Uint64(key[8*i:]) }
	return hasher{word(0), word(1) | 1, word(2) | 1, word(3) | 1}
}

// fold multiplies to 128 bits and joins the halves.
func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// bytes hashes canonical text, eight bytes at a time; wordAt computes the same
// from text that is not canonical yet.
func (h *hasher) bytes(b []byte) uint64 {
	acc, n := h.k0, len(b)
	for len(b) > 8 {
		acc = fold(acc^binary.LittleEndian.Uint64(b), h.k1)
		b = b[8:]
	}
	return h.last(acc, tail(b), n)
}

// last hashes the last, zero-padded eight bytes of a text of n.
func (h *hasher) last(acc, x uint64, n int) uint64 { return fold(acc^x, h.k1+uint64(n)<<1) }

// tail is up to eight bytes as a number.
func tail(b []byte) uint64 {
	if len(b) >= 8 {
		return binary.LittleEndian.Uint64(b)
	}
	x := uint64(0)
	for i := len(b) - 1; i >= 0; i-- {
		x = x<<8 | uint64(b[i])
	}
	return x
}

// entry is the hash of an entry of a section: x is made of its parts' hashes, n
// is their number.
func (h *hasher) entry(s section, x uint64, n int) uint64 {
	return fold(x^h.k3, h.k2+uint64(s)<<8+uint64(n)<<1)
}

// next adds a part whose place matters.
func (h *hasher) next(x, part uint64) uint64 { return fold(x^part, h.k3) }
