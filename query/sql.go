package query

import (
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/scrubline/scrubline/schemas"
)

// SQLOptions say which rows of a query's answer a statement reads.
type SQLOptions struct {
	Tenant string    // rows of this tenant only
	Tokens Tokens    // may be nil
	Limit  int       // rows at most; 0: all, and a row that stands twice comes twice, one after the other
	After  *Position // only rows after this one; nil: from the newest on
}

// Position is a row's place in the order of answers: newest first.
type Position struct {
	Time     int64 // Unix milliseconds
	Batch    string
	RecordNo uint64
}

// newestFirst is the order of event_time, batch and record_no; the day in front
// lets ClickHouse read from the end of the table instead of sorting all of it.
const newestFirst = "toDate32(event_time) DESC, event_time DESC, batch DESC, record_no DESC"

// SQL returns the statement that reads the query's rows of one table, newest
// first, each once. What the person typed is in the parameters only.
func (q *Query) SQL(t schemas.Table, o SQLOptions) (string, []driver.NamedValue, error) {
	c := newCondition(t, o.Tokens)
	var b strings.Builder
	b.WriteString("SELECT ")
	for i, col := range t.Columns() {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(col.String())
	}
	b.WriteString(" FROM " + t.String() + " WHERE tenant_id = " + c.text(o.Tenant) + " AND " + c.whole(q))
	if a := o.After; a != nil {
		at := c.param("Int64", a.Time)
		b.WriteString(" AND event_time <= fromUnixTimestamp64Milli(" + at + ", 'UTC') AND (toUnixTimestamp64Milli(event_time), batch, record_no) < (" +
			at + ", " + c.text(a.Batch) + ", " + c.param("UInt64", a.RecordNo) + ")")
	}
	b.WriteString(" ORDER BY " + newestFirst)
	if o.Limit > 0 {
		b.WriteString(" LIMIT 1 BY batch, record_no LIMIT " + c.param("UInt64", o.Limit))
	}
	return b.String(), c.params, c.err
}
