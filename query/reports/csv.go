package reports

import (
	"encoding/csv"
	"io"
	"time"

	"github.com/scrubline/scrubline/query/export"
)

// csvSheet writes rows as CSV (RFC 4180) with a head.
type csvSheet struct {
	w       *csv.Writer
	columns []Column
	zone    *time.Location
	fields  []string
}

func newCSV(w io.Writer, d *Definition, zone *time.Location) (*csvSheet, error) {
	s := &csvSheet{w: csv.NewWriter(w), columns: d.Columns, zone: zone, fields: make([]string, len(d.Columns))}
	for i, c := range d.Columns {
		s.fields[i] = c.Name
	}
	return s, s.w.Write(s.fields)
}

func (s *csvSheet) row(cells []cell) error {
	for i, c := range s.columns {
		s.fields[i] = cells[i].word(c.Type, s.zone)
		if c.Type == Text || c.Type == List {
			s.fields[i] = export.Harmless(s.fields[i])
		}
	}
	return s.w.Write(s.fields)
}

func (s *csvSheet) close(*Result) error {
	s.w.Flush()
	return s.w.Error()
}
