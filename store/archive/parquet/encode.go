package parquet

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
)

const (
	// MaxRows bounds the rows of one file, for writers and readers.
	MaxRows = 1 << 24
	// pageBytes is when a page of text is closed. Readers hold a page in memory.
	pageBytes = 1 << 20
	// rawBytes is the size up to which a chunk is not worth a zstd frame.
	rawBytes = 96
)

// Parquet's numbers for physical types, encodings, codecs and page types.
const (
	pINT32 = 1
	pINT64 = 2
	pFLOAT = 4
	pBYTES = 6
	pFIXED = 7

	ePlain = 0
	eRLE   = 3
	eDelta = 5
	eDict  = 8

	cRaw  = 0
	cZstd = 6

	gData = 0
	gDict = 2
)

// ErrTooManyRows says that a batch has more than MaxRows rows.
var ErrTooManyRows = errors.New("too many rows for one object")

// Encoder writes batches as Parquet files. It keeps its memory; one goroutine
// uses it at a time.
type Encoder struct {
	zw     *zstd.Encoder
	out    []byte // the file being written starts at base
	base   int
	dict   []byte // dictionary page, before compression
	page   []byte // data page, before compression
	keys   []uint32
	remap  []uint32
	levels []uint32
	set    valueSet
	texts  textSet
	chunks []chunk
	head   writer
}

// chunk is what the footer says about a column.
type chunk struct {
	col             schemas.Column
	binary          bool // text that is not UTF-8
	codec           int
	encoding        int   // of the data pages
	values          int64 // with one for each empty list
	start, data     int   // offsets in the file of the chunk and its first data page
	raw             int64 // bytes before compression, with page headers
	size            int64 // bytes in the file
	hasRange        bool  // min and max are known
	least, greatest uint64
}

// Level is the zstd level, by measurement: see BenchmarkEncode.
const Level = zstd.SpeedFastest

// NewEncoder returns an encoder.
func NewEncoder() *Encoder {
	zw, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(Level), zstd.WithEncoderConcurrency(1),
		zstd.WithEncoderCRC(false), zstd.WithWindowSize(pageBytes))
	if err != nil {
		panic(err) // the options are constants
	}
	return &Encoder{zw: zw}
}

// Encode appends the batch to dst as a Parquet file and returns the extended
// slice and the SHA-256 of the file. describe gets the SHA-256 of everything
// before the footer and returns the text that the footer holds under MetaKey. The
// batch is only read.
func (e *Encoder) Encode(dst []byte, b *event.Batch, describe func(body [sha256.Size]byte) ([]byte, error)) ([]byte, [sha256.Size]byte, error) {
	if b.Rows() > MaxRows {
		return nil, [sha256.Size]byte{}, ErrTooManyRows
	}
	e.base = len(dst)
	e.out = append(dst, magic...)
	e.chunks = e.chunks[:0]
	for _, c := range b.Columns() {
		e.column(b, c)
	}
	body := len(e.out)
	hash := sha256.New()
	hash.Write(e.out[e.base:])
	meta, err := describe([sha256.Size]byte(hash.Sum(nil)))
	if err != nil {
		return nil, [sha256.Size]byte{}, fmt.Errorf("describing batch: %w", err)
	}
	e.footer(b.Rows(), meta)
	hash.Write(e.out[body:])
	out := e.out
	e.out = nil
	return out, [sha256.Size]byte(hash.Sum(nil)), nil
}

func (e *Encoder) column(b *event.Batch, c schemas.Column) {
	e.chunks = append(e.chunks, chunk{col: c, start: len(e.out) - e.base, values: int64(b.Rows())})
	k := &e.chunks[len(e.chunks)-1]
	if b.Rows() == 0 {
		return
	}
	e.dict, e.page = e.dict[:0], e.page[:0]
	if b.Unset(c) {
		e.unset(k, b.Rows())
		k.size = int64(len(e.out) - e.base - k.start)
		return
	}
	switch c.Info().Kind {
	case schemas.KString:
		e.text(k, b.Str(c))
	case schemas.KDict:
		e.dictionary(k, b.Dict(c))
	case schemas.KStrings:
		e.lists(k, b.Strs(c))
	case schemas.KIP:
		e.addrs(k, b.Addrs(c))
	default:
		e.nums(k, b.Nums(c), c.Info().Kind)
	}
	k.size = int64(len(e.out) - e.base - k.start)
}

