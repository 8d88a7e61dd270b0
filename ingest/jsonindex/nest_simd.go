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

// scanBlocks is Scan for as many whole blocks as there are. Of each block it makes
// masks, a bit a byte.
func (n *Nest) scanBlocks(w []byte) Answer {
	quoteV, slashV := archsimd.BroadcastUint8x32('"'), archsimd.BroadcastUint8x32('\\')
	openV, closeV := archsimd.BroadcastUint8x32('{'), archsimd.BroadcastUint8x32('}')
	newlineV := archsimd.BroadcastUint8x32('\n')
	bit5 := archsimd.BroadcastUint8x32(0x20) // tells { from [ and } from ]
	i, depth, inString, quoted, carry, records := n.Pos, n.depth, n.inString, n.quoted, n.escaped, n.Records
	for ; i+blockSize <= len(w); i += blockSize {
		b := (*[blockSize]byte)(w[i:])
		x, y := archsimd.LoadUint8x32((*[32]byte)(b[:32])), archsimd.LoadUint8x32((*[32]byte)(b[32:]))
		quotes := join(x.Equal(quoteV), y.Equal(quoteV))
		odd := join(x.Equal(slashV).Or(x.Equal(newlineV)), y.Equal(slashV).Or(y.Equal(newlineV)))
		u, v := x.Or(bit5), y.Or(bit5)
		opens := join(u.Equal(openV), v.Equal(openV))
		closes := join(u.Equal(closeV), v.Equal(closeV))
		if !records {
			r := archsimd.BroadcastUint8x32('R')
			after := join(x.Equal(r), y.Equal(r)) & (quotes<<1 | quoted)
			for quoted = quotes >> 63; after != 0; after &= after - 1 {
				records = records || mayBeRecords(w, i+bits.TrailingZeros64(after)-1)
			}
		}
		in := quotes
		var broken, next uint64
		if odd|carry != 0 {
			slash := join(x.Equal(slashV), y.Equal(slashV))
			var escaped uint64
			escaped, next = escapes(slash, carry)
			in = parity(quotes&^escaped) ^ inString
			if slash&^in != 0 { // a backslash outside of strings escapes nothing
				archsimd.ClearAVXUpperBits()
				n.Pos, n.depth, n.inString, n.escaped, n.Records = i, depth, inString, carry, true
				if a := n.scanBytes(w, i+blockSize); a != More {
					return a
				}
				depth, inString, carry, records = n.depth, n.inString, n.escaped, true
				continue
			}
			broken = odd &^ slash & in &^ escaped
		} else {
			in = parity(in) ^ inString
		}
		opens, closes = opens&^in, closes&^in
		ends := bits.OnesCount64(closes)
		if depth <= ends || broken != 0 {
			if at, a := walkBlock(opens, closes, broken, depth); a != More {
				archsimd.ClearAVXUpperBits()
				n.Pos, n.Records = i+at, records
				return a
			}
		}
		depth += bits.OnesCount64(opens) - ends
		inString, carry = uint64(int64(in)>>63), next
	}
	archsimd.ClearAVXUpperBits()
	n.Pos, n.depth, n.inString, n.quoted, n.escaped, n.Records = i, depth, inString, quoted, carry, records
	return More
}

// parity returns the word whose bit i is the parity of the bits 0 to i of x: of
// quotes, which bytes are from an opening one to before the closing one. A product
// without carries by all ones is that.
func parity(x uint64) uint64 {
	var v, all archsimd.Uint64x2
	return v.SetElem(0, x).CarrylessMultiply(0, 0, all.Not()).GetElem(0)
}

// walkBlock finds where in a block the depth gets to zero, or a string is broken.
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
