package parquet

import (
	"bytes"
	"crypto/sha256"
	"testing"
	"unsafe"

	arrowparquet "github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/file"
	arrowschema "github.com/apache/arrow-go/v18/parquet/schema"
	"github.com/klauspost/compress/zstd"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/store/archive/batchtest"
)

func flows(n int) *event.Batch {
	b := event.NewBatch(schemas.Flows)
	b.Reset(meta(schemas.Flows))
	batchtest.Flows(b, n)
	return b
}

func events(n int) *event.Batch {
	b := event.NewBatch(schemas.Events)
	b.Reset(meta(schemas.Events))
	batchtest.Events(b, n)
	return b
}

// BenchmarkEncode compares levels of zstd, and the codec with the typed column
// writers of Apache Arrow's library (dictionaries on, fastest level), on the
// batches a full pipeline makes. rows/s is on one core, B/row the size.
func BenchmarkEncode(b *testing.B) {
	describe := func([sha256.Size]byte) ([]byte, error) { return []byte("{}"), nil }
	for _, batch := range []*event.Batch{flows(50_000), events(10_000), events(50)} {
		name := batch.Table.String()
		if batch.Rows() < 100 {
			name += "-small"
		}
		for _, level := range []zstd.EncoderLevel{zstd.SpeedFastest, zstd.SpeedDefault, zstd.SpeedBetterCompression} {
			b.Run(name+"/"+level.String(), func(b *testing.B) {
				e := NewEncoder()
				e.zw, _ = zstd.NewWriter(nil, zstd.WithEncoderLevel(level), zstd.WithEncoderConcurrency(1),
					zstd.WithEncoderCRC(false), zstd.WithWindowSize(pageBytes))
				var out []byte
				b.ReportAllocs()
				for b.Loop() {
					out, _, _ = e.Encode(out[:0], batch, describe)
				}
				report(b, batch, len(out))
			})
		}
		b.Run(name+"/arrow-go", func(b *testing.B) {
			var out bytes.Buffer
			b.ReportAllocs()
			for b.Loop() {
				out.Reset()
				arrowEncode(b, &out, batch)
			}
			report(b, batch, out.Len())
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, batch := range []*event.Batch{flows(50_000), events(10_000)} {
		b.Run(batch.Table.String(), func(b *testing.B) {
			data, d, back := encode(b, batch), NewDecoder(), event.NewBatch(batch.Table)
			for b.Loop() {
				back.Reset(batch.Meta)
				f, err := Parse(data)
				if err == nil {
					err = d.Decode(f, back)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
			report(b, batch, len(data))
		})
	}
}

func report(b *testing.B, batch *event.Batch, size int) {
	b.ReportMetric(float64(batch.Rows())*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(size)/float64(batch.Rows()), "B/row")
}

// arrowEncode writes the same columns with arrow-go, from the batch's own
// memory where its interface lets one.
func arrowEncode(b *testing.B, out *bytes.Buffer, batch *event.Batch) {
	var fields arrowschema.FieldList
	for _, c := range batch.Columns() {
		typ, size := arrowparquet.Types.ByteArray, int32(-1)
		switch physical(c.Info().Kind) {
		case pINT32:
			typ = arrowparquet.Types.Int32
		case pINT64:
			typ = arrowparquet.Types.Int64
		case pFLOAT:
			typ = arrowparquet.Types.Float
		case pFIXED:
			typ, size = arrowparquet.Types.FixedLenByteArray, 16
		}
		if c.Info().Kind == schemas.KStrings {
			continue // left out, in arrow-go's favour
		}
		fields = append(fields, arrowschema.MustPrimitive(arrowschema.NewPrimitiveNode(c.String(), arrowparquet.Repetitions.Required, typ, -1, size)))
	}
	root, err := arrowschema.NewGroupNode("schema", arrowparquet.Repetitions.Required, fields, -1)
	if err != nil {
		b.Fatal(err)
	}
	opts := []arrowparquet.WriterProperty{arrowparquet.WithCompression(compress.Codecs.Zstd),
		arrowparquet.WithCompressionLevel(1), arrowparquet.WithStats(false)}
	for _, c := range []schemas.Column{schemas.Native, schemas.NativeID, schemas.RequestID, schemas.RecordNo} {
		opts = append(opts, arrowparquet.WithDictionaryFor(c.String(), false))
	}
	w := file.NewParquetWriter(out, root, file.WithWriterProps(arrowparquet.NewWriterProperties(opts...)))
	g := w.AppendRowGroup()
	var (
		texts  []arrowparquet.ByteArray
		fixed  []arrowparquet.FixedLenByteArray
		narrow []int32
		floats []float32
	)
	for _, c := range batch.Columns() {
		if c.Info().Kind == schemas.KStrings {
			continue
		}
		col, err := g.NextColumn()
		if err != nil {
			b.Fatal(err)
		}
		switch col := col.(type) {
		case *file.ByteArrayColumnChunkWriter:
			texts = texts[:0]
			for row := range batch.Rows() {
				if c.Info().Kind == schemas.KDict {
					v := batch.Dict(c).At(row)
					texts = append(texts, unsafe.Slice(unsafe.StringData(v), len(v)))
				} else {
					texts = append(texts, batch.Str(c).At(row))
				}
			}
			_, err = col.WriteBatch(texts, nil, nil)
		case *file.FixedLenByteArrayColumnChunkWriter:
			fixed = fixed[:0]
			as := batch.Addrs(c)
			for i := range as {
				fixed = append(fixed, as[i][:])
			}
			_, err = col.WriteBatch(fixed, nil, nil)
		case *file.Int64ColumnChunkWriter:
			ns := batch.Nums(c)
			_, err = col.WriteBatch(unsafe.Slice((*int64)(unsafe.Pointer(&ns[0])), len(ns)), nil, nil)
		case *file.Int32ColumnChunkWriter:
			narrow = narrow[:0]
			for _, n := range batch.Nums(c) {
				narrow = append(narrow, int32(n))
			}
			_, err = col.WriteBatch(narrow, nil, nil)
		case *file.Float32ColumnChunkWriter:
			floats = append(floats[:0], make([]float32, batch.Rows())...)
			_, err = col.WriteBatch(floats, nil, nil)
		}
		if err == nil {
			err = col.Close()
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
}