// unset writes a column that has zero or nothing in all n rows, without reading it.
func (e *Encoder) unset(k *chunk, n int) {
	switch kind := k.col.Info().Kind; kind {
	case schemas.KStrings:
		k.codec, k.encoding = cRaw, ePlain
		k.data = len(e.out) - e.base
		for range 2 { // repetition and definition levels
			run := append(binary.AppendUvarint(nil, uint64(n)<<1), 0)
			e.page = appendPlain(e.page, run)
		}
		e.write(k, gData, n, e.page)
		return
	case schemas.KString, schemas.KDict:
		e.dict = appendPlain(e.dict, nil)
	case schemas.KIP:
		e.dict = append(e.dict, make([]byte, 16)...)
	default:
		k.hasRange = kind == schemas.KTime
		e.dict = appendNum(e.dict, 0, numSize(kind))
	}
	e.constant(k, n)
}

// constant writes n times the only value in e.dict.
func (e *Encoder) constant(k *chunk, n int) {
	e.keys = append(e.keys[:0], 0)
	e.page = append(e.page[:0], 1)
	e.page = binary.AppendUvarint(e.page, uint64(n)<<1)
	e.page = append(e.page, 0)
	e.indexed(k, n, 1)
}

// dictionary writes a column that is one already. Only values that a row uses
// go out: a row that was dropped from the batch leaves its values behind in the
// batch's dictionary, and they may be why it was dropped.
func (e *Encoder) dictionary(k *chunk, d *event.Dict) {
	e.remap = zeroed(e.remap, len(d.Values))
	e.keys = e.keys[:0]
	used := uint32(0)
	last, lastKey := ^uint32(0), uint32(0)
	for _, key := range d.Keys {
		if key != last {
			if e.remap[key] == 0 {
				v := d.Values[key]
				k.binary = k.binary || !utf8.ValidString(v)
				e.dict = binary.LittleEndian.AppendUint32(e.dict, uint32(len(v)))
				e.dict = append(e.dict, v...)
				used++
				e.remap[key] = used
			}
			last, lastKey = key, e.remap[key]-1
		}
		e.keys = append(e.keys, lastKey)
	}
	e.indices(k, len(e.keys), int(used))
}

// indices writes e.keys as a page of indices into e.dict.
func (e *Encoder) indices(k *chunk, n, values int) {
	w := width(uint32(values - 1))
	e.page = append(e.page[:0], byte(w))
	e.page = appendRLE(e.page, e.keys, w)
	e.indexed(k, n, values)
}

// indexed writes e.dict and the indices in e.page.
func (e *Encoder) indexed(k *chunk, n, values int) {
	k.encoding, k.codec = eDict, cZstd
	if len(e.dict) <= rawBytes && len(e.page) <= rawBytes {
		k.codec = cRaw
	}
	e.write(k, gDict, values, e.dict)
	k.data = len(e.out) - e.base
	e.write(k, gData, n, e.page)
}

func (e *Encoder) nums(k *chunk, vs []uint64, kind schemas.Kind) {
	size := numSize(kind)
	if kind == schemas.KTime {
		k.hasRange, k.least, k.greatest = true, vs[0], vs[0]
		for _, v := range vs {
			if int64(v) < int64(k.least) {
				k.least = v
			}
			if int64(v) > int64(k.greatest) {
				k.greatest = v
			}
		}
	}
	if e.few(len(vs), min(len(vs)/8+1, 1<<12), func(i int) value { return value{lo: vs[i]} }) {
		for _, v := range e.set.vals {
			e.dict = appendNum(e.dict, v.lo, size)
		}
		e.indices(k, len(vs), len(e.set.vals))
		return
	}
	if kind == schemas.KF32 {
		for _, v := range vs {
			e.page = appendNum(e.page, v, size)
		}
		e.plain(k, ePlain, len(vs))
		return
	}
	e.page = appendDelta(e.page, vs, size == 8)
	e.plain(k, eDelta, len(vs))
}

// numSize is the size in bytes of a plain number.
func numSize(kind schemas.Kind) int {
	if kind == schemas.KU64 || kind == schemas.KTime {
		return 8
	}
	return 4
}

func appendNum(dst []byte, v uint64, size int) []byte {
	if size == 8 {
		return binary.LittleEndian.AppendUint64(dst, v)
	}
	return binary.LittleEndian.AppendUint32(dst, uint32(v))
}

