package jsonindex

import "encoding/binary"

const (
	blockSize = 64

	ones   = 0x0101010101010101 // times c: c in each of eight bytes
	highs  = 0x80 * ones
	sevens = 0x7f * ones
)

// Special returns, in the memory of dst, a mask for each 64 bytes of b: a bit is
// set for every byte that a string may not hold without further thought, that
// is a quote, a backslash or a control character. All bits from len(b) on are
// set, and there are more than 64 of them: a search for the next bit ends, and
// the word after one that holds a byte of b, or the place after b, can be read.
func Special(dst []uint64, b []byte) []uint64 {
	full, rest := len(b)/blockSize, len(b)%blockSize
	if cap(dst) < full+2 {
		dst = make([]uint64, full+full/2+8)
	}
	dst = dst[:full+2]
	special(dst[:full], b)
	var last [blockSize]byte // zeros, which are control characters
	copy(last[:rest], b[full*blockSize:])
	special(dst[full:full+1], last[:])
	dst[full+1] = ^uint64(0)
	return dst
}

// specialWords is special in plain Go.
func specialWords(dst []uint64, b []byte) {
	for i := range dst {
		var m uint64
		q := b[i*blockSize:][:blockSize]
		for at := 0; at < blockSize; at += 8 {
			x := binary.LittleEndian.Uint64(q[at:])
			none := other(x^'"'*ones) & other(x^'\\'*ones) & other(x&(0xe0*ones))
			m |= ^none & highs >> 7 * 0x0102040810204080 >> 56 << at // gathers the high bits
		}
		dst[i] = m
	}
}

// other sets the high bit of each byte of x that is not zero. The other bits mean
// nothing.
func other(x uint64) uint64 { return x&sevens + sevens | x }
