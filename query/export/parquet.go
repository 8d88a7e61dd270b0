package export

import (
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"github.com/scrubline/scrubline/query"
	"github.com/scrubline/scrubline/schemas"
)

// groupRows is the number of rows of a row group, which wait in memory.
const groupRows = 32_768

// columnar writes Parquet. A value that a record does not have is null. Addresses
// are text; numbers with names (status, row kind, yes or no) are their numbers.
type columnar struct {
	file    *pqarrow.FileWriter
	build   *array.RecordBuilder
	columns []schemas.Column
	rows    int
}

func arrowType(k schemas.Kind) arrow.DataType {
	switch k {
	case schemas.KU8:
		return arrow.PrimitiveTypes.Uint8
	case schemas.KU16:
		return arrow.PrimitiveTypes.Uint16
	case schemas.KU32:
		return arrow.PrimitiveTypes.Uint32
	case schemas.KU64:
		return arrow.PrimitiveTypes.Uint64
	case schemas.KF32:
		return arrow.PrimitiveTypes.Float32
	case schemas.KTime:
		return arrow.FixedWidthTypes.Timestamp_ms
	case schemas.KStrings:
		return arrow.ListOf(arrow.BinaryTypes.String)
	}
	return arrow.BinaryTypes.String
}

func openParquet(w io.Writer, _ []schemas.Table, columns []schemas.Column) (writer, error) {
	fields := []arrow.Field{{Name: "table", Type: arrow.BinaryTypes.String}}
	for _, c := range columns {
		fields = append(fields, arrow.Field{Name: c.String(), Type: arrowType(c.Info().Kind), Nullable: true})
	}
	schema := arrow.NewSchema(fields, nil)
	file, err := pqarrow.NewFileWriter(schema, w, parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Zstd), parquet.WithCreatedBy("scrubline")), pqarrow.DefaultWriterProps())
	if err != nil {
		return nil, fmt.Errorf("starting parquet: %w", err)
	}
	return &columnar{file: file, build: array.NewRecordBuilder(memory.DefaultAllocator, schema), columns: columns}, nil
}

func (c *columnar) write(r *query.Row) error {
	c.build.Field(0).(*array.StringBuilder).Append(r.Table.String())
	for i, col := range c.columns {
		appendCell(c.build.Field(i+1), r, col)
	}
	if c.rows++; c.rows == groupRows {
		return c.flush()
	}
	return nil
}

func appendCell(b array.Builder, r *query.Row, c schemas.Column) {
	if !r.Has(c) {
		b.AppendNull()
		return
	}
	switch b := b.(type) {
	case *array.StringBuilder:
		if c.Info().Kind == schemas.KIP {
			b.Append(r.Addr(c).String())
		} else {
			b.Append(r.Text(c))
		}
	case *array.ListBuilder:
		b.Append(true)
		for _, v := range r.Texts(c) {
			b.ValueBuilder().(*array.StringBuilder).Append(v)
		}
	case *array.Uint8Builder:
		b.Append(uint8(r.Number(c)))
	case *array.Uint16Builder:
		b.Append(uint16(r.Number(c)))
	case *array.Uint32Builder:
		b.Append(uint32(r.Number(c)))
	case *array.Uint64Builder:
		b.Append(r.Number(c))
	case *array.Float32Builder:
		b.Append(r.Float(c))
	case *array.TimestampBuilder:
		b.Append(arrow.Timestamp(r.Time(c).UnixMilli()))
	}
}

// flush writes a row group.
func (c *columnar) flush() error {
	batch := c.build.NewRecordBatch()
	defer batch.Release()
	c.rows = 0
	if err := c.file.Write(batch); err != nil {
		return fmt.Errorf("writing a row group: %w", err)
	}
	return nil
}

func (c *columnar) close() error {
	defer c.build.Release()
	if c.rows > 0 {
		if err := c.flush(); err != nil {
			return err
		}
	}
	return c.file.Close()
}
