package text

import "encoding/binary"

// NotDigits8 sets the high bit of each byte that is no digit.
func NotDigits8(x uint64) uint64 {
	x ^= zeros
	return ((x&^highs + 0x76*ones) | x) & highs
}

// notDigits is NotDigits without SIMD.
func notDigits(b *[64]byte) (m uint64) {
	for i := 56; i >= 0; i -= 8 {
		m = m<<8 | highBits(NotDigits8(binary.LittleEndian.Uint64(b[i:])))
	}
	return m
}

// highBits gathers the high bits of the bytes; the others must be 0.
func highBits(x uint64) uint64 { return x >> 7 * 0x0102040810204080 >> 56 }