func (e *Encoder) addrs(k *chunk, as [][16]byte) {
	if e.few(len(as), min(len(as)/2+1, 1<<14), func(i int) value {
		return value{binary.LittleEndian.Uint64(as[i][:8]), binary.LittleEndian.Uint64(as[i][8:])}
	}) {
		for _, v := range e.set.vals {
			e.dict = binary.LittleEndian.AppendUint64(e.dict, v.hi)
			e.dict = binary.LittleEndian.AppendUint64(e.dict, v.lo)
		}
		e.indices(k, len(as), len(e.set.vals))
		return
	}
	for i := range as {
		e.page = append(e.page, as[i][:]...)
	}
	e.plain(k, ePlain, len(as))
}

// few fills e.keys and e.set if the values are at most limit different ones.
func (e *Encoder) few(n, limit int, at func(i int) value) bool {
	e.set.reset(limit)
	e.keys = e.keys[:0]
	last := at(0)
	key, _ := e.set.add(last)
	for i := range n {
		if v := at(i); v != last {
			var ok bool
			if key, ok = e.set.add(v); !ok {
				return false
			}
			last = v
		}
		e.keys = append(e.keys, key)
	}
	return true
}

// plain writes e.page as the only page.
func (e *Encoder) plain(k *chunk, encoding, n int) {
	k.encoding, k.codec = encoding, cZstd
	if len(e.page) <= rawBytes {
		k.codec = cRaw
	}
	k.data = len(e.out) - e.base
	e.write(k, gData, n, e.page)
}

// lists writes a column of text lists: repetition levels (0 starts a row) and
// definition levels (0 for a row without elements), then the elements.
func (e *Encoder) lists(k *chunk, s *event.Strs) {
	k.codec, k.encoding = cZstd, ePlain
	n := len(s.End)
	if total := s.End[n-1]; total > 0 {
		k.binary = !utf8.Valid(s.Items.Buf[:s.Items.End[total-1]])
	} else {
		k.codec = cRaw
	}
	k.values = 0
	k.data = len(e.out) - e.base
	for row := 0; row < n; {
		e.keys, e.levels, e.dict = e.keys[:0], e.levels[:0], e.dict[:0]
		for ; row < n && len(e.dict) < pageBytes; row++ {
			from, to := s.Row(row)
			if from == to {
				e.keys, e.levels = append(e.keys, 0), append(e.levels, 0)
			}
			for i := from; i < to; i++ {
				e.keys, e.levels = append(e.keys, min(uint32(i-from), 1)), append(e.levels, 1)
				e.dict = appendPlain(e.dict, s.Items.At(i))
			}
		}
		e.page = appendLevels(e.page[:0], e.keys)
		e.page = appendLevels(e.page, e.levels)
		e.page = append(e.page, e.dict...)
		e.write(k, gData, len(e.keys), e.page)
		k.values += int64(len(e.keys))
	}
}

// appendLevels appends levels of one bit with the length of their encoding.
func appendLevels(dst []byte, levels []uint32) []byte {
	at := len(dst)
	dst = appendRLE(append(dst, 0, 0, 0, 0), levels, 1)
	binary.LittleEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	return dst
}

// write appends a page to the file.
func (e *Encoder) write(k *chunk, typ, values int, page []byte) {
	// The header holds the compressed size, so the page goes first and moves.
	at := len(e.out)
	size := len(page)
	if k.codec == cZstd {
		e.out = e.zw.EncodeAll(page, e.out)
		size = len(e.out) - at
	}
	h := &e.head
	h.b, h.last = h.b[:0], 0
	h.item()
	h.i32(1, int32(typ))
	h.i32(2, int32(len(page)))
	h.i32(3, int32(size))
	if typ == gDict {
		h.open(7)
		h.i32(1, int32(values))
		h.i32(2, ePlain)
		h.close()
	} else {
		h.open(5)
		h.i32(1, int32(values))
		h.i32(2, int32(k.encoding))
		h.i32(3, eRLE)
		h.i32(4, eRLE)
		h.close()
	}
	h.close()
	if k.codec == cZstd {
		e.out = append(e.out, h.b...)
		copy(e.out[at+len(h.b):], e.out[at:at+size])
		copy(e.out[at:], h.b)
	} else {
		e.out = append(append(e.out, h.b...), page...)
	}
	k.raw += int64(len(h.b) + len(page))
}

func zeroed(s []uint32, n int) []uint32 {
	if cap(s) < n {
		return make([]uint32, n)
	}
	s = s[:n]
	clear(s)
	return s
}
