// Package parquet gives the rows of a Parquet file as JSON objects, so that they
// go the way of every other JSON record. The columns are read by Apache's
// arrow-go; this package puts rows together of them and bounds what a file costs.
//
// Names of columns are the keys; structs, lists and maps are kept as they are
// nested. Times become RFC 3339 text, decimals text, bytes that no annotation
// calls text base64, NaN and infinities text. What is null stays as null.
//
// The file is a stranger's, and the library believes what a file says of its
// sizes: everything that it would allocate by is checked first. One page of each
// column of one row group is in memory, 256 MiB of them at most; what a file may
// expand to is bounded as for compressed text. No error of the library gets out,
// for it may quote, and its panics become errors.
package parquet

import (
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"

	"github.com/scrubline/scrubline/ingest"
)

const (
	// ratioFrom is the output, in bytes, after which the ratio counts.
	ratioFrom = 1 << 20
	// pageMemory is what the pages and dictionaries of all columns may hold
	// together, in bytes, and maxPage what one page may.
	pageMemory, maxPage = 256 << 20, 64 << 20
)

// Framer gives one row after the other. It implements ingest.Framer, for one
// goroutine.
type Framer struct {
	src  source
	size int64
	lim  ingest.Limits
	mem  budget

	file   *file.Reader
	root   *node
	leaves []*node
	group  int   // the next row group
	rows   int64 // rows left of the one being read
	cols   []column
	out    []byte // the row being written
	lost   bool   // it grew over the limit
	made   int64  // bytes of rows given
	work   int64  // numbers of pages, against a run that costs nothing and says billions
	code   ingest.Code
	first  bool // no row was given yet
	gapOf  []byte
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
	f := &Framer{src: source{r: r}, size: size, lim: lim, first: true, gapOf: []byte("\n")}
	codec, code := f.open()
	switch {
	case codec != "":
		return nil, fmt.Errorf("reading parquet pages compressed with %s: not supported: %w", codec, &ingest.PayloadError{Code: code})
	case code != "":
		return nil, fmt.Errorf("reading parquet footer: %w", &ingest.PayloadError{Code: code})
	}
	return f, nil
}

// Next implements ingest.Framer. The gap between two rows, and after the last,
// is a newline: gaps and rows together are JSON lines.
func (f *Framer) Next() (gap, raw []byte, err error) {
	if !f.first {
		gap = f.gapOf
	}
	if f.code == "" {
		f.code = f.row()
	}
	if f.code != "" {
		f.cols = nil
		return gap, nil, &ingest.PayloadError{Code: f.code, Offset: f.made}
	}
	if f.rows < 0 {
		f.first = true // the last gap is given once
		return gap, nil, io.EOF
	}
	f.first = false
	f.made += int64(len(f.out))
	f.code = f.charge(int64(len(f.out)) + 1)
	if f.lost {
		return gap, f.out[:min(len(f.out), f.lim.Record)], &ingest.RecordError{Code: ingest.CodeTooLong, At: f.lim.Record}
	}
	return gap, f.out, nil
}

// row writes the next row to out, or sets rows to -1 if there is none.
func (f *Framer) row() (code ingest.Code) {
	defer caught(&code)
	for f.rows <= 0 {
		if f.group == f.file.NumRowGroups() {
			f.rows, f.cols = -1, nil
			return ""
		}
		if code := f.startGroup(); code != "" {
			return code
		}
	}
	f.rows--
	f.out, f.lost = f.out[:0], false
	if code := f.members(f.root); code != "" || f.rows > 0 {
		return code
	}
	for i := range f.cols { // no column has more values than the rows took
		if f.cols[i].ok {
			return ingest.CodeSyntax
		}
	}
	return ""
}

func (f *Framer) startGroup() ingest.Code {
	g := f.file.RowGroup(f.group)
	f.group++
	f.rows = g.NumRows()
	f.mem.held.Store(0) // the columns of the group before are given up
	f.cols = make([]column, len(f.leaves))
	for i := range f.cols {
		c := &f.cols[i]
		if err := c.open(f, g, i); err != nil {
			return f.fault(err)
		}
		if code := c.advance(); code != "" {
			return code
		}
		if c.ok != (f.rows > 0) {
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

// fault is the code for an error of the library.
func (f *Framer) fault(err error) ingest.Code {
	switch {
	case f.src.code != "":
		return f.src.code
	case errors.Is(err, errDamaged):
		return ingest.CodeCompression
	}
	return ingest.CodeSyntax
}

// caught, deferred, turns a panic of the library into a code. Its text is dropped.
func caught(code *ingest.Code) {
	switch r := recover().(type) {
	case nil:
	case overdrawn:
		*code = ingest.CodeSize
	default:
		_ = r
		*code = ingest.CodeSyntax
	}
}

// source remembers that reading failed, and not what was read.
type source struct {
	r    io.ReaderAt
	code ingest.Code
}

// ReadAt implements io.ReaderAt.
func (s *source) ReadAt(b []byte, off int64) (int, error) {
	n, err := s.r.ReadAt(b, off)
	switch {
	case n == len(b):
	case err == io.EOF:
		s.code = ingest.CodeTruncated
	default:
		s.code = ingest.CodeUnreadable
	}
	return n, err
}

// budget is the library's allocator: what it hands out counts, and it panics
// with overdrawn before it is too much.
type budget struct {
	memory.GoAllocator
	held atomic.Int64
}

type overdrawn struct{}

func (m *budget) charge(n int64) {
	if m.held.Add(n) > pageMemory {
		panic(overdrawn{})
	}
}

// Allocate implements memory.Allocator.
func (m *budget) Allocate(size int) []byte {
	m.charge(int64(size))
	return m.GoAllocator.Allocate(size)
}

// Reallocate implements memory.Allocator.
func (m *budget) Reallocate(size int, b []byte) []byte {
	m.charge(int64(size))
	m.held.Add(-int64(len(b)))
	return m.GoAllocator.Reallocate(size, b)
}

// Free implements memory.Allocator.
func (m *budget) Free(b []byte) { m.held.Add(-int64(len(b))) }
