package parquet

import (
	"encoding/binary"
	"errors"
)

// Types of thrift's compact protocol.
const (
	tTrue   = 1
	tFalse  = 2
	tI8     = 3
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

// writer appends thrift's compact protocol to b. Fields are written in
// ascending order of their ids.
type writer struct {
	b    []byte
	last int // id of the field before, in the struct being written
	up   []int
}

func (w *writer) field(id, typ int) {
	if d := id - w.last; d > 0 && d < 16 {
		w.b = append(w.b, byte(d<<4|typ))
	} else {
		w.b = append(w.b, byte(typ))
		w.b = binary.AppendVarint(w.b, int64(id))
	}
	w.last = id
}

func (w *writer) i8(id int, v int8)   { w.field(id, tI8); w.b = append(w.b, byte(v)) }
func (w *writer) i32(id int, v int32) { w.field(id, tI32); w.b = binary.AppendVarint(w.b, int64(v)) }
func (w *writer) i64(id int, v int64) { w.field(id, tI64); w.b = binary.AppendVarint(w.b, v) }

func (w *writer) boolean(id int, v bool) {
	if v {
		w.field(id, tTrue)
	} else {
		w.field(id, tFalse)
	}
}

func (w *writer) text(id int, v string) {
	w.field(id, tBinary)
	w.textItem(v)
}

func (w *writer) textItem(v string) {
	w.b = binary.AppendUvarint(w.b, uint64(len(v)))
	w.b = append(w.b, v...)
}

// open starts a struct that is a field, item one that is an element of a list.
func (w *writer) open(id int) { w.field(id, tStruct); w.item() }
func (w *writer) item()       { w.up = append(w.up, w.last); w.last = 0 }

func (w *writer) close() {
	w.b = append(w.b, 0)
	w.last = w.up[len(w.up)-1]
	w.up = w.up[:len(w.up)-1]
}

func (w *writer) list(id, typ, n int) {
	w.field(id, tList)
	if n < 15 {
		w.b = append(w.b, byte(n<<4|typ))
		return
	}
	w.b = append(w.b, 0xf0|byte(typ))
	w.b = binary.AppendUvarint(w.b, uint64(n))
}

var errThrift = errors.New("malformed thrift")

// reader reads thrift's compact protocol from bytes nobody vouches for. The
// first error sticks: everything read after it is zero, and loops end.
type reader struct {
	b    []byte
	err  error
	last int
	up   []int
}

func (r *reader) fail() {
	r.err = errThrift
	r.b = nil
}

// field returns the next field of the struct being read, id 0 at its end.
func (r *reader) field() (id, typ int) {
	h := r.byte()
	if r.err != nil || h == 0 {
		return 0, 0
	}
	typ = int(h & 15)
	if d := int(h >> 4); d > 0 {
		r.last += d
	} else {
		r.last = int(r.varint())
	}
	if r.last <= 0 || r.last > 1<<15 {
		r.fail()
		return 0, 0
	}
	return r.last, typ
}

func (r *reader) byte() byte {
	if len(r.b) == 0 {
		r.fail()
		return 0
	}
	c := r.b[0]
	r.b = r.b[1:]
	return c
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) varint() int64 {
	u := r.uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

func (r *reader) bytes() []byte {
	n := r.uvarint()
	if n > uint64(len(r.b)) {
		r.fail()
		return nil
	}
	v := r.b[:n]
	r.b = r.b[n:]
	return v
}

// list returns the number of elements that follow; each takes at least a byte.
func (r *reader) list() (typ, n int) {
	h := r.byte()
	u := uint64(h >> 4)
	if u == 15 {
		u = r.uvarint()
	}
	if u > uint64(len(r.b)) {
		r.fail()
		return 0, 0
	}
	return int(h & 15), int(u)
}

func (r *reader) open() {
	if len(r.up) > 16 {
		r.fail()
		return
	}
	r.up = append(r.up, r.last)
	r.last = 0
}

func (r *reader) close() {
	if n := len(r.up); n > 0 {
		r.last = r.up[n-1]
		r.up = r.up[:n-1]
	}
}

// each calls fn for the fields of a struct; fn reads or skips the value.
func (r *reader) each(fn func(id, typ int)) {
	r.open()
	for r.err == nil {
		id, typ := r.field()
		if id == 0 {
			break
		}
		fn(id, typ)
	}
	r.close()
}

func (r *reader) skip(typ int) {
	switch typ {
	case tTrue, tFalse:
	case tI8:
		r.byte()
	case tI16, tI32, tI64:
		r.uvarint()
	case tDouble:
		if len(r.b) < 8 {
			r.fail()
			return
		}
		r.b = r.b[8:]
	case tBinary:
		r.bytes()
	case tList, tSet:
		r.open() // lists nest too
		t, n := r.list()
		for i := 0; i < n && r.err == nil; i++ {
			if t == tTrue || t == tFalse {
				r.byte()
			} else {
				r.skip(t)
			}
		}
		r.close()
	case tStruct:
		r.each(func(_, t int) { r.skip(t) })
	default: // maps do not occur in Parquet's footers
		r.fail()
	}
}
