package export

import (
	"encoding/csv"
	"io"
	"strings"

	"github.com/scrubline/scrubline/query"
	"github.com/scrubline/scrubline/query/ocsf"
	"github.com/scrubline/scrubline/schemas"
)

// writer writes rows of one format. close ends the file; the file itself is the
// caller's.
type writer interface {
	write(*query.Row) error
	close() error
}

// format makes the writers of a format. columns is nil where the format has its own.
type format struct {
	extension, media string
	open             func(w io.Writer, tables []schemas.Table, columns []schemas.Column) (writer, error)
}

var formats = map[string]format{
	"csv":     {"csv", "text/csv; charset=utf-8; header=present", openCSV},
	"ndjson":  {"ndjson", "application/x-ndjson", openNDJSON},
	"ocsf":    {"ocsf.ndjson", "application/x-ndjson", openOCSF},
	"parquet": {"parquet", "application/vnd.apache.parquet", openParquet},
	"xlsx":    {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", openXLSX},
}

// Media is the media type of an export's file.
func (m Manifest) Media() string { return formats[m.Format].media }

// Harmless keeps spreadsheets from running a cell: one that starts like a formula
// gets an apostrophe in front, as OWASP advises.
func Harmless(s string) string {
	if s != "" && strings.IndexByte("=+-@\t\r\n|", s[0]) >= 0 {
		return "'" + s
	}
	return s
}

type csvWriter struct {
	w       *csv.Writer
	columns []schemas.Column
	cells   []string
}

func openCSV(w io.Writer, _ []schemas.Table, columns []schemas.Column) (writer, error) {
	c := &csvWriter{w: csv.NewWriter(w), columns: columns}
	return c, c.w.Write(head(columns))
}

// head names the columns; the table's name comes first.
func head(columns []schemas.Column) []string {
	names := []string{"table"}
	for _, c := range columns {
		names = append(names, c.String())
	}
	return names
}

func (c *csvWriter) write(r *query.Row) error {
	c.cells = append(c.cells[:0], r.Table.String())
	for _, col := range c.columns {
		c.cells = append(c.cells, Harmless(r.Word(col)))
	}
	return c.w.Write(c.cells)
}

func (c *csvWriter) close() error {
	c.w.Flush()
	return c.w.Error()
}

// lines writes a JSON object a line.
type lines struct {
	w      io.Writer
	append func([]byte, *query.Row) ([]byte, error)
	buf    []byte
}

func openNDJSON(w io.Writer, _ []schemas.Table, columns []schemas.Column) (writer, error) {
	return &lines{w: w, append: func(dst []byte, r *query.Row) ([]byte, error) { return r.AppendColumns(dst, columns), nil }}, nil
}

func openOCSF(w io.Writer, _ []schemas.Table, _ []schemas.Column) (writer, error) {
	return &lines{w: w, append: ocsf.Append}, nil
}

func (l *lines) write(r *query.Row) error {
	var err error
	if l.buf, err = l.append(l.buf[:0], r); err != nil {
		return err
	}
	_, err = l.w.Write(append(l.buf, '\n'))
	return err
}

func (l *lines) close() error { return nil }
