package parquet

import (
	"encoding/binary"
	"math/bits"
)

// Encodings of values.
const (
	encPlain          = 0
	encPlainDict      = 2
	encRLE            = 3
	encDelta          = 5
	encDeltaLength    = 6
	encDeltaByteArray = 7
	encRLEDict        = 8
	encSplit          = 9
)

// hybrid reads runs and bit-packed groups of small numbers: levels, booleans and
// indexes of a dictionary.
type hybrid struct {
	b     []byte
	width uint
	left  uint64 // values left of the run
	pack  bool   // the run is bit-packed
	value uint32 // of a run of equal values
	bit   uint64 // position in the packed run, which starts at b[0]
}

func (h *hybrid) reset(b []byte, width uint) { *h = hybrid{b: b, width: width} }

// next returns the next number; ok is false if there is none.
func (h *hybrid) next() (v uint32, ok bool) {
	for h.left == 0 {
		if h.width == 0 {
			return 0, true
		}
		if !h.run() {
			return 0, false
		}
	}
	h.left--
	if !h.pack {
		return h.value, true
	}
	at := h.bit >> 3
	if (h.bit+uint64(h.width)+7)/8 > uint64(len(h.b)) {
		return 0, false
	}
	var w uint64
	if rest := h.b[at:]; len(rest) >= 8 {
		w = binary.LittleEndian.Uint64(rest)
	} else {
		for i, c := range rest {
			w |= uint64(c) << (8 * i)
		}
	}
	v = uint32(w >> (h.bit & 7) & (1<<h.width - 1))
	h.bit += uint64(h.width)
	if h.left == 0 {
		h.b = h.b[min(int((h.bit+7)/8), len(h.b)):]
	}
	return v, true
}

// run reads the header of the next run.
func (h *hybrid) run() bool {
	head, n := binary.Uvarint(h.b)
	if n <= 0 || head>>1 == 0 || head>>1 > 1<<32 {
		return false
	}
	h.b = h.b[n:]
	h.pack, h.bit, h.left = head&1 == 1, 0, head>>1
	if h.pack {
		h.left *= 8
		return true
	}
	size := int(h.width+7) / 8
	if len(h.b) < size {
		return false
	}
	h.value = 0
	for i := range size {
		h.value |= uint32(h.b[i]) << (8 * i)
	}
	h.b = h.b[size:]
	return true
}

// delta reads DELTA_BINARY_PACKED numbers one by one, so that a few bytes that
// announce billions of them cost no memory.
type delta struct {
	b         []byte
	perBlock  uint64
	perMini   uint64
	left      uint64 // numbers left
	value     int64
	first     bool
	min       int64
	widths    []byte
	mini      int    // index of the miniblock
	inMini    uint64 // numbers left in it
	bit       uint64
	miniBytes uint64
}

// reset reads the header; ok is false if it makes no sense.
func (d *delta) reset(b []byte) (ok bool) {
	*d = delta{}
	t := thrift{b: b} // its numbers are the same varints
	d.perBlock = t.uvarint()
	minis := t.uvarint()
	d.left = t.uvarint()
	d.value = t.int()
	d.first = true
	if t.bad || minis == 0 || minis > 1<<12 || d.perBlock == 0 || d.perBlock > 1<<20 || d.perBlock%minis != 0 {
		return false
	}
	d.perMini = d.perBlock / minis
	if d.perMini%8 != 0 {
		return false
	}
	d.mini = int(minis)
	d.widths = make([]byte, minis)
	d.b = b[t.pos:]
	return true
}

func (d *delta) next() (v int64, ok bool) {
	if d.left == 0 {
		return 0, false
	}
	d.left--
	if d.first {
		d.first = false
		return d.value, true
	}
	if d.inMini == 0 && !d.miniblock() {
		return 0, false
	}
	width := uint64(d.widths[d.mini])
	var w uint64
	if width > 0 {
		at, off := d.bit>>3, d.bit&7
		for i := uint64(0); i < 9 && at+i < uint64(len(d.b)) && 8*i < width+off; i++ {
			c := uint64(d.b[at+i])
			if i == 8 {
				w |= c << (64 - off)
			} else if i == 0 {
				w = c >> off
			} else {
				w |= c << (8*i - off)
			}
		}
		if width < 64 {
			w &= 1<<width - 1
		}
	}
	d.bit += width
	d.inMini--
	d.value += d.min + int64(w)
	return d.value, true
}

// miniblock goes on to the next miniblock, and to the next block after the last.
func (d *delta) miniblock() bool {
	d.b = d.b[d.miniBytes:]
	d.miniBytes = 0
	d.mini++
	if d.mini >= len(d.widths) {
		t := thrift{b: d.b}
		d.min = t.int()
		if t.bad || len(d.b)-t.pos < len(d.widths) {
			return false
		}
		copy(d.widths, d.b[t.pos:])
		d.b = d.b[t.pos+len(d.widths):]
		d.mini = 0
	}
	width := uint64(d.widths[d.mini])
	if width > 64 {
		return false
	}
	// the last miniblock may be cut to the bytes its numbers need
	need := min(d.perMini, d.left+1) * width
	d.miniBytes = min(d.perMini*width/8, uint64(len(d.b)))
	if (need+7)/8 > d.miniBytes {
		return false
	}
	d.inMini, d.bit = d.perMini, 0
	return true
}

// end runs to the end and returns the bytes behind the last block.
func (d *delta) end() ([]byte, bool) {
	for d.left > 0 {
		if _, ok := d.next(); !ok {
			return nil, false
		}
	}
	return d.b[d.miniBytes:], true
}

// bitsFor is the width of numbers up to v.
func bitsFor(v int) uint { return uint(bits.Len(uint(v))) }
