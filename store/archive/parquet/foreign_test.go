package parquet

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unicode/utf8"

	arrowparquet "github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	arrowschema "github.com/apache/arrow-go/v18/parquet/schema"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/store/archive/batchtest"
)

// Apache Arrow's reader sees the same rows, types and footer.
func TestForeignReader(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 9))
		b := event.NewBatch(schemas.Table(seed % 2))
		b.Reset(meta(b.Table))
		batchtest.Random(r, b, []int{0, 1, 9, 300, 2500}[r.IntN(5)])
		f, err := file.NewParquetReader(bytes.NewReader(encode(t, b)))
		if err != nil {
			t.Fatal(err)
		}
		if v := f.MetaData().KeyValueMetadata().FindValue(MetaKey); v == nil || *v != "{}" {
			t.Fatal("footer's text is not found")
		}
		if f.NumRows() != int64(b.Rows()) || f.NumRowGroups() != min(b.Rows(), 1) {
			t.Fatal(f.NumRows(), f.NumRowGroups())
		}
		for i, c := range b.Columns() {
			col := f.MetaData().Schema.Column(i)
			if wantType(b, c) != fmt.Sprint(col.LogicalType()) {
				t.Errorf("%s is %s, not %s", c, col.LogicalType(), wantType(b, c))
			}
			if b.Rows() == 0 {
				continue
			}
			got, err := foreign(f, i, b.Rows())
			if err != nil {
				t.Fatal(c, err)
			}
			for row := range b.Rows() {
				if want := batchtest.Cell(b, c, row); got[row] != want {
					t.Fatalf("seed %d, %s, row %d: %.60q, not %.60q", seed, c, row, got[row], want)
				}
			}
		}
	}
}

func wantType(b *event.Batch, c schemas.Column) string {
	switch c.Info().Kind {
	case schemas.KU8:
		return arrowschema.NewIntLogicalType(8, false).String()
	case schemas.KU16:
		return arrowschema.NewIntLogicalType(16, false).String()
	case schemas.KU32:
		return arrowschema.NewIntLogicalType(32, false).String()
	case schemas.KU64:
		return arrowschema.NewIntLogicalType(64, false).String()
	case schemas.KTime:
		return arrowschema.NewTimestampLogicalType(true, arrowschema.TimeUnitMillis).String()
	case schemas.KString, schemas.KDict, schemas.KStrings:
		for row := range b.Rows() {
			if k := c.Info().Kind; k == schemas.KStrings {
				from, to := b.Strs(c).Row(row)
				for i := from; i < to; i++ {
					if !utf8.Valid(b.Strs(c).Items.At(i)) {
						return "None"
					}
				}
			} else if !utf8.ValidString(batchtest.Cell(b, c, row)) {
				return "None"
			}
		}
		return arrowschema.StringLogicalType{}.String()
	}
	return "None"
}

// foreign reads a column and prints its values as batchtest.Cell does.
func foreign(f *file.Reader, i, rows int) ([]string, error) {
	col, err := f.RowGroup(0).Column(i)
	if err != nil {
		return nil, err
	}
	var out []string
	switch col := col.(type) {
	case *file.Int32ColumnChunkReader:
		vs, err := all(rows, func(n int64, vs []int32) (int, error) { _, k, err := col.ReadBatch(n, vs, nil, nil); return k, err })
		for _, v := range vs {
			out = append(out, fmt.Sprint(uint32(v)))
		}
		return out, err
	case *file.Int64ColumnChunkReader:
		vs, err := all(rows, func(n int64, vs []int64) (int, error) { _, k, err := col.ReadBatch(n, vs, nil, nil); return k, err })
		for _, v := range vs {
			out = append(out, fmt.Sprint(uint64(v)))
		}
		return out, err
	case *file.Float32ColumnChunkReader:
		vs, err := all(rows, func(n int64, vs []float32) (int, error) { _, k, err := col.ReadBatch(n, vs, nil, nil); return k, err })
		for _, v := range vs {
			out = append(out, fmt.Sprint(math.Float32bits(v)))
		}
		return out, err
	case *file.FixedLenByteArrayColumnChunkReader:
		vs, err := all(rows, func(n int64, vs []arrowparquet.FixedLenByteArray) (int, error) {
			_, k, err := col.ReadBatch(n, vs, nil, nil)
			for i := range vs[:k] { // lent until the next call
				vs[i] = bytes.Clone(vs[i])
			}
			return k, err
		})
		for _, v := range vs {
			out = append(out, fmt.Sprintf("%x", []byte(v)))
		}
		return out, err
	case *file.ByteArrayColumnChunkReader:
		if col.Descriptor().MaxRepetitionLevel() == 0 {
			vs, err := all(rows, func(n int64, vs []arrowparquet.ByteArray) (int, error) {
				_, k, err := col.ReadBatch(n, vs, nil, nil)
				for i := range vs[:k] {
					vs[i] = bytes.Clone(vs[i])
				}
				return k, err
			})
			for _, v := range vs {
				out = append(out, string(v))
			}
			return out, err
		}
		return lists(col)
	}
	return nil, fmt.Errorf("unexpected type %T", col)
}

func all[T any](rows int, read func(int64, []T) (int, error)) ([]T, error) {
	out := make([]T, rows)
	for n := 0; n < rows; {
		k, err := read(int64(rows-n), out[n:])
		if err != nil || k == 0 {
			return nil, fmt.Errorf("after %d of %d rows: %v", n, rows, err)
		}
		n += k
	}
	return out, nil
}

func lists(col *file.ByteArrayColumnChunkReader) ([]string, error) {
	var rows [][]string
	const size = 1000
	vs, defs, reps := make([]arrowparquet.ByteArray, size), make([]int16, size), make([]int16, size)
	for col.HasNext() {
		n, _, err := col.ReadBatch(size, vs, defs, reps)
		if err != nil {
			return nil, err
		}
		next := 0
		for i := range n {
			if reps[i] == 0 {
				rows = append(rows, nil)
			}
			if defs[i] == 1 {
				last := len(rows) - 1
				rows[last] = append(rows[last], string(vs[next]))
				next++
			}
		}
	}
	var out []string
	for _, r := range rows {
		out = append(out, fmt.Sprintf("%q", r))
	}
	return out, nil
}
