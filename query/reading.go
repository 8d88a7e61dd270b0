package query

import (
	"fmt"
	"strings"

	"github.com/scrubline/scrubline/schemas"
)

// reading is where the rows of one table that meet a query are read from: the
// table itself, or accessTable if it has all that is asked about.
type reading struct {
	*condition
	from   string // table of the server
	first  string // what is looked at before all else: the subject, of accessTable; or ""
	where  string
	things bool // resource_ids are there
}

// reading plans how a query's rows of table t are found.
func (q *Query) reading(t schemas.Table, sc scope, tokens Tokens) *reading {
	subject := subjectOf(q.Where)
	if t != schemas.Events || subject == nil {
		return q.scan(t, sc, tokens)
	}
	r := &reading{condition: newCondition(t, sc, tokens), from: accessTable, things: subject.Field.subjectKind() != aResource}
	r.cols = sc.columns(accessColumns)
	rest := &Query{Where: without(q.Where, subject), Since: q.Since, Until: q.Until}
	r.where = r.rows()
	var exactly string
	if r.first, exactly = r.subject(subject); exactly != "" {
		r.where += " AND " + exactly
	}
	if more := r.whole(rest); more != always {
		r.where += " AND " + more
	}
	return r
}

// scan reads the table itself.
func (q *Query) scan(t schemas.Table, sc scope, tokens Tokens) *reading {
	return q.scanOf(newCondition(t, sc, tokens))
}

func (q *Query) scanOf(c *condition) *reading {
	r := &reading{condition: c, from: c.table.String(), things: true}
	r.where = r.rows() + " AND " + r.whole(q)
	return r
}

// order is newest first, as the table that is read can give it.
func (r *reading) order() string {
	if r.from == accessTable {
		return newestOfSubject
	}
	return newestFirst
}

// without takes a term out of a conjunction.
func without(where Node, t *Term) Node {
	terms, _ := where.(And)
	var rest []Node
	for _, n := range terms {
		if n != Node(t) {
			rest = append(rest, n)
		}
	}
	return join[And](rest...)
}

// rowKey is what tells a row from all others.
const rowKey = "(batch, record_no)"

// once is the SQL of the number of rows that meet a condition, each counted once;
// copies lists the batches whose rows may stand more than once.
func (r *reading) once(when string, copies []string) string {
	// A row of accessTable may be met under two subjects.
	if r.from == accessTable || len(copies) > maxCopies {
		return "uniqExactIf(" + rowKey + ", " + when + ")"
	}
	if len(copies) == 0 {
		return "countIf(" + when + ")"
	}
	in := "batch IN " + r.param("Array(String)", copies)
	return fmt.Sprintf("countIf(%s AND NOT %s) + uniqExactIf(%s, %s AND %s)", when, in, rowKey, when, in)
}

// maxCopies is the longest list of batches that is put into a statement.
const maxCopies = 1000

// sql makes a statement over the reading; WHERE is added to it.
func (r *reading) sql(columns, rest string) string {
	var b strings.Builder
	b.WriteString("SELECT ")
	b.WriteString(columns)
	b.WriteString(" FROM ")
	b.WriteString(r.from)
	if r.first != "" {
		// Left to itself the server may compare names with patterns first, in each row
		// of the pieces it reads.
		b.WriteString(" PREWHERE ")
		b.WriteString(r.first)
	}
	b.WriteString(" WHERE ")
	b.WriteString(r.where)
	if rest != "" {
		b.WriteString(" ")
		b.WriteString(rest)
	}
	return b.String()
}
