package parquet

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"sync"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
)

// What the format numbers: repetitions, physical types, encodings, pages, and the
// types of thrift's compact protocol.
const (
	required, optional, repeated = 0, 1, 2

	pBoolean, pInt32, pInt64, pInt96, pFloat, pDouble, pBytes, pFixed = 0, 1, 2, 3, 4, 5, 6, 7

	encPlain, encRLE, encDelta, encDeltaLength, encDeltaByteArray, encRLEDict, encSplit = 0, 3, 5, 6, 7, 8, 9

	dataPage, dictPage, dataPageV2 = 0, 2, 3

	tTrue, tI32, tI64, tBinary, tList, tStruct = 1, 5, 6, 8, 9, 12
)

// field is a schema element of a file to write.
type field struct {
	name     string
	rep      int
	physical int // of a leaf
	conv     int // converted type plus 1, 0 for none
	scale    int
	length   int
	kids     []field
	logical  []byte // the LogicalType union, as thrift
}

// style is how the pages of a file are written.
type style struct {
	enc     int
	codec   int
	v2      bool
	perPage int
	claims  int    // what a column says that it unpacks to
	pages   []byte // headers and bodies to write in place of the column's
}

// entry is a value with its levels; val is nil where the path ends early.
type entry struct {
	rep, def int
	val      []byte
}

// out writes thrift's compact protocol.
type out struct {
	bytes.Buffer
	last []int
}

func (o *out) uvarint(v uint64) { o.Write(binary.AppendUvarint(nil, v)) }
func (o *out) zigzag(v int64)   { o.uvarint(uint64(v<<1) ^ uint64(v>>63)) }
func (o *out) begin()           { o.last = append(o.last, 0) }
func (o *out) end()             { o.WriteByte(0); o.last = o.last[:len(o.last)-1] }
func (o *out) field(id, typ int) {
	top := &o.last[len(o.last)-1]
	o.WriteByte(byte((id-*top)<<4 | typ))
	*top = id
}
func (o *out) i32(id, v int) { o.field(id, tI32); o.zigzag(int64(v)) }
func (o *out) i64(id, v int) { o.field(id, tI64); o.zigzag(int64(v)) }
func (o *out) str(id int, v string) {
	o.field(id, tBinary)
	o.uvarint(uint64(len(v)))
	o.WriteString(v)
}
func (o *out) listOf(id, typ, n int) {
	o.field(id, tList)
	o.WriteByte(byte(15<<4 | typ))
	o.uvarint(uint64(n))
}

// column is a leaf with its levels, while writing.
type wcol struct {
	field
	maxRep, maxDef int
	entries        []entry
}

func leavesOf(f field, rep, def int) []*wcol {
	switch f.rep {
	case optional:
		def++
	case repeated:
		def, rep = def+1, rep+1
	}
	if len(f.kids) == 0 {
		return []*wcol{{field: f, maxRep: rep, maxDef: def}}
	}
	var all []*wcol
	for _, k := range f.kids {
		all = append(all, leavesOf(k, rep, def)...)
	}
	return all
}

// shred spreads a value over the columns: []byte for a leaf, []any of members for
// a group, []any of elements for what repeats, nil for what is absent.
func shred(f field, v any, rep, def, level int, cols []*wcol) []*wcol {
	if f.rep == repeated {
		level++
		items, _ := v.([]any)
		if len(items) == 0 {
			return absent(f, rep, def, cols)
		}
		one := f
		one.rep = required
		rest := cols
		for i, item := range items {
			r := level
			if i == 0 {
				r = rep
			}
			rest = shred(one, item, r, def+1, level, cols)
		}
		return rest
	}
	if f.rep == optional {
		if v == nil {
			return absent(f, rep, def, cols)
		}
		def++
	}
	if len(f.kids) == 0 {
		cols[0].entries = append(cols[0].entries, entry{rep, def, v.([]byte)})
		return cols[1:]
	}
	for i, k := range f.kids {
		cols = shred(k, v.([]any)[i], rep, def, level, cols)
	}
	return cols
}

func absent(f field, rep, def int, cols []*wcol) []*wcol {
	n := len(leavesOf(f, 0, 0))
	for _, c := range cols[:n] {
		c.entries = append(c.entries, entry{rep, def, nil})
	}
	return cols[n:]
}

