package parquet

import "encoding/binary"

// Types of the compact protocol.
const (
	tTrue   = 1
	tFalse  = 2
	tByte   = 3
	tI16    = 4
	tI32    = 5
	tI64    = 6
	tDouble = 7
	tBinary = 8
	tList   = 9
	tSet    = 10
	tMap    = 11
	tStruct = 12
)

// thriftDepth bounds structs inside structs: Parquet's own go five deep.
const thriftDepth = 32

// thrift reads Thrift's compact protocol, of which Parquet's headers are made.
// After a fault bad is set and everything read is zero; short tells a fault that
// more bytes could mend.
type thrift struct {
	b     []byte
	pos   int
	depth int
	bad   bool
	short bool
}

func (t *thrift) fail() { t.bad, t.pos = true, len(t.b) }

func (t *thrift) byte() byte {
	if t.pos >= len(t.b) {
		t.short = !t.bad || t.short
		t.fail()
		return 0
	}
	t.pos++
	return t.b[t.pos-1]
}

func (t *thrift) uvarint() uint64 {
	v, n := binary.Uvarint(t.b[t.pos:])
	if n <= 0 {
		t.short = n == 0 && (!t.bad || t.short)
		t.fail()
		return 0
	}
	t.pos += n
	return v
}

// int reads a zigzag number.
func (t *thrift) int() int64 {
	v := t.uvarint()
	return int64(v>>1) ^ -int64(v&1)
}

func (t *thrift) binary() []byte {
	n := t.uvarint()
	if n > uint64(len(t.b)-t.pos) {
		t.short = !t.bad || t.short
		t.fail()
		return nil
	}
	t.pos += int(n)
	return t.b[t.pos-int(n) : t.pos]
}

// list reads the header of a list and returns its length, at most the bytes
// that are left.
func (t *thrift) list() (n int, typ byte) {
	h := t.byte()
	size := uint64(h >> 4)
	if size == 15 {
		size = t.uvarint()
	}
	if size > uint64(len(t.b)-t.pos) {
		t.short = !t.bad || t.short
		t.fail()
		return 0, 0
	}
	return int(size), h & 15
}

// fields reads a struct and calls f for each of its fields; f reads the value
// and returns true, or returns false to have it skipped.
func (t *thrift) fields(f func(id int64, typ byte) bool) {
	if t.depth++; t.depth > thriftDepth {
		t.fail()
	}
	var id int64
	for !t.bad {
		h := t.byte()
		typ := h & 15
		if h == 0 {
			break
		}
		if h>>4 != 0 {
			id += int64(h >> 4)
		} else {
			id = t.int()
		}
		if !f(id, typ) {
			t.skip(typ)
		}
	}
	t.depth--
}

func (t *thrift) skip(typ byte) {
	switch typ {
	case tTrue, tFalse: // the value is the type
	case tByte:
		t.byte()
	case tI16, tI32, tI64:
		t.uvarint()
	case tDouble:
		for range 8 {
			t.byte()
		}
	case tBinary:
		t.binary()
	case tList, tSet:
		n, elem := t.list()
		for i := 0; i < n && !t.bad; i++ {
			t.skipElem(elem)
		}
	case tMap:
		n := t.uvarint()
		if n == 0 {
			return
		}
		kv := t.byte()
		for i := uint64(0); i < n && !t.bad; i++ {
			t.skipElem(kv >> 4)
			t.skipElem(kv & 15)
		}
	case tStruct:
		t.fields(func(int64, byte) bool { return false })
	default:
		t.fail()
	}
}

// skipElem passes a value in a container, where a boolean has a byte of its own.
func (t *thrift) skipElem(typ byte) {
	if typ == tTrue || typ == tFalse {
		t.byte()
		return
	}
	if t.depth++; t.depth > thriftDepth {
		t.fail()
	}
	t.skip(typ)
	t.depth--
}
