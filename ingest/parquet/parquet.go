// Package parquet gives the rows of a Parquet file as JSON objects, so that they
// go the way of every other JSON record.
//
// Names of columns are the keys; structs, lists and maps are kept as they are
// nested. Times become RFC 3339 text, decimals text, bytes that no annotation
// calls text base64, NaN and infinities text. What is null stays as null.
//
// The file is a stranger's: pages of one row group's columns are in memory one
// at a time, 128 MiB of them at most; what a file may expand to is bounded as
// for compressed text.
//
// It reads all encodings but the bit-packed levels of before 2013, and pages
// that are plain, snappy, gzip or zstd; others are named and refused.
package parquet

import (
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/scrubline/scrubline/ingest"
)

// ratioFrom is the output, in bytes, after which the ratio counts.
const ratioFrom = 1 << 20

// Framer gives one row after the other. It implements ingest.Framer, for one
// goroutine.
type Framer struct {
	r    io.ReaderAt
	size int64
	lim  ingest.Limits

	footer
	group int   // the next row group
	rows  int64 // rows left of the one being read
	cols  []column
	out   []byte // the row being written
	lost  bool   // it grew over the limit
	made  int64  // bytes of rows given
	work  int64  // numbers of pages, against a run that costs nothing and says billions
	code  ingest.Code
	first bool // no row was given yet

	held  int64 // bytes of pages
	buf   []byte
	one   [1]byte
	gz    *gzip.Reader
	zs    *zstd.Decoder
	gapOf []byte
}

var _ ingest.Framer = (*Framer)(nil)

// Rows returns a framer over the file of size bytes in r. A limit that is zero
// is that of ingest.DefaultLimits. The error wraps an *ingest.PayloadError: not
// a Parquet file, cut, or written in a way that is not read.
func Rows(r io.ReaderAt, size int64, lim ingest.Limits) (*Framer, error) {
	if lim.Record <= 0 {
		lim.Record = ingest.DefaultLimits.Record
	}
	if lim.Payload <= 0 {
		lim.Payload = ingest.DefaultLimits.Payload
	}
	if lim.Ratio <= 0 {
		lim.Ratio = ingest.DefaultLimits.Ratio
	}
	if lim.Depth <= 0 {
		lim.Depth = ingest.DefaultLimits.Depth
	}
	f := &Framer{r: r, size: size, lim: lim, first: true, gapOf: []byte("\n")}
	ft, code := f.readFooter()
	if code != "" {
		return nil, fmt.Errorf("reading parquet footer: %w", &ingest.PayloadError{Code: code})
	}
	f.footer = ft
	f.cols = make([]column, len(ft.leaves))
	for _, g := range ft.groups {
		for _, c := range g.chunks {
			switch c.codec {
			case 0, 1, 2, 6:
			default:
				return nil, fmt.Errorf("reading parquet pages compressed with %s: not supported: %w", codecName(c.codec),
					&ingest.PayloadError{Code: ingest.CodeCompression})
			}
		}
	}
	return f, nil
}

// Next implements ingest.Framer. The gap between two rows, and after the last,
// is a newline: gaps and rows together are JSON lines.
func (f *Framer) Next() (gap, raw []byte, err error) {
	if !f.first {
		gap = f.gapOf
	}
	for f.code == "" && f.rows == 0 {
		if f.group == len(f.groups) {
			f.first = true // the last gap is given once
			return gap, nil, io.EOF
		}
		f.code = f.startGroup()
	}
	if f.code == "" {
		f.rows--
		f.out, f.lost = f.out[:0], false
		f.code = f.members(f.root)
		if f.code == "" && f.rows == 0 {
			f.code = f.endGroup()
		}
	}
	if f.code != "" {
		return gap, nil, &ingest.PayloadError{Code: f.code, Offset: f.made}
	}
	f.first = false
	f.made += int64(len(f.out))
	f.code = f.charge(int64(len(f.out)) + 1)
	if f.lost {
		return gap, f.out[:min(len(f.out), f.lim.Record)], &ingest.RecordError{Code: ingest.CodeTooLong, At: f.lim.Record}
	}
	return gap, f.out, nil
}

func (f *Framer) startGroup() ingest.Code {
	g := &f.groups[f.group]
	f.group++
	f.rows = g.rows
	for i := range f.cols {
		c := &f.cols[i]
		c.reset(f, f.leaves[i], g.chunks[i])
		if code := c.advance(); code != "" {
			return code
		}
		if c.ok != (g.rows > 0) {
			return ingest.CodeSyntax
		}
	}
	return ""
}

// endGroup checks that no column has more values than the rows took.
func (f *Framer) endGroup() ingest.Code {
	for i := range f.cols {
		if f.cols[i].ok {
			return ingest.CodeSyntax
		}
	}
	return ""
}

// charge counts work against the ratio and the size that a payload may expand
// to.
func (f *Framer) charge(n int64) ingest.Code {
	f.work += n
	switch {
	case f.work > ratioFrom && f.work/f.lim.Ratio > f.size:
		return ingest.CodeRatio
	case f.made > f.lim.Payload:
		return ingest.CodeSize
	}
	return ""
}

// readAt fills b from the file.
func (f *Framer) readAt(b []byte, off int64) ingest.Code {
	n, err := f.r.ReadAt(b, off)
	switch {
	case n == len(b):
		return ""
	case err == io.EOF:
		return ingest.CodeTruncated
	}
	return ingest.CodeUnreadable
}

// scratch lends n bytes until the next call.
func (f *Framer) scratch(n int) []byte {
	if cap(f.buf) < n {
		f.buf = make([]byte, n)
	}
	return f.buf[:n]
}

// reserve gives b room for n bytes out of the memory for pages.
func (f *Framer) reserve(b *[]byte, n int64) ingest.Code {
	if int64(cap(*b)) >= n {
		return ""
	}
	f.held += n - int64(cap(*b))
	if n > pageMemory || f.held > pageMemory {
		return ingest.CodeSize
	}
	*b = make([]byte, n)
	return ""
}
