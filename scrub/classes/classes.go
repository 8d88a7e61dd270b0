// Package classes sorts the bytes of a text into classes, 64 at a time, one bit a
// byte, so that a search can go from candidate to candidate without looking at
// what lies between them.
package classes

// Block holds the classes of 64 bytes; bit i is of byte i. Bytes beyond the
// text's end are in no class.
type Block struct {
	Digit   uint64 // 0-9
	Letter  uint64 // A-Z, a-z and bytes beyond ASCII
	Capital uint64 // A-Z and bytes beyond ASCII
	Mark    uint64 // = : @ / + ^ < and the brackets ( ) [ ] { }
}

// Bits of the table of the plain version; wrap are the bytes % & + { | \ * ~ ^
// that encodings and formats inside a text cannot do without.
const (
	digit = 1 << iota
	letter
	capital
	mark
	wrap
)

var table = func() (t [256]uint8) {
	for c := range t {
		switch b := byte(c); {
		case b-'0' < 10:
			t[c] = digit
		case b-'A' < 26, b >= 0x80:
			t[c] = letter | capital
		case b-'a' < 26:
			t[c] = letter
		}
	}
	for _, c := range "=:@/+^<()[]{}" {
		t[c] |= mark
	}
	for _, c := range `%&+{|\*~^` {
		t[c] |= wrap
	}
	return t
}()

// Of appends the blocks of b to dst, (len(b)+63)/64 of them, and says whether one
// of the bytes % & + { | \ * ~ ^ is among b.
func Of(dst []Block, b []byte) (blocks []Block, wraps bool) {
	n := len(b) / 64 * 64
	if n > 0 {
		dst, wraps = whole(dst, b[:n])
	}
	if n == len(b) {
		return dst, wraps
	}
	var last bool
	if n > 0 { // the last 64 bytes, of which those before n have been seen
		dst, last = whole(dst, b[len(b)-64:])
		k, seen := &dst[len(dst)-1], 64-(len(b)-n)
		k.Digit, k.Letter, k.Capital, k.Mark = k.Digit>>seen, k.Letter>>seen, k.Capital>>seen, k.Mark>>seen
	} else {
		var tail [64]byte
		copy(tail[:], b)
		dst, last = whole(dst, tail[:])
	}
	return dst, wraps || last
}

// plain is whole without vector instructions. len(b) is a multiple of 64.
func plain(dst []Block, b []byte) ([]Block, bool) {
	var wraps uint64
	for ; len(b) >= 64; b = b[64:] {
		var k Block
		for i := 0; i < 64; i += 8 {
			q := b[i : i+8 : i+8]
			w := uint64(table[q[0]]) | uint64(table[q[1]])<<8 | uint64(table[q[2]])<<16 | uint64(table[q[3]])<<24 |
				uint64(table[q[4]])<<32 | uint64(table[q[5]])<<40 | uint64(table[q[6]])<<48 | uint64(table[q[7]])<<56
			wraps |= w
			k.Digit |= gather(w) << i
			k.Letter |= gather(w>>1) << i
			k.Capital |= gather(w>>2) << i
			k.Mark |= gather(w>>3) << i
		}
		dst = append(dst, k)
	}
	return dst, wraps&(wrap*0x0101010101010101) != 0
}

// gather collects the lowest bits of eight bytes.
func gather(w uint64) uint64 {
	return (w & 0x0101010101010101) * 0x0102040810204080 >> 56
}
