//go:build goexperiment.simd && amd64

package text

import "simd/archsimd"

var hasAVX2 = archsimd.X86.AVX2()

// NotDigits returns which bytes of b are no digits, the first in the lowest bit.
func NotDigits(b *[64]byte) uint64 {
	if !hasAVX2 {
		return notDigits(b)
	}
	lo := between(archsimd.LoadUint8x32Slice(b[:32]), '0', '9').ToBits()
	hi := between(archsimd.LoadUint8x32Slice(b[32:]), '0', '9').ToBits()
	archsimd.ClearAVXUpperBits()
	return ^(uint64(lo) | uint64(hi)<<32)
}

// Word says whether b consists of what AWS's ids, ARNs and words consist of:
// ASCII letters and digits and -_:/. . An empty b does.
func Word(b []byte) bool {
	if !hasAVX2 || len(b) < 32 {
		return word(b)
	}
	all := wordBytes32(b[len(b)-32:])
	for ; len(b) > 32; b = b[32:] {
		all = all.And(wordBytes32(b))
	}
	ok := all.ToBits() == 1<<32-1
	archsimd.ClearAVXUpperBits()
	return ok
}

func wordBytes32(b []byte) archsimd.Mask8x32 {
	x := archsimd.LoadUint8x32Slice(b)
	letter := between(x.Or(archsimd.BroadcastUint8x32(0x20)), 'a', 'z')
	return letter.Or(between(x, '-', ':')).Or(x.Equal(archsimd.BroadcastUint8x32('_')))
}

// Hex says whether b consists of hexadecimal digits.
func Hex(b []byte) bool {
	if !hasAVX2 || len(b) < 32 {
		return hexadecimal(b)
	}
	all := hexBytes32(b[len(b)-32:])
	for ; len(b) > 32; b = b[32:] {
		all = all.And(hexBytes32(b))
	}
	ok := all.ToBits() == 1<<32-1
	archsimd.ClearAVXUpperBits()
	return ok
}

func hexBytes32(b []byte) archsimd.Mask8x32 {
	x := archsimd.LoadUint8x32Slice(b)
	letter := between(x.Or(archsimd.BroadcastUint8x32(0x20)), 'a', 'f')
	return letter.Or(between(x, '0', '9'))
}

// NoControls says whether no byte of b is below the blank.
func NoControls(b []byte) bool {
	if !hasAVX2 || len(b) < 32 {
		return noControls(b)
	}
	least := archsimd.LoadUint8x32Slice(b[len(b)-32:])
	for ; len(b) > 32; b = b[32:] {
		least = least.Min(archsimd.LoadUint8x32Slice(b))
	}
	blank := archsimd.BroadcastUint8x32(' ')
	ok := least.Max(blank).Equal(least).ToBits() == 1<<32-1
	archsimd.ClearAVXUpperBits()
	return ok
}

// between says which bytes of x are from the first to the last of a range.
func between(x archsimd.Uint8x32, first, last uint8) archsimd.Mask8x32 {
	x = x.Sub(archsimd.BroadcastUint8x32(first))
	return x.Min(archsimd.BroadcastUint8x32(last - first)).Equal(x)
}
