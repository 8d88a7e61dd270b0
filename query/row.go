package query

import (
	"cmp"
	"fmt"
	"net/netip"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/scrubline/scrubline/schemas"
)

// Row is one row of a table. It is the caller's.
type Row struct {
	Table schemas.Table
	cells [schemas.NumColumns]any // pointers to string, []string, uintN, float32, time.Time, netip.Addr; nil: not in the table
}

// scanRow reads the next row, which has these columns of the table.
func scanRow(t schemas.Table, cols []schemas.Column, rows driver.Rows) (*Row, error) {
	r := &Row{Table: t}
	dest := make([]any, len(cols))
	for i, c := range cols {
		dest[i] = newCell(c.Info().Kind)
		r.cells[c] = dest[i]
	}
	if err := rows.Scan(dest...); err != nil {
		return nil, fmt.Errorf("scanning row: %w", err)
	}
	return r, nil
}

func newCell(k schemas.Kind) any {
	switch k {
	case schemas.KStrings:
		return new([]string)
	case schemas.KU8:
		return new(uint8)
	case schemas.KU16:
		return new(uint16)
	case schemas.KU32:
		return new(uint32)
	case schemas.KU64:
		return new(uint64)
	case schemas.KF32:
		return new(float32)
	case schemas.KTime:
		return new(time.Time)
	case schemas.KIP:
		return new(netip.Addr)
	}
	return new(string)
}

// Text returns a text column, "" if the table has none.
func (r *Row) Text(c schemas.Column) string {
	if s, ok := r.cells[c].(*string); ok {
		return *s
	}
	return ""
}

// Texts returns a list column.
func (r *Row) Texts(c schemas.Column) []string {
	if s, ok := r.cells[c].(*[]string); ok {
		return *s
	}
	return nil
}

// Number returns an integer column.
func (r *Row) Number(c schemas.Column) uint64 {
	switch n := r.cells[c].(type) {
	case *uint8:
		return uint64(*n)
	case *uint16:
		return uint64(*n)
	case *uint32:
		return uint64(*n)
	case *uint64:
		return *n
	}
	return 0
}

// Float returns a column that may hold fractions.
func (r *Row) Float(c schemas.Column) float32 {
	if f, ok := r.cells[c].(*float32); ok {
		return *f
	}
	return 0
}

// Time returns a time column, in UTC.
func (r *Row) Time(c schemas.Column) time.Time {
	if t, ok := r.cells[c].(*time.Time); ok {
		return t.UTC()
	}
	return time.Time{}
}

// Addr returns an address column; the zero Addr if the record had none.
func (r *Row) Addr(c schemas.Column) netip.Addr {
	if a, ok := r.cells[c].(*netip.Addr); ok && r.Has(c) {
		return a.Unmap()
	}
	return netip.Addr{}
}

// Has reports whether the record had a value for the column.
func (r *Row) Has(c schemas.Column) bool {
	switch v := r.cells[c].(type) {
	case nil:
		return false
	case *string:
		return *v != ""
	case *[]string:
		return len(*v) > 0
	}
	bit := c.PresentBit()
	return bit == 0 || r.Number(schemas.Present)&bit != 0
}

func (r *Row) position() Position {
	return Position{r.Time(schemas.EventTime).UnixMilli(), r.Text(schemas.Batch), r.Number(schemas.RecordNo)}
}

// compare is negative if p comes earlier in answers: newer first.
func (p Position) compare(o Position) int {
	return cmp.Or(cmp.Compare(o.Time, p.Time), cmp.Compare(o.Batch, p.Batch), cmp.Compare(o.RecordNo, p.RecordNo))
}
