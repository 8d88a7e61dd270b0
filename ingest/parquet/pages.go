package parquet

import (
	"encoding/binary"
	"errors"
	"sync"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"

	"github.com/scrubline/scrubline/ingest"
)

const (
	// maxPageValues bounds the numbers of a page; writers make pages of at most
	// some 100,000.
	maxPageValues = 16 << 20
	maxHeader     = 256 << 10 // bytes of a page's header: statistics stand in it
	maxBlock      = 64 << 10  // numbers of a block of differences; writers take 128
	// batchBytes bounds what a batch of values that share their starts is written
	// out to.
	batchBytes = 8 << 20
)

var (
	errDamaged = errors.New("damaged page")
	errFooter  = errors.New("footer does not add up")
)

// pages gives the library the pages of a column after a look at them: it makes
// room for as many values as a page says it has.
type pages struct {
	file.PageReader
	f      *Framer
	leaf   *node
	code   ingest.Code
	batch  int64 // values to decode at once
	copies bool  // values are copies
	held   int64 // bytes charged for the page and the batch
	page   int64 // bytes charged for the page
}

// Next implements file.PageReader.
func (p *pages) Next() bool {
	for p.PageReader.Next() {
		page := p.Page()
		if p.code = p.check(page); p.code != "" {
			return false
		}
		if _, ok := page.(*file.DictionaryPage); ok || page.NumValues() > 0 {
			return true
		}
	}
	return false
}

// GetDictionaryPage implements file.PageReader: a dictionary comes in its place or
// not at all.
func (p *pages) GetDictionaryPage() (*file.DictionaryPage, error) { return nil, nil }

// hold charges n bytes for the batch, in place of those of the batch before.
func (p *pages) hold(n int64) {
	was := p.held
	p.held = p.page + n
	p.f.mem.charge(p.held - was)
}

func (p *pages) check(page file.Page) ingest.Code {
	n, data := int64(page.NumValues()), page.Data()
	if n > maxPageValues {
		return ingest.CodeSize
	}
	if code := p.f.charge(n); code != "" {
		return code
	}
	enc := parquet.Encoding(page.Encoding())
	switch page := page.(type) {
	case *file.DictionaryPage:
		width, size := widthOf(&p.leaf.leaf)
		if p.leaf.physical == parquet.Types.Boolean || n > int64(len(data)/width) {
			return ingest.CodeSyntax
		}
		p.f.mem.charge(2 * n * int64(size)) // values and their copies while it grows
		return ""
	case *file.DataPageV1:
		if p.leaf.rep > 0 {
			data = afterLevels(data, page.RepetitionLevelEncoding())
		}
		if p.leaf.def > 0 {
			data = afterLevels(data, page.DefinitionLevelEncoding())
		}
	case *file.DataPageV2:
		data = data[page.RepetitionLevelByteLen()+page.DefinitionLevelByteLen():]
	}
	p.batch, p.copies, p.page = batchSize, false, 0
	switch enc {
	case parquet.Encodings.DeltaBinaryPacked:
		_, ok := afterDelta(data, false)
		if !ok {
			return ingest.CodeSyntax
		}
	case parquet.Encodings.DeltaLengthByteArray, parquet.Encodings.DeltaByteArray:
		p.page = 8 * n // lengths
		rest, ok := afterDelta(data, enc == parquet.Encodings.DeltaByteArray)
		if ok && enc == parquet.Encodings.DeltaByteArray {
			// no value is longer than the page
			p.copies, p.batch = true, max(1, min(batchSize, batchBytes/int64(len(data)+1)))
			_, ok = afterDelta(rest, false)
		}
		if !ok {
			return ingest.CodeSyntax
		}
	}
	p.hold(0)
	return ""
}

// widthOf is the least bytes of a plain value, and those of it in memory.
func widthOf(l *leaf) (plain, size int) {
	switch l.physical {
	case parquet.Types.ByteArray:
		return 4, 24
	case parquet.Types.FixedLenByteArray:
		return max(1, l.length), 24
	case parquet.Types.Int64, parquet.Types.Double:
		return 8, 8
	case parquet.Types.Int96:
		return 12, 12
	}
	return 4, 4
}

// afterLevels is what follows the levels at the start of a page of version 1:
// nothing, if they are packed as before 2013, for no such page has differences.
func afterLevels(b []byte, enc parquet.Encoding) []byte {
	if enc != parquet.Encodings.RLE || len(b) < 4 || uint64(binary.LittleEndian.Uint32(b)) > uint64(len(b)-4) {
		return nil
	}
	return b[4+binary.LittleEndian.Uint32(b):]
}

// afterDelta checks the header of DELTA_BINARY_PACKED numbers, by which the
// library makes room, and returns what follows them if asked to skip them.
func afterDelta(b []byte, skip bool) (rest []byte, ok bool) {
	var head [4]uint64 // numbers a block, miniblocks a block, numbers, the first number
	for i := range head {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			return nil, false
		}
		head[i], b = v, b[n:]
	}
	block, minis, left := head[0], head[1], head[2]
	if block > maxBlock || minis == 0 || minis > block || left > maxPageValues {
		return nil, false
	}
	for skip && left > 1 {
		_, n := binary.Uvarint(b) // the least difference
		if n <= 0 || uint64(len(b)-n) < minis {
			return nil, false
		}
		widths := b[n : n+int(minis)]
		b = b[n+int(minis):]
		for _, w := range widths {
			if left <= 1 {
				break
			}
			size := block / minis * uint64(w) / 8
			if size > uint64(len(b)) {
				return nil, false
			}
			b, left = b[size:], left-min(left-1, block/minis)
		}
	}
	return b, true
}

// bounded is a codec that does not write more than it was asked for: the
// library's make room for what the compressed bytes say, or for what comes.
type bounded struct {
	compress.Codec
	decode func(dst, src []byte) ([]byte, error)
}

// DecodeWithError implements compress.ErrorCodec.
func (c bounded) DecodeWithError(dst, src []byte) ([]byte, error) {
	if len(src) == 0 && len(dst) == 0 { // a page of nulls
		return dst, nil
	}
	out, err := c.decode(dst, src)
	if err != nil || len(out) != len(dst) {
		return nil, errDamaged
	}
	return out, nil
}

// boundCodecs puts ours in the place of the library's, for the whole program.
var boundCodecs = sync.OnceFunc(func() {
	for _, name := range []compress.Compression{compress.Codecs.Snappy, compress.Codecs.Gzip, compress.Codecs.Zstd, compress.Codecs.Lz4Raw} {
		codec, err := compress.GetCodec(name)
		if err != nil {
			panic(err)
		}
		c := bounded{codec, codec.(compress.ErrorCodec).DecodeWithError}
		switch name {
		case compress.Codecs.Snappy:
			inner := c.decode
			c.decode = func(dst, src []byte) ([]byte, error) {
				if n, err := snappy.DecodedLen(src); err != nil || n != len(dst) {
					return nil, errDamaged
				}
				return inner(dst, src)
			}
		case compress.Codecs.Zstd:
			zs, err := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(maxPage), zstd.WithDecodeAllCapLimit(true))
			if err != nil {
				panic(err)
			}
			c.decode = func(dst, src []byte) ([]byte, error) { return zs.DecodeAll(src, dst[:0:len(dst)]) }
		}
		compress.RegisterCodec(name, c)
	}
})