// write makes a file of row groups, each a list of rows ([]any of members).
func write(t testing.TB, kids []field, groups [][][]any, st style) []byte {
	t.Helper()
	var file bytes.Buffer
	file.WriteString("PAR1")
	root := field{name: "root", kids: kids}
	meta := &out{}
	meta.begin()
	meta.i32(1, 1)
	count := 0
	var walk func(f field, top bool)
	schema := &out{}
	walk = func(f field, top bool) {
		count++
		schema.begin()
		if len(f.kids) == 0 && !top {
			schema.i32(1, f.physical)
			schema.i32(2, f.length)
		}
		if !top {
			schema.i32(3, f.rep)
		}
		schema.str(4, f.name)
		if len(f.kids) > 0 {
			schema.i32(5, len(f.kids))
		}
		if f.conv > 0 {
			schema.i32(6, f.conv-1)
		}
		if f.scale > 0 {
			schema.i32(7, f.scale)
		}
		if f.conv == 6 {
			schema.i32(8, 18)
		}
		if f.logical != nil {
			schema.field(10, tStruct)
			schema.Write(f.logical)
		}
		schema.end()
		for _, k := range f.kids {
			walk(k, false)
		}
	}
	walk(root, true)
	meta.listOf(2, tStruct, count)
	meta.Write(schema.Bytes())
	rows := 0
	for _, g := range groups {
		rows += len(g)
	}
	meta.i64(3, rows)
	meta.listOf(4, tStruct, len(groups))
	for _, g := range groups {
		cols := leavesOf(root, 0, 0)
		for _, row := range g {
			rest := cols
			for i, k := range kids {
				rest = shred(k, row[i], 0, 0, 0, rest)
			}
		}
		meta.begin()
		meta.listOf(1, tStruct, len(cols))
		for _, c := range cols {
			dict, data := writeColumn(t, &file, c, st)
			meta.begin()
			meta.i64(2, data)
			meta.field(3, tStruct)
			meta.begin()
			meta.i32(1, c.physical)
			meta.listOf(2, tI32, 0)
			meta.listOf(3, tBinary, 0)
			meta.i32(4, st.codec)
			meta.i64(5, len(c.entries))
			start := data
			if dict > 0 {
				start = dict
			}
			meta.i64(6, st.claims)
			meta.i64(7, file.Len()-start)
			meta.i64(9, data)
			if dict > 0 {
				meta.i64(11, dict)
			}
			meta.end()
			meta.end()
		}
		meta.i64(2, 0)
		meta.i64(3, len(g))
		meta.end()
	}
	meta.end()
	file.Write(meta.Bytes())
	file.Write(binary.LittleEndian.AppendUint32(nil, uint32(meta.Len())))
	file.WriteString("PAR1")
	return file.Bytes()
}

// writeColumn writes the pages of a column and returns where they start.
func writeColumn(t testing.TB, file *bytes.Buffer, c *wcol, st style) (dict, data int) {
	if st.pages != nil {
		data = file.Len()
		file.Write(st.pages)
		return 0, data
	}
	enc := st.enc
	fixed := c.physical != pBytes
	switch { // what does not fit the type is written plain
	case enc == encDelta && c.physical != pInt32 && c.physical != pInt64,
		(enc == encDeltaLength || enc == encDeltaByteArray) && fixed,
		enc == encSplit && (!fixed || c.physical == pBoolean),
		enc == encRLEDict && c.physical == pBoolean:
		enc = encPlain
	}
	if enc == encPlain && st.enc == encRLEDict && c.physical == pBoolean {
		enc = encRLE
	}
	ids := map[string]uint64{}
	if enc == encRLEDict {
		dict = file.Len()
		var body []byte
		for _, e := range c.entries {
			if _, ok := ids[string(e.val)]; e.val != nil && !ok {
				ids[string(e.val)] = uint64(len(ids))
				body = append(body, plainOf(c, e.val)...)
			}
		}
		packed := pack(t, st.codec, body)
		h := &out{}
		h.begin()
		h.i32(1, dictPage)
		h.i32(2, len(body))
		h.i32(3, len(packed))
		h.field(7, tStruct)
		h.begin()
		h.i32(1, len(ids))
		h.i32(2, encPlain)
		h.end()
		h.end()
		file.Write(h.Bytes())
		file.Write(packed)
	}
	data = file.Len()
	for rest := c.entries; len(rest) > 0; {
		n := min(st.perPage, len(rest))
		for n < len(rest) && rest[n].rep > 0 { // a page ends with a row
			n++
		}
		writePage(t, file, c, rest[:n], enc, ids, st)
		rest = rest[n:]
	}
	return dict, data
}

