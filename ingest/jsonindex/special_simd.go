//go:build goexperiment.simd && amd64

package jsonindex

import "simd/archsimd"

// special fills dst with the masks of as many blocks of b.
func special(dst []uint64, b []byte) {
	if !hasAVX2 {
		specialWords(dst, b)
		return
	}
	quote, slash := archsimd.BroadcastUint8x32('"'), archsimd.BroadcastUint8x32('\\')
	control := archsimd.BroadcastUint8x32(0x1f)
	for i := range dst {
		q := b[i*blockSize:][:blockSize]
		x, y := archsimd.LoadUint8x32Slice(q), archsimd.LoadUint8x32Slice(q[32:])
		dst[i] = join(
			x.Equal(quote).Or(x.Equal(slash)).Or(x.Min(control).Equal(x)),
			y.Equal(quote).Or(y.Equal(slash)).Or(y.Min(control).Equal(y)))
	}
	archsimd.ClearAVXUpperBits()
}
