package parquet

import (
	"context"
	"encoding/binary"
	"io"
	"strings"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/metadata"
	"github.com/apache/thrift/lib/go/thrift"

	"github.com/scrubline/scrubline/ingest"
)

const (
	maxFooter   = 8 << 20 // bytes; parsed it takes some forty times that
	maxElements = 4_000   // of the schema
	// maxChunk is what one column of a row group may unpack to, by its own word.
	maxChunk = 4 << 30
)

// open reads the metadata. codec names a compression that is not read.
func (f *Framer) open() (codec string, code ingest.Code) {
	defer caught(&code)
	var tail [8]byte
	if f.size < 12 {
		return "", ingest.CodeTruncated
	}
	if _, err := f.src.ReadAt(tail[:], f.size-8); f.src.code != "" {
		return "", f.fault(err)
	}
	if string(tail[4:]) != "PAR1" {
		// the footer is written last: a file without it was cut
		return "", ingest.CodeTruncated
	}
	n := int64(binary.LittleEndian.Uint32(tail[:]))
	if n > f.size-12 {
		return "", ingest.CodeSyntax
	}
	if n > maxFooter {
		return "", ingest.CodeSize
	}
	buf := make([]byte, n)
	if _, err := f.src.ReadAt(buf, f.size-8-n); f.src.code != "" {
		return "", f.fault(err)
	}
	if checkFooter(buf) != nil {
		return "", ingest.CodeSyntax
	}
	meta, err := metadata.NewFileMetaData(buf, nil)
	if err != nil {
		return "", ingest.CodeSyntax
	}
	meta.SetSourceFileSize(f.size)
	b := builder{depth: f.lim.Depth}
	f.root = b.build(meta.Schema.Root(), 0, 0, 0)
	if b.code != "" {
		return "", b.code
	}
	f.leaves = b.leaves
	if codec, code = f.checkGroups(meta); code != "" {
		return codec, code
	}
	boundCodecs()
	props := parquet.NewReaderProperties(&f.mem)
	props.BufferedStreamEnabled = true // or whole columns would be in memory
	props.MaxCompressedPageSize, props.MaxUncompressedPageSize = maxPage, maxPage
	f.file, err = file.NewParquetReader(io.NewSectionReader(&f.src, 0, f.size), file.WithMetadata(meta), file.WithReadProps(props))
	if err != nil {
		return "", f.fault(err)
	}
	return "", ""
}

// checkGroups checks that what the row groups say of themselves agrees, and
// their sizes against the limits.
func (f *Framer) checkGroups(meta *metadata.FileMetaData) (codec string, code ingest.Code) {
	rows, unpacked := meta.NumRows, int64(0)
	for i := range meta.GetRowGroups() {
		g := meta.RowGroup(i)
		if g.NumColumns() != len(f.leaves) || g.NumRows() < 0 || g.NumRows() > rows {
			return "", ingest.CodeSyntax
		}
		rows -= g.NumRows()
		packed := f.size // the columns do not overlap
		for j, l := range f.leaves {
			c, err := g.ColumnChunk(j)
			if err != nil || c.CryptoMetadata() != nil || c.FilePath() != "" || c.Type() != l.physical || c.NumValues() < 0 {
				return "", ingest.CodeSyntax
			}
			switch c.Compression() {
			case compress.Codecs.Uncompressed, compress.Codecs.Snappy, compress.Codecs.Gzip, compress.Codecs.Zstd, compress.Codecs.Lz4Raw:
			default:
				return strings.ToLower(c.Compression().String()), ingest.CodeCompression
			}
			start, size := c.DataPageOffset(), c.TotalCompressedSize()
			if c.HasDictionaryPage() && c.DictionaryPageOffset() > 0 {
				start = min(start, c.DictionaryPageOffset())
			}
			if start < 4 || size < 0 || size > packed || start > f.size-size || c.TotalUncompressedSize() < 0 {
				return "", ingest.CodeSyntax
			}
			packed -= size
			unpacked += c.TotalUncompressedSize()
			if c.TotalUncompressedSize() > maxChunk || unpacked > f.lim.Payload {
				return "", ingest.CodeSize
			}
		}
	}
	if rows != 0 { // a group is missing
		return "", ingest.CodeSyntax
	}
	return "", ""
}

// checkFooter walks the footer before the library parses it, which makes room for
// as many elements and children as the footer says there are: they must be
// there.
func checkFooter(buf []byte) error {
	ctx := context.Background()
	conf := &thrift.TConfiguration{MaxMessageSize: int32(len(buf))}
	mem := thrift.NewTMemoryBufferLen(0)
	if _, err := mem.Write(buf); err != nil {
		return err
	}
	p := thrift.NewTCompactProtocolConf(mem, conf)
	total, children, elements := 0, 0, false
	err := eachField(ctx, p, func(id int16, typ thrift.TType) (bool, error) {
		if id != 2 || typ != thrift.LIST {
			return false, nil
		}
		elem, n, err := p.ReadListBegin(ctx)
		if err != nil || elem != thrift.STRUCT || n > maxElements || elements {
			return true, errFooter
		}
		total, elements = n, true
		for range n {
			err := eachField(ctx, p, func(id int16, typ thrift.TType) (bool, error) {
				if id != 5 || typ != thrift.I32 {
					return false, nil
				}
				n, err := p.ReadI32(ctx)
				if n < 0 || n > maxElements {
					return true, errFooter
				}
				children += int(n)
				return true, err
			})
			if err != nil {
				return true, err
			}
		}
		return true, nil
	})
	if err == nil && children != total-1 { // all but the root are somebody's child
		err = errFooter
	}
	return err
}

// eachField calls read for the fields of a struct; what it does not read is
// skipped.
func eachField(ctx context.Context, p thrift.TProtocol, read func(id int16, typ thrift.TType) (bool, error)) error {
	if _, err := p.ReadStructBegin(ctx); err != nil {
		return err
	}
	for {
		_, typ, id, err := p.ReadFieldBegin(ctx)
		if err != nil {
			return err
		}
		if typ == thrift.STOP {
			return p.ReadStructEnd(ctx)
		}
		done, err := read(id, typ)
		if !done && err == nil {
			err = p.Skip(ctx, typ)
		}
		if err != nil {
			return err
		}
	}
}
