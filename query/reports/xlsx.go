package reports

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// xlsxRows is how many rows a sheet shows: more than anybody looks through in a
// spreadsheet, a quarter of what Excel takes.
const xlsxRows = 250_000

// xlsxSheet writes a workbook of two sheets: Rows, a table that can be sorted and
// filtered by each column, and About, what the report is and rests on. Texts are
// cells of type text, so nothing in them is a formula.
type xlsxSheet struct {
	w      io.Writer
	head   head
	temp   string // folder for the file on its way
	file   *excelize.File
	stream *excelize.StreamWriter
	cells  []any
	rows   uint64
	styles struct{ head, time, bold, wrap int }
}

const (
	rowsSheet  = "Rows"
	aboutSheet = "About"
)

func newXLSX(w io.Writer, h head, temp string) (*xlsxSheet, error) {
	s := &xlsxSheet{w: w, head: h, temp: temp, file: excelize.NewFile(), cells: make([]any, len(h.Definition.Columns))}
	if err := s.begin(); err != nil {
		return nil, fmt.Errorf("making workbook: %w", err)
	}
	return s, nil
}

func (s *xlsxSheet) begin() (err error) {
	if err = s.file.SetSheetName("Sheet1", rowsSheet); err != nil {
		return err
	}
	if _, err = s.file.NewSheet(aboutSheet); err != nil {
		return err
	}
	format := "yyyy-mm-dd hh:mm:ss.000"
	for _, style := range []struct {
		id    *int
		style *excelize.Style
	}{
		{&s.styles.head, &excelize.Style{Font: &excelize.Font{Bold: true, Color: "FFFFFF"}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"1F3A5F"}}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "center"}}},
		{&s.styles.time, &excelize.Style{CustomNumFmt: &format}},
		{&s.styles.bold, &excelize.Style{Font: &excelize.Font{Bold: true}}},
		{&s.styles.wrap, &excelize.Style{Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}}},
	} {
		if *style.id, err = s.file.NewStyle(style.style); err != nil {
			return err
		}
	}
	if s.stream, err = s.file.NewStreamWriter(rowsSheet); err != nil {
		return err
	}
	for i, c := range s.head.Definition.Columns {
		if err = s.stream.SetColWidth(i+1, i+1, columnWidth(c)); err != nil {
			return err
		}
		s.cells[i] = excelize.Cell{StyleID: s.styles.head, Value: c.Title}
	}
	if err = s.stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	return s.stream.SetRow("A1", s.cells, excelize.RowOpts{Height: 30})
}

func columnWidth(c Column) float64 {
	switch c.Type {
	case Int, Float:
		return 11
	case Time:
		return 23
	case Day:
		return 12
	case List:
		return 36
	}
	return float64(max(12, min(42, c.Width*2)))
}

func (s *xlsxSheet) row(cells []cell) error {
	if s.rows++; s.rows > xlsxRows {
		return nil
	}
	for i, c := range s.head.Definition.Columns {
		switch {
		case cells[i].none:
			s.cells[i] = nil
		case c.Type == Int:
			s.cells[i] = cells[i].num
		case c.Type == Float:
			s.cells[i] = cells[i].real
		case c.Type == Time:
			s.cells[i] = excelize.Cell{StyleID: s.styles.time, Value: time.UnixMilli(cells[i].num).In(s.head.Zone)}
		default:
			s.cells[i] = printable(cells[i].word(c.Type, s.head.Zone))
		}
	}
	name, err := excelize.CoordinatesToCellName(1, int(s.rows)+1)
	if err != nil {
		return err
	}
	return s.stream.SetRow(name, s.cells)
}

// printable leaves out what XML cannot hold, and cuts what Excel would not take.
func printable(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0xfffe || r == 0xffff {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))
	if len(text) > 32000 {
		text = strings.ToValidUTF8(text[:32000], "") + " … (cut: the whole is in the CSV)"
	}
	return text
}

