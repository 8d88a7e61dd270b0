package roster

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// role is what a word of the roster does there.
type role uint8

const (
	given   role = 1 << iota
	family       //
	several      // of a name of three words or more
	street       // first word of a street
)

const (
	maxRoleBits = 17 // 2^17 blocks of 8 bytes are 1 MiB: about what L2 caches hold
	fillLimit   = 5  // halved as long as one bit of so many is set at most
)

// roleFilter says what roles a word may have: a Bloom filter whose every question
// is answered by one block of 64 bits, two for each role. It lets some 5 words of
// 100 through that are none of the roster's. Two adjacent words must pass before
// a section is asked, and this is asked of every word of every text:
// bits-and-blooms' filter, which takes 90 ns a word, could not be.
type roleFilter struct {
	shift  uint
	blocks []uint64
}

func newRoleFilter() roleFilter {
	return roleFilter{64 - maxRoleBits, make([]uint64, 1<<maxRoleBits)}
}

// pair returns the two bits of a role, the n-th, in the block of a word.
func pair(spread uint64, n uint) uint64 {
	x := spread >> (n * 10)
	return 1<<(x&31) | 1<<(32+x>>5&31)
}

func spread(h uint64) uint64 { return h * 0x9e3779b97f4a7c15 }

func (f *roleFilter) add(h uint64, r role) {
	s := spread(h)
	for ; r != 0; r &= r - 1 {
		f.blocks[h>>f.shift] |= pair(s, uint(bits.TrailingZeros8(uint8(r))))
	}
}

// name returns which of given and family the word may be.
func (f *roleFilter) name(h uint64) role {
	block, s := f.blocks[h>>f.shift], spread(h)
	g, l := pair(s, 0), pair(s, 1)
	var r role
	if block&g == g {
		r = given
	}
	if block&l == l {
		r |= family
	}
	return r
}

// has says whether the word may have the n-th role.
func (f *roleFilter) has(h uint64, r role) bool {
	p := pair(spread(h), uint(bits.TrailingZeros8(uint8(r))))
	return f.blocks[h>>f.shift]&p == p
}

// shrink halves the filter while it is nearly empty.
func (f *roleFilter) shrink() {
	for len(f.blocks) > 1<<6 {
		set := 0
		for _, b := range f.blocks {
			set += bits.OnesCount64(b)
		}
		if set*2*fillLimit > len(f.blocks)*64 {
			return
		}
		half := f.blocks[:len(f.blocks)/2]
		for i := range half {
			half[i] = f.blocks[2*i] | f.blocks[2*i+1]
		}
		f.blocks = half
		f.shift++
	}
}

func (f *roleFilter) appendTo(dst []byte) []byte {
	for _, b := range f.blocks {
		dst = binary.LittleEndian.AppendUint64(dst, b)
	}
	return dst
}

func readRoleFilter(b []byte) (roleFilter, error) {
	n := len(b) / 8
	if n < 2 || n > 1<<maxRoleBits || bits.OnesCount(uint(n)) != 1 || len(b)%8 != 0 {
		return roleFilter{}, fmt.Errorf("%w: the filter of words has %d bytes", ErrDamaged, len(b))
	}
	f := roleFilter{uint(64 - bits.TrailingZeros(uint(n))), make([]uint64, n)}
	for i := range f.blocks {
		f.blocks[i] = binary.LittleEndian.Uint64(b[8*i:])
	}
	return f, nil
}
