package parquet

import (
	"encoding/binary"
	"math/bits"
)

// DELTA_BINARY_PACKED: the first value, then blocks of 128 deltas in four
// miniblocks of 32, each stored as its excess over the block's smallest delta in
// as many bits as the miniblock needs. Arithmetic wraps at the column's width.
const (
	blockSize  = 128
	miniBlocks = 4
	miniSize   = blockSize / miniBlocks
)

// appendDelta appends vs, numbers of 32 or 64 bits.
func appendDelta(dst []byte, vs []uint64, wide bool) []byte {
	dst = binary.AppendUvarint(dst, blockSize)
	dst = binary.AppendUvarint(dst, miniBlocks)
	dst = binary.AppendUvarint(dst, uint64(len(vs)))
	first := int64(0)
	if len(vs) > 0 {
		first = extend(vs[0], wide)
	}
	dst = binary.AppendVarint(dst, first)
	var deltas [blockSize]uint64
	for i := 1; i < len(vs); i += blockSize {
		n := min(blockSize, len(vs)-i)
		least := int64(1<<63 - 1)
		for j := range n {
			d := extend(vs[i+j]-vs[i+j-1], wide)
			deltas[j] = uint64(d)
			least = min(least, d)
		}
		dst = binary.AppendVarint(dst, least)
		widths := len(dst)
		dst = append(dst, 0, 0, 0, 0)
		clear(deltas[n:])
		for m := 0; m*miniSize < n; m++ {
			mini := deltas[m*miniSize : (m+1)*miniSize]
			var all uint64
			for j := range mini {
				if m*miniSize+j < n {
					mini[j] -= uint64(least)
					if !wide {
						mini[j] &= 1<<32 - 1
					}
				}
				all |= mini[j]
			}
			w := bits.Len64(all)
			dst[widths+m] = byte(w)
			dst = appendPacked64(dst, mini, w)
		}
	}
	return dst
}

func extend(v uint64, wide bool) int64 {
	if wide {
		return int64(v)
	}
	return int64(int32(v))
}

// appendPacked64 packs 32 values of width bits.
func appendPacked64(dst []byte, vs []uint64, width int) []byte {
	if width == 0 {
		return dst
	}
	var acc uint64
	n := 0
	for _, v := range vs {
		acc |= v << n
		if n += width; n >= 64 {
			dst = binary.LittleEndian.AppendUint64(dst, acc)
			n -= 64
			acc = v >> (width - n) // 0 if n is 0 and width 64: shifts of 64 give 0
		}
	}
	for ; n > 0; n -= 8 {
		dst = append(dst, byte(acc))
		acc >>= 8
	}
	return dst
}

// decodeDelta fills out, which must be as long as the page says.
func decodeDelta(out []uint64, src []byte, wide bool) error {
	r := reader{b: src}
	block, minis, count := r.uvarint(), r.uvarint(), r.uvarint()
	v := uint64(r.varint())
	if r.err != nil || block != blockSize || minis != miniBlocks || count != uint64(len(out)) {
		return errValues
	}
	mask := uint64(1<<64 - 1)
	if !wide {
		mask = 1<<32 - 1
	}
	if len(out) > 0 {
		out[0] = v & mask
	}
	for i := 1; i < len(out); i += blockSize {
		least := uint64(r.varint())
		if r.err != nil || len(r.b) < miniBlocks {
			return errValues
		}
		widths := r.b[:miniBlocks]
		r.b = r.b[miniBlocks:]
		for m := 0; m < miniBlocks && i+m*miniSize < len(out); m++ {
			w := int(widths[m])
			if w > 64 || len(r.b) < w*miniSize/8 {
				return errValues
			}
			var mini [miniSize]uint64
			unpack64(&mini, r.b, w)
			r.b = r.b[w*miniSize/8:]
			at := i + m*miniSize
			for j := range min(miniSize, len(out)-at) {
				v += least + mini[j]
				out[at+j] = v & mask
			}
		}
	}
	return nil
}

func unpack64(out *[miniSize]uint64, src []byte, width int) {
	for i := range out {
		var v uint64
		for bit := 0; bit < width; {
			at := i*width + bit
			take := min(8-at&7, width-bit)
			part := uint64(src[at>>3]) >> (at & 7) & (1<<take - 1)
			v |= part << bit
			bit += take
		}
		out[i] = v
	}
}