func (s *xlsxSheet) close(r *Result) error {
	if err := s.end(r); err != nil {
		return fmt.Errorf("writing workbook: %w", err)
	}
	return nil
}

func (s *xlsxSheet) end(r *Result) (err error) {
	if n := min(s.rows, xlsxRows); n > 0 {
		last, err := excelize.CoordinatesToCellName(len(s.cells), int(n)+1)
		if err != nil {
			return err
		}
		if err := s.stream.AddTable(&excelize.Table{Range: "A1:" + last, Name: "rows", StyleName: "TableStyleLight1"}); err != nil {
			return err
		}
	}
	if err = s.stream.Flush(); err != nil {
		return err
	}
	if err = s.about(r); err != nil {
		return err
	}
	when := s.head.Watermark.UTC().Format(time.RFC3339)
	if err = s.file.SetDocProps(&excelize.DocProperties{Title: s.head.Definition.ID + " " + s.head.Definition.Title, Creator: s.head.Software, LastModifiedBy: s.head.Software, Created: when, Modified: when}); err != nil {
		return err
	}
	f, err := os.CreateTemp(s.temp, "scrubline-*.xlsx")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	if err = errors.Join(s.file.Write(f), s.file.Close()); err != nil {
		return err
	}
	size, err := f.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	return settle(s.w, f, size)
}

// about fills the second sheet.
func (s *xlsxSheet) about(r *Result) error {
	line := 0
	put := func(values ...string) error {
		line++
		for i, v := range values {
			name, err := excelize.CoordinatesToCellName(i+1, line)
			if err != nil {
				return err
			}
			if err := s.file.SetCellStr(aboutSheet, name, printable(v)); err != nil {
				return err
			}
			style := s.styles.wrap
			if i == 0 {
				style = s.styles.bold
			}
			if err := s.file.SetCellStyle(aboutSheet, name, name, style); err != nil {
				return err
			}
		}
		return nil
	}
	var lines [][]string
	for _, f := range s.head.facts(r) {
		lines = append(lines, []string{f.name, f.value})
	}
	if r.Rows > xlsxRows {
		lines = append(lines, []string{"Rows here", fmt.Sprintf("The first %d of %d: All rows are in the CSV and NDJSON files.", xlsxRows, r.Rows)})
	}
	for _, c := range r.Checks {
		lines = append(lines, []string{"Check " + c.ID, c.verdict() + ": " + c.Says, fmt.Sprintf("found %v, asked %s %v", c.Found, c.Op, c.Value)})
	}
	for _, m := range s.head.Definition.Missing {
		lines = append(lines, []string{"Not in the data", m})
	}
	for _, n := range s.head.Definition.Notes {
		lines = append(lines, []string{"Note", n})
	}
	for _, c := range s.head.Definition.Columns {
		lines = append(lines, []string{"Column " + c.Title, c.About, c.Name})
	}
	for _, l := range lines {
		if err := put(l...); err != nil {
			return err
		}
	}
	if err := s.file.SetColWidth(aboutSheet, "A", "A", 26); err != nil {
		return err
	}
	return s.file.SetColWidth(aboutSheet, "B", "C", 80)
}

// settle writes a ZIP file again with its entries in the order of their names and
// without times, so that the same content has the same bytes.
func settle(w io.Writer, file io.ReaderAt, size int64) error {
	r, err := zip.NewReader(file, size)
	if err != nil {
		return err
	}
	slices.SortFunc(r.File, func(a, b *zip.File) int { return strings.Compare(a.Name, b.Name) })
	out := zip.NewWriter(w)
	for _, f := range r.File {
		raw, err := f.OpenRaw()
		if err != nil {
			return err
		}
		h := &zip.FileHeader{Name: f.Name, Method: f.Method, CRC32: f.CRC32, CompressedSize64: f.CompressedSize64, UncompressedSize64: f.UncompressedSize64}
		to, err := out.CreateRaw(h)
		if err != nil {
			return err
		}
		if _, err := io.Copy(to, raw); err != nil {
			return err
		}
	}
	return out.Close()
}