func writePage(t testing.TB, file *bytes.Buffer, c *wcol, entries []entry, enc int, ids map[string]uint64, st style) {
	var reps, defs []uint64
	var vals [][]byte
	nulls, rows := 0, 0
	for _, e := range entries {
		reps, defs = append(reps, uint64(e.rep)), append(defs, uint64(e.def))
		if e.rep == 0 {
			rows++
		}
		if e.val != nil {
			vals = append(vals, e.val)
		} else {
			nulls++
		}
	}
	var rl, dl []byte
	if c.maxRep > 0 {
		rl = hybridOf(reps, bits.Len(uint(c.maxRep)), true)
	}
	if c.maxDef > 0 {
		dl = hybridOf(defs, bits.Len(uint(c.maxDef)), false)
	}
	body := encode(c, vals, enc, ids)
	h := &out{}
	h.begin()
	if st.v2 {
		packed := pack(t, st.codec, body)
		h.i32(1, dataPageV2)
		h.i32(2, len(rl)+len(dl)+len(body))
		h.i32(3, len(rl)+len(dl)+len(packed))
		h.field(8, tStruct)
		h.begin()
		h.i32(1, len(entries))
		h.i32(2, nulls)
		h.i32(3, rows)
		h.i32(4, enc)
		h.i32(5, len(dl))
		h.i32(6, len(rl))
		h.field(7, tTrue)
		h.end()
		h.end()
		for _, b := range [][]byte{h.Bytes(), rl, dl, packed} {
			file.Write(b)
		}
		return
	}
	var page []byte
	for _, l := range [][]byte{rl, dl} {
		if l != nil {
			page = append(binary.LittleEndian.AppendUint32(page, uint32(len(l))), l...)
		}
	}
	page = append(page, body...)
	packed := pack(t, st.codec, page)
	h.i32(1, dataPage)
	h.i32(2, len(page))
	h.i32(3, len(packed))
	h.field(5, tStruct)
	h.begin()
	h.i32(1, len(entries))
	h.i32(2, enc)
	h.i32(3, encRLE)
	h.i32(4, encRLE)
	h.end()
	h.end()
	file.Write(h.Bytes())
	file.Write(packed)
}

func plainOf(c *wcol, v []byte) []byte {
	if c.physical == pBytes {
		return append(binary.LittleEndian.AppendUint32(nil, uint32(len(v))), v...)
	}
	return v
}

func encode(c *wcol, vals [][]byte, enc int, ids map[string]uint64) (b []byte) {
	ints := func(f func([]byte) int64) []int64 {
		var all []int64
		for _, v := range vals {
			all = append(all, f(v))
		}
		return all
	}
	length := func(v []byte) int64 { return int64(len(v)) }
	switch enc {
	case encRLE:
		var all []uint64
		for _, v := range vals {
			all = append(all, uint64(v[0]))
		}
		run := hybridOf(all, 1, true)
		return append(binary.LittleEndian.AppendUint32(nil, uint32(len(run))), run...)
	case encRLEDict:
		width := max(1, bits.Len(uint(len(ids))))
		var all []uint64
		for _, v := range vals {
			all = append(all, ids[string(v)])
		}
		return append([]byte{byte(width)}, hybridOf(all, width, true)...)
	case encDelta:
		return deltaOf(ints(func(v []byte) int64 {
			if len(v) == 4 {
				return int64(int32(binary.LittleEndian.Uint32(v)))
			}
			return int64(binary.LittleEndian.Uint64(v))
		}), c.physical == pInt32)
	case encDeltaLength:
		return append(deltaOf(ints(length), true), bytes.Join(vals, nil)...)
	case encDeltaByteArray:
		var shared []int64
		var ends [][]byte
		var last []byte
		for _, v := range vals {
			n := 0
			for n < len(v) && n < len(last) && v[n] == last[n] {
				n++
			}
			shared, ends, last = append(shared, int64(n)), append(ends, v[n:]), v
		}
		b = deltaOf(shared, true)
		vals = ends // whose lengths come next
		return append(append(b, deltaOf(ints(length), true)...), bytes.Join(ends, nil)...)
	case encSplit:
		for i := range c.leafWidth() {
			for _, v := range vals {
				b = append(b, v[i])
			}
		}
		return b
	}
	if c.physical == pBoolean {
		b = make([]byte, (len(vals)+7)/8)
		for i, v := range vals {
			b[i/8] |= v[0] << (i % 8)
		}
		return b
	}
	for _, v := range vals {
		b = append(b, plainOf(c, v)...)
	}
	return b
}

