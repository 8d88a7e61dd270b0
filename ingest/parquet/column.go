package parquet

import (
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"

	"github.com/scrubline/scrubline/ingest"
)

// batchSize is how many entries of a column are decoded at once, at most.
const batchSize = 1024

// column reads one column of a row group. Its head is the entry to come.
type column struct {
	f      *Framer
	leaf   *node
	pages  *pages
	chunk  file.ColumnChunkReader
	values values
	left   int64 // entries to come, those of the batch included

	reps, defs []int16 // of the batch
	at, n      int     // entries taken of the batch, and in it
	value      int     // index of the head's value
	count      int     // values in the batch
	rep, def   int
	ok         bool // there is a head
}

// values is a batch of one column's values.
type values interface {
	read(n int64, defs, reps []int16) (entries int64, count int, err error)
	// append writes value i as JSON. It does not if the value alone has more than
	// room bytes.
	append(b []byte, i, room int) (out []byte, ok bool)
	// size is the bytes that n values of the batch hold beyond their page.
	size(n int) int64
}

// reader is how the library's column readers give a batch of one page.
type reader[T any] interface {
	ReadBatchInPage(n int64, vals []T, defs, reps []int16) (int64, int, error)
}

type numbers[T any] struct {
	from reader[T]
	vals []T
	leaf *leaf
	put  func([]byte, *leaf, T) []byte
}

func (v *numbers[T]) read(n int64, defs, reps []int16) (int64, int, error) {
	return v.from.ReadBatchInPage(n, v.vals, defs, reps)
}
func (v *numbers[T]) append(b []byte, i, _ int) ([]byte, bool) {
	return v.put(b, v.leaf, v.vals[i]), true
}
func (v *numbers[T]) size(int) int64 { return 0 }

type texts[T ~[]byte] struct {
	from reader[T]
	vals []T
	leaf *leaf
}

func (v *texts[T]) read(n int64, defs, reps []int16) (int64, int, error) {
	return v.from.ReadBatchInPage(n, v.vals, defs, reps)
}

func (v *texts[T]) append(b []byte, i, room int) ([]byte, bool) {
	if len(v.vals[i]) > room {
		return b, false
	}
	return appendBytes(b, v.leaf, v.vals[i]), true
}

func (v *texts[T]) size(n int) (total int64) {
	for _, s := range v.vals[:n] {
		total += int64(len(s))
	}
	return total
}

// open starts on column i of the group.
func (c *column) open(f *Framer, g *file.RowGroupReader, i int) error {
	meta, err := g.MetaData().ColumnChunk(i)
	if err != nil {
		return err
	}
	pr, err := g.GetColumnPageReader(i)
	if err != nil {
		return err
	}
	c.f, c.leaf, c.left = f, f.leaves[i], meta.NumValues()
	c.pages = &pages{PageReader: pr, f: f, leaf: c.leaf, batch: batchSize}
	pr.SetMaxPageHeaderSize(maxHeader)
	// Deprecated for users that bring a page reader of another kind. It is the
	// only way to see a page before it is decoded.
	c.chunk = file.NewColumnReader(f.file.MetaData().Schema.Column(i), c.pages, &f.mem, f.file.BufferPool())
	n := min(c.left, batchSize)
	l := &c.leaf.leaf
	f.mem.charge(n * (28 + 4))
	c.defs, c.reps = make([]int16, n), make([]int16, n)
	switch r := c.chunk.(type) {
	case *file.BooleanColumnChunkReader:
		c.values = &numbers[bool]{r, make([]bool, n), l, appendBool}
	case *file.Int32ColumnChunkReader:
		c.values = &numbers[int32]{r, make([]int32, n), l, appendInt32}
	case *file.Int64ColumnChunkReader:
		c.values = &numbers[int64]{r, make([]int64, n), l, appendInt64}
	case *file.Int96ColumnChunkReader:
		c.values = &numbers[parquet.Int96]{r, make([]parquet.Int96, n), l, appendInt96}
	case *file.Float32ColumnChunkReader:
		c.values = &numbers[float32]{r, make([]float32, n), l, appendFloat32}
	case *file.Float64ColumnChunkReader:
		c.values = &numbers[float64]{r, make([]float64, n), l, appendFloat64}
	case *file.ByteArrayColumnChunkReader:
		c.values = &texts[parquet.ByteArray]{r, make([]parquet.ByteArray, n), l}
	case *file.FixedLenByteArrayColumnChunkReader:
		c.values = &texts[parquet.FixedLenByteArray]{r, make([]parquet.FixedLenByteArray, n), l}
	}
	return nil
}

// advance moves on to the next entry of the column.
func (c *column) advance() ingest.Code {
	c.ok = false
	if c.left == 0 {
		return ""
	}
	if c.at == c.n {
		if code := c.fill(); code != "" {
			return code
		}
	}
	c.rep, c.def = 0, c.leaf.def
	if c.leaf.rep > 0 {
		c.rep = int(c.reps[c.at])
	}
	if c.leaf.def > 0 {
		c.def = int(c.defs[c.at])
	}
	if c.rep > c.leaf.rep || c.def > c.leaf.def {
		return ingest.CodeSyntax
	}
	if c.def == c.leaf.def {
		if c.value++; c.value >= c.count {
			return ingest.CodeSyntax
		}
	}
	c.at++
	c.left--
	c.ok = true
	return ""
}

// fill decodes the next batch, of one page. What the library lends lives until
// then.
func (c *column) fill() ingest.Code {
	if !c.chunk.HasNext() {
		if c.pages.code != "" {
			return c.pages.code
		}
		return c.f.fault(c.chunk.Err()) // fewer values than announced, too
	}
	n, count, err := c.values.read(min(c.left, c.pages.batch, int64(len(c.defs))), c.defs, c.reps)
	if err != nil || n <= 0 || n > int64(len(c.defs)) {
		return c.f.fault(err)
	}
	c.at, c.n, c.value, c.count = 0, int(n), -1, count
	if c.pages.copies {
		c.pages.hold(c.values.size(count))
	}
	return ""
}

// write writes the head's value.
func (f *Framer) write(c *column) {
	if f.full(0) {
		return
	}
	var ok bool
	f.out, ok = c.values.append(f.out, c.value, f.lim.Record-len(f.out))
	f.lost = !ok
	f.full(0)
}
