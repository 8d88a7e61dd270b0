package parquet

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"

	"github.com/scrubline/scrubline/schemas"
)

const magic = "PAR1"

// MetaKey is the footer's key for the text that describes the batch.
const MetaKey = "scrubline"

// createdBy is the footer's mark of the codec.
const createdBy = "scrubline store/archive/parquet version 1.0.0"

var (
	// ErrMalformed says that bytes are no Parquet file that Encode could have
	// written.
	ErrMalformed = errors.New("malformed object")
	// ErrColumn says that a file has a column this version does not know, or
	// one of another type.
	ErrColumn = errors.New("unknown column")
)

// physical returns the Parquet type of a kind's values.
func physical(k schemas.Kind) int {
	switch k {
	case schemas.KU8, schemas.KU16, schemas.KU32:
		return pINT32
	case schemas.KU64, schemas.KTime:
		return pINT64
	case schemas.KF32:
		return pFLOAT
	case schemas.KIP:
		return pFIXED
	default:
		return pBYTES
	}
}

// footer appends the footer and the trailing magic.
func (e *Encoder) footer(rows int, meta []byte) {
	at := len(e.out)
	w := &writer{b: e.out}
	w.item()
	w.i32(1, 2)
	elements := 1
	for _, k := range e.chunks {
		elements++
		if k.col.Info().Kind == schemas.KStrings {
			elements += 2
		}
	}
	w.list(2, tStruct, elements)
	w.item()
	w.text(4, "schema")
	w.i32(5, int32(len(e.chunks)))
	w.close()
	for _, k := range e.chunks {
		schema(w, k)
	}
	w.i64(3, int64(rows))
	if rows == 0 {
		w.list(4, tStruct, 0)
	} else {
		w.list(4, tStruct, 1)
		e.group(w, rows)
	}
	w.list(5, tStruct, 1)
	w.item()
	w.text(1, MetaKey)
	w.text(2, string(meta))
	w.close()
	w.text(6, createdBy)
	w.list(7, tStruct, len(e.chunks)) // the order in which minima and maxima are meant
	for range e.chunks {
		w.item()
		w.open(1)
		w.close()
		w.close()
	}
	w.close()
	e.out = binary.LittleEndian.AppendUint32(w.b, uint32(len(w.b)-at))
	e.out = append(e.out, magic...)
}

// schema writes the schema elements of a column, all required.
func schema(w *writer, k chunk) {
	info := k.col.Info()
	if info.Kind == schemas.KStrings {
		group(w, info.Name, 0, func() {
			w.i32(6, 3)
			w.open(10)
			w.open(3) // LIST
			w.close()
			w.close()
		})
		group(w, "list", 2, nil)
		leaf(w, k, "element")
		return
	}
	leaf(w, k, info.Name)
}

func group(w *writer, name string, repetition int32, annotate func()) {
	w.item()
	w.i32(3, repetition)
	w.text(4, name)
	w.i32(5, 1)
	if annotate != nil {
		annotate()
	}
	w.close()
}

func leaf(w *writer, k chunk, name string) {
	kind := k.col.Info().Kind
	w.item()
	w.i32(1, int32(physical(kind)))
	if kind == schemas.KIP {
		w.i32(2, 16)
	}
	w.i32(3, 0)
	w.text(4, name)
	switch kind {
	case schemas.KU8:
		unsigned(w, 11, 8)
	case schemas.KU16:
		unsigned(w, 12, 16)
	case schemas.KU32:
		unsigned(w, 13, 32)
	case schemas.KU64:
		unsigned(w, 14, 64)
	case schemas.KTime:
		w.i32(6, 9) // TIMESTAMP_MILLIS
		w.open(10)
		w.open(8)
		w.boolean(1, true) // UTC
		w.open(2)
		w.open(1) // milliseconds
		w.close()
		w.close()
		w.close()
		w.close()
	case schemas.KString, schemas.KDict, schemas.KStrings:
		if !k.binary {
			w.i32(6, 0) // UTF8
			w.open(10)
			w.open(1) // STRING
			w.close()
			w.close()
		}
	}
	w.close()
}

func unsigned(w *writer, converted int32, bits int8) {
	w.i32(6, converted)
	w.open(10)
	w.open(10)
	w.i8(1, bits)
	w.boolean(2, false)
	w.close()
	w.close()
}