// leafWidth is the bytes of a plain value, -1 if they differ.
func (c *wcol) leafWidth() int {
	return [...]int{1, 4, 8, 12, 4, 8, -1, c.length}[c.physical]
}

// hybridOf writes one bit-packed run, or runs of equal values.
func hybridOf(v []uint64, width int, packed bool) (b []byte) {
	if !packed {
		for i := 0; i < len(v); {
			n := 1
			for i+n < len(v) && v[i+n] == v[i] {
				n++
			}
			b = binary.AppendUvarint(b, uint64(n)<<1)
			for k := 0; k < width; k += 8 {
				b = append(b, byte(v[i]>>k))
			}
			i += n
		}
		return b
	}
	groups := (len(v) + 7) / 8
	b = binary.AppendUvarint(b, uint64(groups)<<1|1)
	return append(b, bitPack(v, width, groups*8)...)
}

func bitPack(v []uint64, width, n int) []byte {
	b := make([]byte, (n*width+7)/8)
	for i, x := range v {
		for k := range width {
			b[(i*width+k)/8] |= byte(x>>k&1) << ((i*width + k) % 8)
		}
	}
	return b
}

// deltaOf writes DELTA_BINARY_PACKED in blocks of 128 and miniblocks of 32. Of
// INT32 values the differences wrap at 32 bits, as the format asks.
func deltaOf(v []int64, int32s bool) []byte {
	o := &out{}
	diff := func(a, b int64) int64 {
		if int32s {
			return int64(int32(a - b))
		}
		return a - b
	}
	o.uvarint(128)
	o.uvarint(4)
	o.uvarint(uint64(len(v)))
	if len(v) == 0 {
		o.zigzag(0)
		return o.Bytes()
	}
	o.zigzag(v[0])
	for i := 1; i < len(v); i += 128 {
		block := v[i:min(i+128, len(v))]
		lowest := diff(block[0], v[i-1])
		for k := range block {
			lowest = min(lowest, diff(v[i+k], v[i+k-1]))
		}
		o.zigzag(lowest)
		var widths [4]byte
		var body []byte
		for m := 0; m*32 < len(block); m++ {
			var ds []uint64
			width := 0
			for k := m * 32; k < min(m*32+32, len(block)); k++ {
				d := uint64(diff(v[i+k], v[i+k-1]) - lowest)
				width = max(width, bits.Len64(d))
				ds = append(ds, d)
			}
			widths[m] = byte(width)
			body = append(body, bitPack(ds, width, 32)...)
		}
		o.Write(widths[:])
		o.Write(body)
	}
	return o.Bytes()
}

// zstdWriter is made once: it takes megabytes.
var zstdWriter = sync.OnceValues(func() (*zstd.Encoder, error) {
	return zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
})

func pack(t testing.TB, codec int, b []byte) []byte {
	t.Helper()
	switch codec {
	case 1:
		return snappy.Encode(nil, b)
	case 2:
		var o bytes.Buffer
		w, err := gzip.NewWriterLevel(&o, gzip.StatelessCompression)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(b); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return o.Bytes()
	case 6:
		w, err := zstdWriter()
		if err != nil {
			t.Fatal(err)
		}
		return w.EncodeAll(b, nil)
	}
	return b
}
