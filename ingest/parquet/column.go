package parquet

import (
	"bytes"
	"encoding/binary"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"

	"github.com/scrubline/scrubline/ingest"
)

const (
	// pageMemory is what the pages and dictionaries of all columns may hold
	// together, in bytes.
	pageMemory = 128 << 20
	// maxPageValues bounds the numbers of a page; writers make pages of at most
	// some 100,000.
	maxPageValues = 16 << 20
	// headerSize is what is read for a page's header at first, and headerMax at
	// most: statistics stand in it.
	headerSize, headerMax = 1 << 10, 64 << 10
)

// column reads one column of a row group. Its head is the entry to come.
type column struct {
	f     *Framer
	leaf  *node
	pos   int64 // of the next page
	end   int64
	left  int64 // values to come, those of the page included
	codec int64

	page     []byte // unpacked
	inPage   int64
	reps     hybrid
	defs     hybrid
	vals     values
	dict     dictionary
	hasDict  bool
	rep, def int
	val      []byte
	ok       bool // there is a head
}

// pageHeader is what matters of a page's header.
type pageHeader struct {
	typ                      int64
	packed, unpacked, values int64
	enc                      int64
	defEnc, repEnc           int64
	v2                       bool
	defLen, repLen           int64
	compressed               bool
}

// Page types.
const (
	dataPage   = 0
	dictPage   = 2
	dataPageV2 = 3
)

func (c *column) reset(f *Framer, n *node, ch chunk) {
	c.f, c.leaf = f, n
	c.pos, c.end, c.left, c.codec = ch.start, ch.start+ch.size, ch.values, ch.codec
	c.inPage, c.hasDict, c.ok = 0, false, false
}

// advance moves on to the next entry of the column.
func (c *column) advance() ingest.Code {
	c.ok = false
	if c.left == 0 {
		return ""
	}
	for c.inPage == 0 {
		if code := c.nextPage(); code != "" {
			return code
		}
	}
	c.inPage--
	c.left--
	rep, ok1 := c.reps.next()
	def, ok2 := c.defs.next()
	if !ok1 || !ok2 || int(rep) > c.leaf.rep || int(def) > c.leaf.def {
		return ingest.CodeSyntax
	}
	c.rep, c.def = int(rep), int(def)
	if c.def == c.leaf.def {
		if c.val, c.ok = c.vals.next(); !c.ok {
			return ingest.CodeSyntax
		}
	}
	c.ok = true
	return ""
}

// nextPage reads one page: a dictionary, or values.
func (c *column) nextPage() ingest.Code {
	h, code := c.header()
	if code != "" {
		return code
	}
	if h.packed < 0 || h.packed > c.end-c.pos || h.unpacked < 0 || h.values < 0 || h.values > maxPageValues {
		return ingest.CodeSyntax
	}
	if code := c.f.charge(h.values); code != "" {
		return code
	}
	if h.typ != dataPage && h.typ != dataPageV2 && h.typ != dictPage {
		c.pos += h.packed // an index page
		return ""
	}
	body, code := c.body(h)
	if code != "" {
		return code
	}
	c.pos += h.packed
	if h.typ == dictPage {
		if code := c.f.reserve(&c.dict.b, int64(len(body))); code != "" {
			return code
		}
		if h.enc != encPlain && h.enc != encPlainDict || !c.dict.set(body, int(h.values), c.leaf.width()) || c.leaf.physical == pBoolean {
			return ingest.CodeSyntax
		}
		c.hasDict = true
		return ""
	}
	return c.start(h, body)
}

// start makes a data page the current one.
func (c *column) start(h pageHeader, body []byte) ingest.Code {
	c.inPage = min(h.values, c.left)
	var ok bool
	if h.v2 {
		c.reps.reset(body[:h.repLen], bitsFor(c.leaf.rep))
		c.defs.reset(body[h.repLen:h.repLen+h.defLen], bitsFor(c.leaf.def))
		body = body[h.repLen+h.defLen:]
	} else {
		if body, ok = levels(&c.reps, body, c.leaf.rep, h.repEnc); !ok {
			return ingest.CodeSyntax
		}
		if body, ok = levels(&c.defs, body, c.leaf.def, h.defEnc); !ok {
			return ingest.CodeSyntax
		}
	}
	if (h.enc == encPlainDict || h.enc == encRLEDict) && !c.hasDict {
		return ingest.CodeSyntax
	}
	cost, ok := c.vals.reset(h.enc, &c.leaf.leaf, body, &c.dict)
	if !ok {
		return ingest.CodeSyntax
	}
	return c.f.charge(cost)
}

