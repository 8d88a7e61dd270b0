//go:build goexperiment.simd && amd64

package scrub

import (
	"math/bits"
	"simd/archsimd"
)

var gateAVX2 = archsimd.X86.AVX2()

// hyphened is hyphenedSlow for 54 places at a time, and passes those that leaks
// would not look at further: of the 64 bytes of a window, the first and the last
// five are only neighbours.
func hyphened(b []byte, i int) int {
	if !gateAVX2 || len(b) < 64 {
		return hyphenedSlow(b, i)
	}
	hyphen, zero, nine := archsimd.BroadcastUint8x32('-'), archsimd.BroadcastUint8x32('0'), archsimd.BroadcastUint8x32(9)
	for i < len(b) {
		at := min(max(i-5, 0), len(b)-64)
		x, y := archsimd.LoadUint8x32Slice(b[at:]), archsimd.LoadUint8x32Slice(b[at+32:])
		h := uint64(x.Equal(hyphen).ToBits()) | uint64(y.Equal(hyphen).ToBits())<<32
		x, y = x.Sub(zero), y.Sub(zero)
		d := uint64(x.Min(nine).Equal(x).ToBits()) | uint64(y.Min(nine).Equal(y).ToBits())<<32
		ssn := h >> 3 &^ ((d | h) << 4)
		card := d << 4 & (d >> 3) & (d >> 4) & (h >> 5) &^ ((d | h) << 5)
		c := h & (d << 1) & (d << 2) & (d << 3) & (d >> 1) & (d >> 2) & (ssn | card)
		if c &= ^uint64(0) << (i - at); c != 0 {
			archsimd.ClearAVXUpperBits()
			return at + bits.TrailingZeros64(c)
		}
		if at == len(b)-64 {
			break
		}
		i = at + 59
	}
	archsimd.ClearAVXUpperBits()
	return -1
}
