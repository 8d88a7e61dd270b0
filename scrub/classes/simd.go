//go:build goexperiment.simd && amd64

package classes

import "simd/archsimd"

var vectors = archsimd.X86.AVX2()

func whole(dst []Block, b []byte) ([]Block, bool) {
	if !vectors {
		return plain(dst, b)
	}
	return avx2(dst, b)
}

// Marks and wraps are told by the two halves of a byte: a bit for each upper half
// that they occur with, marks in the lower four and the highest, and for each lower half the bits
// of the upper halves that make one with it.
//
// Both tables stand twice, once for each half of a vector.
var (
	upperHalf = twice([16]uint8{2: 0x01 | 0x10, 3: 0x02, 4: 0x04, 5: 0x08 | 0x20, 7: 0x40 | 0x80})
	lowerHalf = twice([16]uint8{0x0: 0x04, 0x5: 0x10, 0x6: 0x10, 0x8: 0x01, 0x9: 0x01, 0xa: 0x02 | 0x10, 0xb: 0x01 | 0x08 | 0x10 | 0x40 | 0x80, 0xc: 0x02 | 0x20 | 0x40, 0xd: 0x02 | 0x08 | 0x80, 0xe: 0x08 | 0x20 | 0x40, 0xf: 0x01})
)

func twice(t [16]uint8) (u [32]uint8) {
	copy(u[copy(u[:], t[:]):], t[:])
	return u
}

func avx2(dst []Block, b []byte) ([]Block, bool) {
	upper, lower := archsimd.LoadUint8x32(&upperHalf), archsimd.LoadUint8x32(&lowerHalf)
	zero := archsimd.BroadcastUint8x32('0')
	nine := archsimd.BroadcastUint8x32(9)
	a, capA := archsimd.BroadcastUint8x32('a'), archsimd.BroadcastUint8x32('A')
	z := archsimd.BroadcastUint8x32(25)
	fold := archsimd.BroadcastUint8x32(0x20)
	high := archsimd.BroadcastUint8x32(0x80)
	half := archsimd.BroadcastUint8x32(0x0f)
	marks := archsimd.BroadcastUint8x32(0x8f)
	none := archsimd.BroadcastUint8x32(0)
	wraps := none
	for ; len(b) >= 64; b = b[64:] {
		q := b[:64:64]
		x, y := archsimd.LoadUint8x32Slice(q), archsimd.LoadUint8x32Slice(q[32:])
		var k Block
		dx, dy := x.Sub(zero), y.Sub(zero)
		k.Digit = join(dx.Min(nine).Equal(dx).ToBits(), dy.Min(nine).Equal(dy).ToBits())
		beyond := join(x.Max(high).Equal(x).ToBits(), y.Max(high).Equal(y).ToBits())
		lx, ly := x.Or(fold).Sub(a), y.Or(fold).Sub(a)
		k.Letter = join(lx.Min(z).Equal(lx).ToBits(), ly.Min(z).Equal(ly).ToBits()) | beyond
		cx, cy := x.Sub(capA), y.Sub(capA)
		k.Capital = join(cx.Min(z).Equal(cx).ToBits(), cy.Min(z).Equal(cy).ToBits()) | beyond
		hx := upper.PermuteOrZeroGrouped(x.AsUint16x16().ShiftAllRight(4).AsUint8x32().And(half).AsInt8x32())
		hy := upper.PermuteOrZeroGrouped(y.AsUint16x16().ShiftAllRight(4).AsUint8x32().And(half).AsInt8x32())
		mx := lower.PermuteOrZeroGrouped(x.AsInt8x32()).And(hx)
		my := lower.PermuteOrZeroGrouped(y.AsInt8x32()).And(hy)
		k.Mark = ^join(mx.And(marks).Equal(none).ToBits(), my.And(marks).Equal(none).ToBits())
		wraps = wraps.Or(mx).Or(my)
		dst = append(dst, k)
	}
	found := wraps.And(archsimd.BroadcastUint8x32(0x70)).Equal(none).ToBits() != 1<<32-1
	archsimd.ClearAVXUpperBits()
	return dst, found
}

func join(lo, hi uint32) uint64 { return uint64(lo) | uint64(hi)<<32 }
