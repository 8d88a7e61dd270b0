package export

import (
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"github.com/scrubline/scrubline/query"
	"github.com/scrubline/scrubline/schemas"
)

// What a sheet can hold, by Microsoft's "Excel specifications and limits".
const (
	maxSheetRows = 1_048_576
	maxCell      = 32_767 // characters
)

// workbook writes sheets of a million rows, as many as it takes. Its rows wait in
// temporary files of the library.
type workbook struct {
	out     io.Writer
	file    *excelize.File
	sheet   *excelize.StreamWriter
	columns []schemas.Column
	sheets  int
	row     int // of the sheet, the head included
	cells   []any
}

func openXLSX(w io.Writer, _ []schemas.Table, columns []schemas.Column) (writer, error) {
	b := &workbook{out: w, file: excelize.NewFile(), columns: columns}
	return b, b.next()
}

// next starts a sheet.
func (b *workbook) next() error {
	if b.sheet != nil {
		if err := b.sheet.Flush(); err != nil {
			return fmt.Errorf("ending a sheet: %w", err)
		}
	}
	b.sheets++
	name := "events"
	var err error
	if b.sheets == 1 {
		err = b.file.SetSheetName("Sheet1", name)
	} else {
		name = fmt.Sprintf("events %d", b.sheets)
		_, err = b.file.NewSheet(name)
	}
	if err == nil {
		b.sheet, err = b.file.NewStreamWriter(name)
	}
	if err != nil {
		return fmt.Errorf("starting a sheet: %w", err)
	}
	b.row = 0
	b.cells = b.cells[:0]
	for _, name := range head(b.columns) {
		b.cells = append(b.cells, name)
	}
	return b.put()
}

// put writes the cells as a row.
func (b *workbook) put() error {
	b.row++
	at, err := excelize.CoordinatesToCellName(1, b.row)
	if err == nil {
		err = b.sheet.SetRow(at, b.cells)
	}
	if err != nil {
		return fmt.Errorf("writing a row: %w", err)
	}
	return nil
}

func (b *workbook) write(r *query.Row) error {
	if b.row == maxSheetRows {
		if err := b.next(); err != nil {
			return err
		}
	}
	b.cells = append(b.cells[:0], r.Table.String())
	for _, c := range b.columns {
		b.cells = append(b.cells, cell(r, c))
	}
	return b.put()
}

// cell is a column's value: numbers as numbers, all else as text, which is never a
// formula in this format. Text that a cell cannot hold ends with a mark.
func cell(r *query.Row, c schemas.Column) any {
	word := r.Word(c)
	switch c.Info().Kind {
	case schemas.KU8, schemas.KU16, schemas.KU32:
		if word == "" || word[0] < '0' || word[0] > '9' {
			return word
		}
		return r.Number(c)
	}
	if utf8.RuneCountInString(word) <= maxCell {
		return word
	}
	const mark = " […]"
	return string([]rune(word)[:maxCell-utf8.RuneCountInString(mark)]) + mark
}

func (b *workbook) close() error {
	err := b.sheet.Flush()
	if err == nil {
		_, err = b.file.WriteTo(b.out)
	}
	return errors.Join(err, b.file.Close())
}
