package parquet

import (
	"encoding/binary"
	"errors"
	"math/bits"
)

var errValues = errors.New("malformed values")

// width is the number of bits for values up to max, at least one: some readers
// refuse a width of zero.
func width(max uint32) int { return bits.Len32(max | 1) }

// appendRLE appends vs in Parquet's hybrid of runs and bit-packed groups of 8.
func appendRLE(dst []byte, vs []uint32, width int) []byte {
	for i := 0; i < len(vs); {
		if n := run(vs[i:]); n >= 8 || i+n == len(vs) {
			dst = binary.AppendUvarint(dst, uint64(n)<<1)
			for s := 0; s < width; s += 8 {
				dst = append(dst, byte(vs[i]>>s))
			}
			i += n
			continue
		}
		start := i
		for i < len(vs) && (len(vs)-i < 8 || run(vs[i:min(i+16, len(vs))]) < 16) {
			i = min(i+8, len(vs))
		}
		groups := (i - start + 7) / 8
		dst = binary.AppendUvarint(dst, uint64(groups)<<1|1)
		dst = appendPacked32(dst, vs[start:i], width)
	}
	return dst
}

func run(vs []uint32) int {
	n := 1
	for n < len(vs) && vs[n] == vs[0] {
		n++
	}
	return n
}

// appendPacked32 packs vs, padded with zeros to a multiple of 8.
func appendPacked32(dst []byte, vs []uint32, width int) []byte {
	var acc uint64
	n := 0
	for _, v := range vs {
		acc |= uint64(v) << n
		if n += width; n >= 32 {
			dst = binary.LittleEndian.AppendUint32(dst, uint32(acc))
			acc >>= 32
			n -= 32
		}
	}
	n += (-len(vs) & 7) * width
	for ; n > 0; n -= 8 {
		dst = append(dst, byte(acc))
		acc >>= 8
	}
	return dst
}

// decodeRLE fills out from src, which may be longer than needed.
func decodeRLE(out []uint32, src []byte, width int) error {
	if width < 0 || width > 32 {
		return errValues
	}
	for len(out) > 0 {
		h, k := binary.Uvarint(src)
		if k <= 0 || h>>1 == 0 {
			return errValues
		}
		src = src[k:]
		if h&1 == 0 {
			size := (width + 7) / 8
			if len(src) < size || h>>1 > uint64(len(out)) {
				return errValues
			}
			var v uint32
			for i := range size {
				v |= uint32(src[i]) << (8 * i)
			}
			src = src[size:]
			n := int(h >> 1)
			for i := range out[:n] {
				out[i] = v
			}
			out = out[n:]
			continue
		}
		if h>>1 > uint64(len(out)+7)/8 || uint64(len(src)) < h>>1*uint64(width) {
			return errValues
		}
		n := min(int(h>>1)*8, len(out))
		unpack32(out[:n], src, width)
		src = src[int(h>>1)*width:]
		out = out[n:]
	}
	return nil
}

func unpack32(out []uint32, src []byte, width int) {
	var acc uint64
	n := 0
	mask := uint64(1)<<width - 1
	for i := range out {
		for n < width {
			acc |= uint64(src[0]) << n
			src = src[1:]
			n += 8
		}
		out[i] = uint32(acc & mask)
		acc >>= width
		n -= width
	}
}
