package sql

import (
	"errors"
	"fmt"
	"strings"

	"github.com/scrubline/scrubline/detect/fields"
	"github.com/scrubline/scrubline/detect/sigma"
	"github.com/scrubline/scrubline/schemas"
)

// Query is a rule over one source.
type Query struct {
	Source string
	Table  schemas.Table
	// Condition is a boolean expression over the table's columns. It holds for
	// rows of other sources too that look alike: WHERE must name the source.
	Condition string
	// Lists are the columns that the condition reads of lists: external tables that
	// Table names, with the columns key, from_ms, until_ms and these.
	Lists map[string][]string
}

// Where returns the whole condition of a row that the rule matches.
func (q *Query) Where() string {
	return fmt.Sprintf("source = %s AND row_kind = %d AND (%s)", quote(q.Source), schemas.KindEvent, q.Condition)
}

// Planted is a condition that holds for rows that a canary planted, by the scheme of
// their payloads; not for what was found of them.
const Planted = schemas.Planted + " AND NOT endsWith(origin, '/result')"

// errCorrelation says that a rule is none over records.
var errCorrelation = errors.New("a correlation has no condition over rows")

// Compile writes r for each source that it reads.
func Compile(r *sigma.Rule) ([]Query, error) {
	if r.Expr == nil {
		return nil, errCorrelation
	}
	var out []Query
	for _, src := range fields.Sources(r.Logsource) {
		w := newWriter(src)
		q := Query{Source: src, Table: w.table, Condition: w.expr(r.Expr), Lists: w.lists}
		if first := w.prefilter(r.Expr); first != "" {
			q.Condition = first + " AND " + q.Condition
		}
		out = append(out, q)
	}
	return out, nil
}

// Field writes an array of the texts that a field has in a row of source.
func Field(source, field string) string {
	return newWriter(source).fieldTexts(field)
}

// writer writes expressions for one source.
type writer struct {
	table  schemas.Table
	source string
	json   bool
	has    map[schemas.Column]bool // the table's columns
	vars   int
	lists  map[string][]string // columns by list
}

func newWriter(source string) *writer {
	w := &writer{source: source, json: fields.JSON(source), has: map[schemas.Column]bool{}, lists: map[string][]string{}}
	if s, err := schemas.LoadSource(source); err == nil {
		w.table = s.Table
	}
	for _, c := range w.table.Columns() {
		w.has[c] = true
	}
	return w
}

// name returns a variable for a lambda.
func (w *writer) name() string {
	w.vars++
	return fmt.Sprintf("x%d", w.vars)
}

func (w *writer) expr(x sigma.Expr) string {
	switch v := x.(type) {
	case sigma.And:
		return w.list(v, " AND ")
	case sigma.Or:
		return w.list(v, " OR ")
	case sigma.Not:
		return "NOT " + w.expr(v.X)
	case *sigma.Match:
		return w.match(v)
	}
	return "0"
}

func (w *writer) list(parts []sigma.Expr, sep string) string {
	var out []string
	for _, p := range parts {
		out = append(out, w.expr(p))
	}
	return "(" + strings.Join(out, sep) + ")"
}

func (w *writer) match(m *sigma.Match) string {
	t := &m.Test
	if m.Field == "" {
		return w.keyword(t)
	}
	if list, column, key, ok := sigma.Lookup(m.Field); ok {
		return w.looked(t, w.listTexts(list, column, key))
	}
	ref, ok := fields.Resolve(w.source, m.Field)
	if !ok {
		ref = fields.Ref{}
	}
	switch t.Kind {
	case sigma.Exists:
		if t.Want {
			return "notEmpty(" + w.values(ref) + ")"
		}
		return "empty(" + w.values(ref) + ")"
	case sigma.Null:
		v := w.name()
		return fmt.Sprintf("NOT arrayExists(%s -> NOT startsWith(%s, 'n'), %s)", v, v, w.values(ref))
	case sigma.CIDR:
		if c, ok := addrColumns[ref.Column]; ok {
			ref.Column = c
		}
	case sigma.FieldRef:
		return w.refers(t, w.texts(ref), w.fieldTexts(t.Ref))
	}
	v := w.name()
	return fmt.Sprintf("arrayExists(%s -> %s, %s)", v, w.passes(t, v), w.texts(ref))
}

// addrColumns are the columns that hold an address for one that holds its text.
var addrColumns = map[schemas.Column]schemas.Column{
	schemas.SrcAddr: schemas.SrcIP, schemas.DstAddr: schemas.DstIP,
}

// keyword looks in the whole record, in JSON also for the text as it stands in a
// string.
func (w *writer) keyword(t *sigma.Test) string {
	text := "toValidUTF8(native)"
	if w.json {
		text = fmt.Sprintf("if(JSONType(%s) = 'Object', JSONExtractRaw(%s), %s)", text, text, text)
	}
	plain := w.passes(t, text)
	if t.Kind != sigma.Text || !w.json {
		return plain
	}
	quoted := *t
	if quoted.Pattern = sigma.Quoted(t.Pattern); !t.Cased {
		quoted.Pattern = quoted.Pattern.Fold()
	}
	if quoted.Pattern.String() == t.Pattern.String() {
		return plain
	}
	return "(" + plain + " OR " + w.passes(&quoted, text) + ")"
}

// refers compares each text of a field with each of another.
func (w *writer) refers(t *sigma.Test, texts, others string) string {
	a, b := w.name(), w.name()
	x, y := a, b
	if !t.Cased {
		x, y = fold(a), fold(b)
	}
	op := map[sigma.Place]string{
		sigma.Whole: "%s = %s", sigma.Prefix: "startsWith(%s, %s)", sigma.Suffix: "endsWith(%s, %s)", sigma.Inside: "position(%s, %s) > 0",
	}[t.Place]
	return fmt.Sprintf("arrayExists(%s -> arrayExists(%s -> %s, %s), %s)", a, b, fmt.Sprintf(op, x, y), others, texts)
}
