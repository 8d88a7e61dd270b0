package scrub

import (
	"bytes"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/scrub/recognizer"
)

// Tables in JSON: results of queries as arrays of arrays, whose columns another
// member names or the first row does: {"columns":["mrn","dob"],"rows":[["123",…]]},
// {"schema":[{"name":"mrn"}],"values":[["123"]]}, Athena's
// {"Rows":[{"Data":[{"VarCharValue":"mrn"}]},…]}.

const (
	tableMax = 64 << 10 // bytes of a text with a table
	rowMax   = 1 << 10  // bytes of a row before a cell
)

// table is what the columns of a table in a text announce.
type table struct {
	of      *byte // the text's first byte; nil: none was looked at
	columns [maxColumns]announcement
	n       int
}

// cellKey says that a member of that name may hold the cells of a table.
func cellKey(key []byte) bool {
	switch string(key) {
	case "rows", "values", "data", "records", "result", "results", "row", "Rows", "Data", "VarCharValue", "varCharValue", "Records", "dataRows", "tuples", "items":
		return true
	}
	return false
}

// cell is what the column of the table cell at b[at], a leaf whose key is
// b[from:to], announces.
func (e *Engine) cell(b []byte, at, from, to int) announcement {
	if len(b) > tableMax || at < 2 {
		return announcement{}
	}
	column, start := columnOf(b, at)
	if start < 0 || column >= maxColumns {
		return announcement{}
	}
	if e.table.of != &b[0] {
		e.table.of, e.table.n = &b[0], 0
		if i := columnsAt(b); i > 0 {
			e.header(b, i)
		} else if i = firstRow(b, from, to); i > 0 {
			e.header(b, i)
		}
		known := 0
		for _, a := range e.table.columns[:e.table.n] {
			if a.kind != recognizer.None && !a.weak {
				known++
			}
		}
		if known == 0 || known == 1 && e.table.n > 2 {
			e.table.n = 0 // the words of some other list
		}
	}
	if column >= e.table.n {
		return announcement{}
	}
	return e.table.columns[column]
}

// columnOf returns how many cells of its row stand before the one at b[at], and
// where the row starts; -1 if it is in none.
func columnOf(b []byte, at int) (column, start int) {
	depth, own := 0, true
	for i := at - 1; i >= 0 && at-i < rowMax; i-- {
		switch b[i] {
		case '"':
			if i == at-1 {
				continue // where the cell itself starts
			}
			for i--; i > 0 && (b[i] != '"' || b[i-1] == '\\'); i-- {
			}
		case ']', '}':
			depth++
		case '{':
			if depth > 0 {
				depth--
			} else if own {
				own = false // {"VarCharValue":"123"} is one cell
			} else {
				return 0, -1
			}
		case '[':
			if depth == 0 {
				return column, i
			}
			depth--
		case ',':
			if depth == 0 {
				column++
			}
		}
	}
	return 0, -1
}

// columnsAt returns where the list of a table's columns starts, or 0.
func columnsAt(b []byte) int {
	for _, k := range [...]string{`"columns":`, `"header":`, `"headers":`, `"schema":`, `"fields":`, `"cols":`, `"columnNames":`, `"column_names":`, `"columnInfo":`, `"ColumnInfo":`, `"Columns":`, `"columnMetadata":`} {
		i := bytes.Index(b, []byte(k))
		if i < 0 {
			continue
		}
		for i += len(k); i < len(b) && b[i] <= ' '; i++ {
		}
		if i < len(b) && b[i] == '[' {
			return i
		}
	}
	return 0
}

// firstRow returns where the first row of the table in the member b[from:to]
// starts, or 0.
func firstRow(b []byte, from, to int) int {
	key := b[from:to]
	if len(key) > 9 { // of a cell: the table's is around it
		key = []byte("Rows")
	}
	i := bytes.Index(b, key)
	if i < 0 {
		return 0
	}
	i += len(key) + 1
	opened := 0
	for ; i < len(b); i++ {
		switch b[i] {
		case '[':
			if opened++; opened == 2 {
				return i
			}
		case ':', ' ', '\n', '{':
		case '"': // "Data" of Athena's rows
			for i++; i < len(b) && b[i] != '"'; i++ {
			}
		default:
			return 0
		}
	}
	return 0
}

// header reads the names of columns in the array at b[i]: strings, or objects with
// a member that names one.
func (e *Engine) header(b []byte, i int) {
	depth := 0
	named := false // the object in hand has its column
	for i++; i < len(b) && e.table.n < maxColumns; i++ {
		switch b[i] {
		case '{', '[':
			depth++
			named = false
		case '}', ']':
			if depth--; depth < 0 {
				return
			}
			if depth == 0 && !named {
				e.table.columns[e.table.n] = announcement{}
				e.table.n++
			}
		case '"':
			from := i + 1
			for i++; i < len(b) && b[i] != '"'; i++ {
				if b[i] == '\\' {
					i++
				}
			}
			if i >= len(b) {
				return
			}
			word := b[from:i]
			if i+1 < len(b) && b[i+1] == ':' {
				if depth == 0 || named || !nameKey(word) && !cellKey(word) && string(word) != "columnName" && string(word) != "title" {
					continue
				}
				for i += 2; i < len(b) && b[i] == ' '; i++ {
				}
				if i >= len(b) || b[i] != '"' {
					continue
				}
				from = i + 1
				for i++; i < len(b) && b[i] != '"'; i++ {
				}
				named = true
				word = b[from:min(i, len(b))]
			} else if depth > 0 {
				continue
			}
			a := e.announce(word)
			if a.kind == recognizer.None && parameterUse(word) == ofName {
				a.kind = recognizer.PersonName // ["mrn","last","first"]
			}
			e.table.columns[e.table.n] = a
			e.table.n++
		}
	}
}

// inTable is what the column of a leaf that its key does not tell announces.
func (e *Engine) inTable(b []byte, f *ingest.Field, a announcement) announcement {
	if a.kind != recognizer.None || f.KeyEnd-f.KeyStart < 3 || f.KeyEnd-f.KeyStart > 12 || !cellKey(b[f.KeyStart:f.KeyEnd]) {
		return a
	}
	return e.cell(b, int(f.Start), int(f.KeyStart), int(f.KeyEnd))
}
