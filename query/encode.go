package query

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/scrubline/scrubline/schemas"
)

// Names of the numbers in row_kind, status_id, mfa and read_only.
var (
	KindNames   = []string{"event", "header", "tombstone", "gap"}
	StatusNames = []string{"unknown", "success", "failure"}
)

// AppendJSON appends the row as a JSON object: the table's name, then each
// column that the record has a value for, under its own name. row_kind, status
// and flags are words; mfa and read_only are booleans, absent when unknown.
func (r *Row) AppendJSON(dst []byte) []byte { return r.AppendColumns(dst, r.Table.Columns()) }

// AppendColumns is AppendJSON with a few columns.
func (r *Row) AppendColumns(dst []byte, columns []schemas.Column) []byte {
	dst = append(dst, `{"table":"`...)
	dst = append(dst, r.Table.String()...)
	dst = append(dst, '"')
	for _, c := range columns {
		if !r.shown(c) {
			continue
		}
		dst = append(dst, `,"`...)
		dst = append(dst, c.String()...)
		dst = append(dst, `":`...)
		dst = r.appendCell(dst, c)
		if c == schemas.StatusID {
			dst = append(dst, `,"status":"`...)
			dst = append(dst, wordOf(StatusNames, r.Number(c))...)
			dst = append(dst, '"')
		}
	}
	return append(dst, '}')
}

// MarshalJSON is AppendJSON.
func (r *Row) MarshalJSON() ([]byte, error) { return r.AppendJSON(nil), nil }

func (r *Row) shown(c schemas.Column) bool {
	if r.cells[c] == nil {
		return false // not in the table
	}
	switch c {
	case schemas.Present:
		return false
	case schemas.MFA, schemas.ReadOnly:
		return r.Has(c) && r.Number(c) < 2
	case schemas.Flags, schemas.ScrubCount:
		return r.Number(c) != 0
	case schemas.StatusID:
		return true
	}
	return r.Has(c)
}

func (r *Row) appendCell(dst []byte, c schemas.Column) []byte {
	switch c {
	case schemas.RowKind:
		return appendString(dst, wordOf(KindNames, r.Number(c)))
	case schemas.MFA, schemas.ReadOnly:
		return strconv.AppendBool(dst, r.Number(c) == 1)
	case schemas.Flags:
		return appendStrings(dst, r.FlagNames())
	}
	switch c.Info().Kind {
	case schemas.KString, schemas.KDict:
		return appendString(dst, r.Text(c))
	case schemas.KStrings:
		return appendStrings(dst, r.Texts(c))
	case schemas.KTime:
		return append(r.Time(c).AppendFormat(append(dst, '"'), TimeLayout), '"')
	case schemas.KIP:
		return append(r.Addr(c).AppendTo(append(dst, '"')), '"')
	case schemas.KF32:
		return strconv.AppendFloat(dst, float64(*r.cells[c].(*float32)), 'f', -1, 32)
	}
	return strconv.AppendUint(dst, r.Number(c), 10)
}

// FlagNames lists the row's marks by the names the field flag: takes.
func (r *Row) FlagNames() []string {
	var names []string
	for _, n := range FieldByName("flag").Names {
		if r.Number(schemas.Flags)&n.Number != 0 {
			names = append(names, n.Name)
		}
	}
	return names
}

// Word returns the cell as plain text, as CSV and terminals show it.
func (r *Row) Word(c schemas.Column) string {
	if !r.shown(c) {
		return ""
	}
	switch {
	case c == schemas.StatusID:
		return wordOf(StatusNames, r.Number(c))
	case c == schemas.Flags:
		return strings.Join(r.FlagNames(), " ")
	case c.Info().Kind == schemas.KString, c.Info().Kind == schemas.KDict:
		return r.Text(c)
	case c.Info().Kind == schemas.KStrings:
		return strings.Join(r.Texts(c), " ")
	}
	return strings.Trim(string(r.appendCell(nil, c)), `"`)
}

// ShownColumns lists the columns that answers over these tables may show, in
// their order, each once.
func ShownColumns(ts []schemas.Table) []schemas.Column {
	var cols []schemas.Column
	for c := schemas.None + 1; c < schemas.NumColumns; c++ {
		in := func(t schemas.Table) bool { return slices.Contains(t.Columns(), c) }
		if c != schemas.Present && slices.ContainsFunc(ts, in) {
			cols = append(cols, c)
		}
	}
	return cols
}

func wordOf(words []string, n uint64) string {
	if n < uint64(len(words)) {
		return words[n]
	}
	return "other"
}

func appendString(dst []byte, s string) []byte {
	b, err := json.Marshal(s)
	if err != nil {
		return append(dst, `""`...) // a string always marshals
	}
	return append(dst, b...)
}

func appendStrings(dst []byte, list []string) []byte {
	dst = append(dst, '[')
	for i, s := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, s)
	}
	return append(dst, ']')
}
