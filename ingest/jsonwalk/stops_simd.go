//go:build goexperiment.simd && amd64

package jsonwalk

import (
	"math/bits"

	"github.com/scrubline/scrubline/ingest/jsonindex"
)

// stops finds the bytes of a text that are not plain.
type stops struct{ masks []uint64 }

// find makes s the stops of b.
func (s *stops) find(b []byte) { s.masks = jsonindex.Special(s.masks, b) }

// near returns where from i on the first byte is that is not plain, the length of
// the text or more if there is none; ok is false if it is not in sight. Whether a
// string ends in the block in which it begins is anybody's guess, so 64 bytes from i
// on are looked at together: nearly all end there.
func (s *stops) near(_ []byte, i int) (stop int, ok bool) {
	k := uint(i) >> 6
	m := s.masks[k]>>(i&63) | s.masks[k+1]<<1<<(^i&63)
	return i + bits.TrailingZeros64(m), m != 0
}

// next is near until it finds something.
func (s *stops) next(b []byte, i int) int {
	for {
		stop, ok := s.near(b, i)
		if ok {
			return stop
		}
		i += 64
	}
}