// group writes the only row group.
func (e *Encoder) group(w *writer, rows int) {
	var raw, size int64
	w.item()
	w.list(1, tStruct, len(e.chunks))
	for _, k := range e.chunks {
		raw += k.raw
		size += k.size
		w.item()
		w.i64(2, 0)
		w.open(3)
		w.i32(1, int32(physical(k.col.Info().Kind)))
		w.list(2, tI32, 2)
		w.b = binary.AppendVarint(w.b, int64(eRLE))
		w.b = binary.AppendVarint(w.b, int64(k.encoding))
		if k.col.Info().Kind == schemas.KStrings {
			w.list(3, tBinary, 3)
			w.textItem(k.col.String())
			w.textItem("list")
			w.textItem("element")
		} else {
			w.list(3, tBinary, 1)
			w.textItem(k.col.String())
		}
		w.i32(4, int32(k.codec))
		w.i64(5, k.values)
		w.i64(6, k.raw)
		w.i64(7, k.size)
		w.i64(9, int64(k.data))
		if k.encoding == eDict {
			w.i64(11, int64(k.start))
		}
		if k.hasRange {
			w.open(12)
			w.i64(3, 0) // no nulls
			w.text(5, string(binary.LittleEndian.AppendUint64(nil, k.greatest)))
			w.text(6, string(binary.LittleEndian.AppendUint64(nil, k.least)))
			w.close()
		}
		w.close()
		w.close()
	}
	w.i64(2, raw)
	w.i64(3, int64(rows))
	w.i64(5, int64(len(magic)))
	w.i64(6, size)
	w.close()
}

// File is what a file's footer says.
type File struct {
	Rows int
	Meta []byte // the text under MetaKey; part of the parsed bytes
	// Body is the SHA-256 of everything before the footer, Sum that of the whole
	// file; both are computed, not read.
	Body, Sum [sha256.Size]byte

	data   []byte
	chunks []found
}

// found is a chunk of a file being read.
type found struct {
	col     schemas.Column
	codec   int
	values  int64
	physTyp int
	start   int64
	size    int64
}

// Parse reads the footer of a file. data must stay unchanged while the File is
// in use.
func Parse(data []byte) (*File, error) {
	tail := len(magic) + 4
	if len(data) < len(magic)+tail || string(data[:4]) != magic || string(data[len(data)-4:]) != magic {
		return nil, ErrMalformed
	}
	size := binary.LittleEndian.Uint32(data[len(data)-tail:])
	if int64(size) > int64(len(data)-tail-len(magic)) {
		return nil, ErrMalformed
	}
	end := len(data) - tail - int(size)
	hash := sha256.New()
	hash.Write(data[:end])
	f := &File{Rows: -1, Body: [sha256.Size]byte(hash.Sum(nil)), data: data[:end]}
	hash.Write(data[end:])
	f.Sum = [sha256.Size]byte(hash.Sum(nil))
	r := &reader{b: data[end : len(data)-tail]}
	groups := 0
	r.each(func(id, typ int) {
		switch {
		case id == 3 && typ == tI64:
			f.Rows = int(r.varint())
		case id == 4 && typ == tList:
			_, groups = r.list()
			for range groups {
				f.group(r)
			}
		case id == 5 && typ == tList:
			_, n := r.list()
			for range n {
				f.keyValue(r)
			}
		default:
			r.skip(typ)
		}
	})
	if r.err != nil || f.Rows < 0 || f.Rows > MaxRows || f.Meta == nil || groups != min(f.Rows, 1) {
		return nil, ErrMalformed
	}
	for _, k := range f.chunks {
		if k.start < int64(len(magic)) || k.size < 0 || k.start > int64(end) || k.size > int64(end)-k.start ||
			k.values < 0 || k.col != schemas.None && k.physTyp != physical(k.col.Info().Kind) {
			return nil, ErrMalformed
		}
	}
	return f, nil
}

func (f *File) keyValue(r *reader) {
	var key, val []byte
	r.each(func(id, typ int) {
		switch {
		case id == 1 && typ == tBinary:
			key = r.bytes()
		case id == 2 && typ == tBinary:
			val = r.bytes()
		default:
			r.skip(typ)
		}
	})
	if string(key) == MetaKey {
		f.Meta = val
	}
}

func (f *File) group(r *reader) {
	r.each(func(id, typ int) {
		if id != 1 || typ != tList {
			r.skip(typ)
			return
		}
		_, n := r.list()
		for range n {
			r.each(func(id, typ int) {
				if id == 3 && typ == tStruct {
					f.chunks = append(f.chunks, readChunk(r))
				} else {
					r.skip(typ)
				}
			})
		}
	})
}

func readChunk(r *reader) found {
	var k found
	var data, dict int64
	r.each(func(id, typ int) {
		switch {
		case id == 1 && typ == tI32:
			k.physTyp = int(r.varint())
		case id == 3 && typ == tList:
			_, n := r.list()
			for i := range n {
				if name := r.bytes(); i == 0 {
					k.col = schemas.ColumnByName(string(name))
				}
			}
		case id == 4 && typ == tI32:
			k.codec = int(r.varint())
		case id == 5 && typ == tI64:
			k.values = r.varint()
		case id == 7 && typ == tI64:
			k.size = r.varint()
		case id == 9 && typ == tI64:
			data = r.varint()
		case id == 11 && typ == tI64:
			dict = r.varint()
		default:
			r.skip(typ)
		}
	})
	k.start = data
	if dict > 0 {
		k.start = dict
	}
	return k
}
