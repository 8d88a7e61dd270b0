//go:build goexperiment.simd && amd64

package jsonindex

import (
	"math/bits"
	"simd/archsimd"
)

var hasAVX2 = archsimd.X86.AVX2()

// Scan goes on from Pos in the window w.
func (n *Nest) Scan(w []byte) Answer {
	if hasAVX2 && len(w)-n.Pos >= blockSize {
		if a := n.scanBlocks(w); a != More {
			return a
		}
	}
	return n.scanBytes(w, len(w))
}

// scanBlocks is Scan for as many whole blocks as there are. Of each block it makes masks, a
// bit a byte.
func (n *Nest) scanBlocks(w []byte) Answer {
	defer archsimd.ClearAVXUpperBits()
	quoteV, slashV := archsimd.BroadcastUint8x32('"'), archsimd.BroadcastUint8x32('\\')
	openV, closeV := archsimd.BroadcastUint8x32('{'), archsimd.BroadcastUint8x32('}')
	newlineV, rV := archsimd.BroadcastUint8x32('\n'), archsimd.BroadcastUint8x32('R')
	bit5 := archsimd.BroadcastUint8x32(0x20) // tells { from [ and } from ]
	depth, inString, quoted, carry := n.depth, n.inString, n.quoted, n.escaped
	for ; len(w)-n.Pos >= blockSize; n.Pos += blockSize {
		b := w[n.Pos:][:blockSize]
		x, y := archsimd.LoadUint8x32Slice(b), archsimd.LoadUint8x32Slice(b[32:])
		quotes := join(x.Equal(quoteV), y.Equal(quoteV))
		odd := join(x.Equal(slashV).Or(x.Equal(newlineV)), y.Equal(slashV).Or(y.Equal(newlineV)))
		records := join(x.Equal(rV), y.Equal(rV)) & (quotes<<1 | quoted)
		u, v := x.Or(bit5), y.Or(bit5)
		opens := join(u.Equal(openV), v.Equal(openV))
		closes := join(u.Equal(closeV), v.Equal(closeV))

		quoted = quotes >> 63
		var slash, escaped, after uint64
		if odd|carry != 0 {
			slash = join(x.Equal(slashV), y.Equal(slashV))
			escaped, after = escapes(slash, carry)
			quotes &^= escaped
		}
		in := prefixXor(quotes) ^ inString // from the opening quote to before the closing one
		var broken uint64
		if odd != 0 {
			if slash&^in != 0 { // a backslash outside of strings escapes nothing
				n.depth, n.inString, n.escaped = depth, inString, carry
				if a := n.scanBytes(w, n.Pos+blockSize); a != More {
					return a
				}
				n.Pos -= blockSize
				depth, inString, quoted, carry = n.depth, n.inString, n.quoted, n.escaped
				continue
			}
			broken = odd &^ slash & in &^ escaped
		}
		for ; records != 0; records &= records - 1 {
			n.Records = n.Records || mayBeRecords(w, n.Pos+bits.TrailingZeros64(records)-1)
		}
		opens, closes = opens&^in, closes&^in
		if ends := bits.OnesCount64(closes); depth <= ends || broken != 0 {
			if i, a := walkBlock(opens, closes, broken, depth); a != More {
				n.Pos += i
				return a
			}
		}
		depth += bits.OnesCount64(opens) - bits.OnesCount64(closes)
		inString, carry = uint64(int64(in)>>63), after
	}
	n.depth, n.inString, n.quoted, n.escaped = depth, inString, quoted, carry
	return More
}

// walkBlock finds where in a block the depth gets to zero, or the string that is broken.
func walkBlock(opens, closes, broken uint64, depth int) (int, Answer) {
	for s := opens | closes | broken; s != 0; s &= s - 1 {
		switch i := s & -s; {
		case i&opens != 0:
			depth++
		case i&broken != 0:
			return bits.TrailingZeros64(s), Broken
		default:
			if depth--; depth == 0 {
				return bits.TrailingZeros64(s) + 1, Whole
			}
		}
	}
	return 0, More
}

// prefixXor returns the word whose bit i is the parity of the bits 0 to i of x.
func prefixXor(x uint64) uint64 {
	x ^= x << 1
	x ^= x << 2
	x ^= x << 4
	x ^= x << 8
	x ^= x << 16
	x ^= x << 32
	return x
}

// escapes returns which bytes an odd run of backslashes before them escapes.
// carry is 1 if the block's first byte is escaped; after is the next block's
// carry. Runs start at even or at odd places: adding the run to itself carries
// out at its end, and the place of that tells odd runs from even ones.
func escapes(slash, carry uint64) (escaped, after uint64) {
	const odd = 0xaaaaaaaaaaaaaaaa
	starts := slash &^ carry
	codes := (starts<<1 | odd) - starts ^ odd
	return codes ^ (slash | carry), codes & slash >> 63
}

func join(low, high archsimd.Mask8x32) uint64 {
	return uint64(low.ToBits()) | uint64(high.ToBits())<<32
}
