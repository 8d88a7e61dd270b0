package reports

import (
	"bufio"
	"encoding/json"
	"io"
	"strconv"
	"time"
)

// ndjsonSheet writes a JSON object a row, with all columns; null is an absent value.
type ndjsonSheet struct {
	w       *bufio.Writer
	columns []Column
	zone    *time.Location
	buf     []byte
}

func newNDJSON(w io.Writer, d *Definition, zone *time.Location) *ndjsonSheet {
	return &ndjsonSheet{w: bufio.NewWriter(w), columns: d.Columns, zone: zone}
}

func (s *ndjsonSheet) row(cells []cell) (err error) {
	b := append(s.buf[:0], '{')
	for i, c := range s.columns {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(strconv.AppendQuote(b, c.Name), ':') // names are plain
		switch {
		case cells[i].none:
			b = append(b, "null"...)
		case c.Type == Int || c.Type == Float:
			b = append(b, cells[i].word(c.Type, s.zone)...)
		case c.Type == List && cells[i].list == nil:
			b = append(b, "[]"...)
		case c.Type == List:
			b, err = appendJSON(b, cells[i].list)
		default:
			b, err = appendJSON(b, cells[i].word(c.Type, s.zone))
		}
		if err != nil {
			return err
		}
	}
	s.buf = append(b, '}', '\n')
	_, err = s.w.Write(s.buf)
	return err
}

func appendJSON(b []byte, v any) ([]byte, error) {
	text, err := json.Marshal(v)
	return append(b, text...), err
}

func (s *ndjsonSheet) close(*Result) error { return s.w.Flush() }
