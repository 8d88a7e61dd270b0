package reports

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// cell is one value of a row. Which field counts is its column's Type; none says
// that there is no value, which is not the same as an empty text or a zero.
type cell struct {
	text string // Text, Day
	num  int64  // Int; of Time Unix milliseconds
	real float64
	list []string
	none bool
}

// stamp is how an instant is written: to the millisecond, with its offset.
const stamp = "2006-01-02T15:04:05.000Z07:00"

// word is the cell as text, for CSV and the PDF.
func (c *cell) word(t Type, zone *time.Location) string {
	switch {
	case c.none:
		return ""
	case t == Int:
		return strconv.FormatInt(c.num, 10)
	case t == Float:
		return strconv.FormatFloat(c.real, 'f', -1, 64)
	case t == Time:
		return time.UnixMilli(c.num).In(zone).Format(stamp)
	case t == List:
		return strings.Join(c.list, "; ")
	}
	return c.text
}

// number is the cell for comparisons: an instant is its milliseconds, a list its length.
func (c *cell) number(t Type) (float64, bool) {
	switch {
	case c.none:
		return 0, false
	case t == Int, t == Time:
		return float64(c.num), true
	case t == Float:
		return c.real, true
	case t == List:
		return float64(len(c.list)), true
	}
	return 0, false
}

// statement wraps a definition's SQL so that each column has its type's wire form,
// and rows a total order.
func (d *Definition) statement() string {
	names := make([]string, len(d.Columns))
	casts := make([]string, len(d.Columns))
	for i, c := range d.Columns {
		names[i] = c.Name
		switch c.Type {
		case Int:
			casts[i] = "toInt64(" + c.Name + ")"
		case Float:
			casts[i] = "round(toFloat64(" + c.Name + "), 3)"
		case Time:
			casts[i] = "if(isNull(" + c.Name + ") OR toUnixTimestamp64Milli(toDateTime64(assumeNotNull(" + c.Name + "), 3, 'UTC')) = 0, " + noTime +
				", toUnixTimestamp64Milli(toDateTime64(assumeNotNull(" + c.Name + "), 3, 'UTC')))"
		case List:
			casts[i] = "CAST(" + c.Name + " AS Array(String))"
		default:
			casts[i] = "toString(" + c.Name + ")"
		}
	}
	order := names
	if d.Order != "" {
		order = append([]string{d.Order}, names...)
	}
	return "SELECT " + strings.Join(casts, ", ") + "\nFROM (\n" + strings.TrimSpace(d.SQL) + "\n)\nORDER BY " + strings.Join(order, ", ")
}

// noTime stands for an absent instant on the wire.
const noTime = "-9223372036854775808"

// scanner reads rows of a definition into cells that it reuses.
type scanner struct {
	columns []Column
	cells   []cell
	targets []any
}

func newScanner(columns []Column) *scanner {
	s := &scanner{columns: columns, cells: make([]cell, len(columns)), targets: make([]any, len(columns))}
	for i, c := range columns {
		switch c.Type {
		case Int, Time:
			s.targets[i] = &s.cells[i].num
		case Float:
			s.targets[i] = &s.cells[i].real
		case List:
			s.targets[i] = &s.cells[i].list
		default:
			s.targets[i] = &s.cells[i].text
		}
	}
	return s
}

// scan fills the cells; they are valid until the next call.
func (s *scanner) scan(rows interface{ Scan(...any) error }) ([]cell, error) {
	for i := range s.cells {
		s.cells[i] = cell{}
	}
	if err := rows.Scan(s.targets...); err != nil {
		return nil, err
	}
	for i, c := range s.columns {
		switch c.Type {
		case Time:
			s.cells[i].none = s.cells[i].num == -1<<63
		case Float:
			s.cells[i].none = math.IsNaN(s.cells[i].real) || math.IsInf(s.cells[i].real, 0)
		case Text, Day:
			s.cells[i].none = s.cells[i].text == ""
		}
	}
	return s.cells, nil
}