// levels reads the levels at the start of a page of version 1.
func levels(h *hybrid, b []byte, highest int, enc int64) ([]byte, bool) {
	if highest == 0 {
		h.reset(nil, 0)
		return b, true
	}
	if enc != encRLE || len(b) < 4 {
		return nil, false
	}
	n := binary.LittleEndian.Uint32(b)
	if uint64(n) > uint64(len(b)-4) {
		return nil, false
	}
	h.reset(b[4:4+n], bitsFor(highest))
	return b[4+n:], true
}

// header reads the page header at pos and moves pos behind it.
func (c *column) header() (h pageHeader, code ingest.Code) {
	for size := int64(headerSize); ; size *= 4 {
		n := min(size, c.end-c.pos)
		if n <= 0 {
			return h, ingest.CodeSyntax // fewer values than announced
		}
		buf := c.f.scratch(int(n))
		if code := c.f.readAt(buf, c.pos); code != "" {
			return h, code
		}
		t := &thrift{b: buf}
		h = parsePage(t)
		if !t.bad {
			c.pos += int64(t.pos)
			return h, ""
		}
		if !t.short || size >= headerMax || n < size {
			return h, ingest.CodeSyntax
		}
	}
}

func parsePage(t *thrift) pageHeader {
	h := pageHeader{compressed: true, enc: -1}
	t.fields(func(id int64, typ byte) bool {
		switch {
		case id == 1 && typ == tI32:
			h.typ = t.int()
		case id == 2 && typ == tI32:
			h.unpacked = t.int()
		case id == 3 && typ == tI32:
			h.packed = t.int()
		case (id == 5 || id == 7) && typ == tStruct:
			t.fields(func(id int64, typ byte) bool {
				if typ != tI32 {
					return false
				}
				switch id {
				case 1:
					h.values = t.int()
				case 2:
					h.enc = t.int()
				case 3:
					h.defEnc = t.int()
				case 4:
					h.repEnc = t.int()
				default:
					return false
				}
				return true
			})
		case id == 8 && typ == tStruct:
			h.v2 = true
			t.fields(func(id int64, typ byte) bool {
				switch {
				case id == 7 && typ == tFalse:
					h.compressed = false
					return false
				case typ != tI32:
					return false
				}
				switch id {
				case 1:
					h.values = t.int()
				case 4:
					h.enc = t.int()
				case 5:
					h.defLen = t.int()
				case 6:
					h.repLen = t.int()
				default:
					return false
				}
				return true
			})
		default:
			return false
		}
		return true
	})
	return h
}

// body reads and unpacks the page at pos into the column's own memory.
func (c *column) body(h pageHeader) ([]byte, ingest.Code) {
	plain := int64(0) // bytes of levels, which version 2 does not compress
	if h.v2 {
		if h.defLen < 0 || h.repLen < 0 || h.defLen > h.packed || h.repLen > h.packed-h.defLen ||
			h.defLen+h.repLen > h.unpacked {
			return nil, ingest.CodeSyntax
		}
		plain = h.defLen + h.repLen
	}
	if !h.v2 || h.typ == dictPage {
		h.compressed = true
	}
	if code := c.f.reserve(&c.page, h.unpacked); code != "" {
		return nil, code
	}
	c.page = c.page[:h.unpacked]
	if c.codec == 0 || !h.compressed {
		if h.packed != h.unpacked {
			return nil, ingest.CodeSyntax
		}
		return c.page, c.f.readAt(c.page, c.pos)
	}
	if h.packed > pageMemory {
		return nil, ingest.CodeSize
	}
	packed := c.f.scratch(int(h.packed))
	if code := c.f.readAt(packed, c.pos); code != "" {
		return nil, code
	}
	copy(c.page, packed[:plain])
	if !c.f.unpack(c.codec, c.page[plain:], packed[plain:]) {
		return nil, ingest.CodeCompression
	}
	return c.page, ""
}

// unpack decompresses src, which must fill dst to its end.
func (f *Framer) unpack(codec int64, dst, src []byte) bool {
	if len(src) == 0 { // a page of nulls
		return len(dst) == 0
	}
	switch codec {
	case 1:
		if n, err := snappy.DecodedLen(src); err != nil || n != len(dst) {
			return false
		}
		out, err := snappy.Decode(dst, src)
		return err == nil && len(out) == len(dst)
	case 2:
		if f.gz == nil {
			f.gz = new(gzip.Reader)
		}
		if f.gz.Reset(bytes.NewReader(src)) != nil {
			return false
		}
		if _, err := io.ReadFull(f.gz, dst); err != nil {
			return false
		}
		n, err := f.gz.Read(f.one[:])
		return n == 0 && err == io.EOF
	case 6:
		if f.zs == nil {
			zs, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(pageMemory),
				zstd.WithDecodeAllCapLimit(true))
			if err != nil {
				return false
			}
			f.zs = zs
		}
		out, err := f.zs.DecodeAll(src, dst[:0:len(dst)])
		return err == nil && len(out) == len(dst)
	}
	return false
}
