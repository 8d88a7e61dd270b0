package clickhouse

import (
	"encoding/binary"
	"slices"

	"github.com/ClickHouse/ch-go/proto"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
)

// block is some rows of one batch on their way into a table. Its columns read the
// batch's own memory and write each value once, into the connection's buffer.
type block struct {
	batch   *event.Batch
	rows    []uint32 // rows of the batch, ascending
	columns []blockColumn
	input   proto.Input
	dict    compactDict
}

func newBlock(cols []schemas.Column) *block {
	b := &block{}
	b.columns = make([]blockColumn, len(cols))
	b.input = make(proto.Input, len(cols))
	for i, c := range cols {
		b.columns[i] = blockColumn{block: b, column: c, kind: c.Info().Kind}
		b.input[i] = proto.InputColumn{Name: c.String(), Data: &b.columns[i]}
	}
	return b
}

// blockColumn is one column of a block in ClickHouse's native format.
type blockColumn struct {
	block  *block
	column schemas.Column
	kind   schemas.Kind
}

var (
	_ proto.ColInput     = (*blockColumn)(nil)
	_ proto.StateEncoder = (*blockColumn)(nil)
)

// chType is the ClickHouse type of a kind, as system.columns writes it.
func chType(k schemas.Kind) string {
	switch k {
	case schemas.KString:
		return "String"
	case schemas.KDict:
		return "LowCardinality(String)"
	case schemas.KStrings:
		return "Array(String)"
	case schemas.KU8:
		return "UInt8"
	case schemas.KU16:
		return "UInt16"
	case schemas.KU32:
		return "UInt32"
	case schemas.KU64:
		return "UInt64"
	case schemas.KF32:
		return "Float32"
	case schemas.KTime:
		return "DateTime64(3, 'UTC')"
	case schemas.KIP:
		return "IPv6"
	}
	panic("column kind without a ClickHouse type")
}

func (c *blockColumn) Type() proto.ColumnType { return proto.ColumnType(chType(c.kind)) }

func (c *blockColumn) Rows() int { return len(c.block.rows) }

// EncodeState writes what goes before the column's data: for a dictionary the
// version of the key format.
func (c *blockColumn) EncodeState(b *proto.Buffer) {
	if c.kind == schemas.KDict {
		b.PutInt64(1)
	}
}

// WriteColumn is EncodeColumn for a connection without compression.
func (c *blockColumn) WriteColumn(w *proto.Writer) { w.ChainBuffer(c.EncodeColumn) }

// EncodeColumn appends the column's values.
func (c *blockColumn) EncodeColumn(b *proto.Buffer) {
	batch, rows := c.block.batch, c.block.rows
	switch c.kind {
	case schemas.KString:
		b.Buf = appendStrings(b.Buf, batch.Str(c.column), rows)
	case schemas.KDict:
		b.Buf = c.block.dict.append(b.Buf, batch.Dict(c.column), rows)
	case schemas.KStrings:
		b.Buf = appendLists(b.Buf, batch.Strs(c.column), rows)
	case schemas.KIP:
		addrs := batch.Addrs(c.column)
		b.Buf = slices.Grow(b.Buf, 16*len(rows))
		for _, r := range rows {
			b.Buf = append(b.Buf, addrs[r][:]...)
		}
	default:
		b.Buf = appendNumbers(b.Buf, width(c.kind), batch.Nums(c.column), rows)
	}
}

// width is the size in bytes of a number on the wire.
func width(k schemas.Kind) int {
	switch k {
	case schemas.KU8:
		return 1
	case schemas.KU16:
		return 2
	case schemas.KU32, schemas.KF32:
		return 4
	default:
		return 8
	}
}

// appendNumbers appends numbers little endian in their column's width.
func appendNumbers(dst []byte, width int, nums []uint64, rows []uint32) []byte {
	n := len(dst)
	dst = slices.Grow(dst, width*len(rows))[:n+width*len(rows)]
	out := dst[n:]
	switch width {
	case 1:
		for i, r := range rows {
			out[i] = byte(nums[r])
		}
	case 2:
		for i, r := range rows {
			binary.LittleEndian.PutUint16(out[2*i:], uint16(nums[r]))
		}
	case 4:
		for i, r := range rows {
			binary.LittleEndian.PutUint32(out[4*i:], uint32(nums[r]))
		}
	default:
		for i, r := range rows {
			binary.LittleEndian.PutUint64(out[8*i:], nums[r])
		}
	}
	return dst
}

// appendStrings appends each value with its length before it.
func appendStrings(dst []byte, c *event.Str, rows []uint32) []byte {
	for _, r := range rows {
		dst = appendString(dst, c.At(int(r)))
	}
	return dst
}

func appendString(dst, v []byte) []byte {
	if len(v) < 0x80 {
		dst = append(dst, byte(len(v)))
	} else {
		dst = binary.AppendUvarint(dst, uint64(len(v)))
	}
	return append(dst, v...)
}

// appendLists appends where each row's elements end, then all the elements.
func appendLists(dst []byte, c *event.Strs, rows []uint32) []byte {
	end := uint64(0)
	for _, r := range rows {
		from, to := c.Row(int(r))
		end += uint64(to - from)
		dst = binary.LittleEndian.AppendUint64(dst, end)
	}
	for _, r := range rows {
		from, to := c.Row(int(r))
		for i := from; i < to; i++ {
			dst = appendString(dst, c.Items.At(i))
		}
	}
	return dst
}
