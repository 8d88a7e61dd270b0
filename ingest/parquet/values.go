package parquet

import "encoding/binary"

// values gives the values of one page one after the other, each in its plain
// bytes (booleans as one byte), lent until the next call.
type values struct {
	enc   int64
	leaf  *leaf
	width int
	b     []byte
	n     int // values given
	bools uint8
	ids   hybrid
	dict  *dictionary
	nums  delta
	lens  delta
	last  []byte // DELTA_BYTE_ARRAY: the value before
	tmp   [16]byte
}

// dictionary is the values that the indexes of a column chunk name.
type dictionary struct {
	b     []byte
	width int
	at    []uint32 // starts of values that differ in length, and the end
	n     int
}

// set reads n plain values.
func (d *dictionary) set(b []byte, n, width int) bool {
	d.b, d.n, d.width, d.at = append(d.b[:0], b...), n, width, d.at[:0]
	if width > 0 {
		return n <= len(b)/width
	}
	pos := 0
	for range n {
		if len(b)-pos < 4 {
			return false
		}
		size := binary.LittleEndian.Uint32(b[pos:])
		pos += 4
		if uint64(size) > uint64(len(b)-pos) {
			return false
		}
		d.at = append(d.at, uint32(pos))
		pos += int(size)
	}
	d.at = append(d.at, uint32(pos)+4)
	return true
}

func (d *dictionary) value(i uint32) ([]byte, bool) {
	if uint64(i) >= uint64(d.n) {
		return nil, false
	}
	if d.width > 0 {
		return d.b[int(i)*d.width : (int(i)+1)*d.width], true
	}
	return d.b[d.at[i] : d.at[i+1]-4], true
}

// reset starts a page of at most n values; ok is false if its encoding is
// unknown, does not fit the type or does not make sense. cost is the numbers
// that were read ahead.
func (v *values) reset(enc int64, l *leaf, b []byte, dict *dictionary) (cost int64, ok bool) {
	v.enc, v.leaf, v.width, v.b, v.n, v.dict = enc, l, l.width(), b, 0, dict
	v.last = v.last[:0]
	switch enc {
	case encPlain:
		return 0, true
	case encPlainDict, encRLEDict:
		if len(b) == 0 { // a page of nulls
			v.ids.reset(nil, 1)
			return 0, true
		}
		if b[0] > 32 {
			return 0, false
		}
		v.ids.reset(b[1:], uint(b[0]))
		return 0, true
	case encRLE:
		if l.physical != pBoolean {
			return 0, false
		}
		if len(b) < 4 {
			return 0, len(b) == 0
		}
		n := binary.LittleEndian.Uint32(b)
		if uint64(n) > uint64(len(b)-4) {
			return 0, false
		}
		v.ids.reset(b[4:4+n], 1)
		return 0, true
	case encDelta:
		if l.physical != pInt32 && l.physical != pInt64 {
			return 0, false
		}
		return 0, len(b) == 0 || v.nums.reset(b)
	case encDeltaLength, encDeltaByteArray:
		if l.physical != pBytes && (l.physical != pFixed || enc == encDeltaLength) {
			return 0, false
		}
		return v.lengths(b)
	case encSplit:
		return 0, v.width > 0 && v.width <= len(v.tmp) && l.physical != pBoolean
	}
	return 0, false
}

// lengths finds the end of the lengths, where the bytes start.
func (v *values) lengths(b []byte) (cost int64, ok bool) {
	if len(b) == 0 {
		v.lens.left = 0
		return 0, true
	}
	if !v.lens.reset(b) {
		return 0, false
	}
	look := v.lens
	look.widths = append([]byte(nil), v.lens.widths...)
	cost = int64(min(look.left, 1<<40))
	if cost > maxPageValues {
		return 0, false
	}
	rest, ok := look.end()
	if !ok {
		return cost, false
	}
	if v.enc == encDeltaByteArray {
		// what was read are the lengths of the shared starts; those of the ends follow
		v.nums = v.lens
		if !v.lens.reset(rest) {
			return cost, false
		}
		look = v.lens
		look.widths = append([]byte(nil), v.lens.widths...)
		if look.left > maxPageValues {
			return cost, false
		}
		cost += int64(look.left)
		if rest, ok = look.end(); !ok {
			return cost, false
		}
	}
	v.b = rest
	return cost, true
}

// next returns the next value; ok is false if the page has no more.
func (v *values) next() (val []byte, ok bool) {
	at := v.n
	v.n++
	switch v.enc {
	case encPlain:
		return v.plain(at)
	case encPlainDict, encRLEDict:
		i, ok := v.ids.next()
		if !ok {
			return nil, false
		}
		return v.dict.value(i)
	case encRLE:
		i, ok := v.ids.next()
		v.tmp[0] = byte(i)
		return v.tmp[:1], ok
	case encDelta:
		i, ok := v.nums.next()
		binary.LittleEndian.PutUint64(v.tmp[:], uint64(i))
		return v.tmp[:v.width], ok
	case encDeltaLength:
		n, ok := v.lens.next()
		if !ok || n < 0 || n > int64(len(v.b)) {
			return nil, false
		}
		val, v.b = v.b[:n], v.b[n:]
		return val, true
	case encDeltaByteArray:
		shared, ok1 := v.nums.next()
		n, ok2 := v.lens.next()
		if !ok1 || !ok2 || n < 0 || n > int64(len(v.b)) || shared < 0 || shared > int64(len(v.last)) {
			return nil, false
		}
		v.last = append(v.last[:shared], v.b[:n]...)
		v.b = v.b[n:]
		return v.last, v.width == 0 || len(v.last) == v.width
	case encSplit:
		n := len(v.b) / v.width
		if at >= n {
			return nil, false
		}
		for i := range v.width {
			v.tmp[i] = v.b[i*n+at]
		}
		return v.tmp[:v.width], true
	}
	return nil, false
}

// plain returns the value number at.
func (v *values) plain(at int) (val []byte, ok bool) {
	if v.leaf.physical == pBoolean {
		if at>>3 >= len(v.b) {
			return nil, false
		}
		v.tmp[0] = v.b[at>>3] >> (at & 7) & 1
		return v.tmp[:1], true
	}
	n := v.width
	if n == 0 {
		if len(v.b) < 4 {
			return nil, false
		}
		size := binary.LittleEndian.Uint32(v.b)
		v.b = v.b[4:]
		if uint64(size) > uint64(len(v.b)) {
			return nil, false
		}
		n = int(size)
	}
	if len(v.b) < n {
		return nil, false
	}
	val, v.b = v.b[:n], v.b[n:]
	return val, true
}
