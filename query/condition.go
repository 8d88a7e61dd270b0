package query

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/scrubline/scrubline/schemas"
)

// ErrNoTokens means that a raw patient number was asked for and no key is at
// hand to make its token: it is stored nowhere in clear.
var ErrNoTokens = errors.New("looking up patient: no token key to search the raw value with")

// condition builds SQL over one table. What people typed goes into params only.
type condition struct {
	table  schemas.Table
	cols   []schemas.Column // of the table, or of accessTable
	tokens Tokens
	scope  scope
	own    bool // rows of Scrubline's own audit log too, whatever is asked
	params []driver.NamedValue
	err    error // first failure; the SQL is worthless then
}

// Words of SQL that are a condition.
const (
	always = "1"
	never  = "0"
)

func newCondition(t schemas.Table, sc scope, tokens Tokens) *condition {
	return &condition{table: t, cols: sc.columns(t.Columns()), tokens: tokens, scope: sc}
}

// param adds a parameter and returns its placeholder.
func (c *condition) param(typ string, v any) string {
	name := fmt.Sprintf("p%d", len(c.params)+1)
	c.params = append(c.params, clickhouse.Named(name, v))
	return "{" + name + ":" + typ + "}"
}

func (c *condition) text(v string) string { return c.param("String", v) }

func (c *condition) instant(t time.Time) string {
	return "fromUnixTimestamp64Milli(" + c.param("Int64", t.UnixMilli()) + ", 'UTC')"
}

// has reports whether the table has the column.
func (c *condition) has(col schemas.Column) bool { return slices.Contains(c.cols, col) }

// whole is the condition of a query: its terms, its range, no header lines unless the
// query asks about kinds, and nothing of what people did with Scrubline unless it
// asks about sources.
func (c *condition) whole(q *Query) string {
	var parts []string
	if !q.Since.IsZero() {
		parts = append(parts, "event_time >= "+c.instant(q.Since))
	}
	if !q.Until.IsZero() {
		parts = append(parts, "event_time < "+c.instant(q.Until))
	}
	if c.has(schemas.RowKind) && !mentions(q.Where, FieldByName("kind")) {
		parts = append(parts, fmt.Sprintf("row_kind != %d", schemas.KindHeader))
	}
	if c.table == schemas.Events && !c.own && !mentions(q.Where, FieldByName("source")) {
		parts = append(parts, "source != '"+schemas.AuditSource+"'")
	}
	if q.Where != nil {
		parts = append(parts, c.node(q.Where))
	}
	return allOf(parts)
}

func (c *condition) node(n Node) string {
	switch n := n.(type) {
	case And:
		parts := make([]string, len(n))
		for i, part := range n {
			parts[i] = c.node(part)
		}
		return "(" + allOf(parts) + ")"
	case Or:
		parts := make([]string, len(n))
		for i, part := range n {
			parts[i] = c.node(part)
		}
		return anyOf(parts)
	case Not:
		return "NOT " + c.node(n.Node)
	case *Term:
		return c.term(n)
	}
	return always
}

func allOf(parts []string) string {
	if len(parts) == 0 {
		return always
	}
	return strings.Join(parts, " AND ")
}

func anyOf(parts []string) string {
	switch len(parts) {
	case 0:
		return never
	case 1:
		return "(" + parts[0] + ")"
	}
	return "(" + strings.Join(parts, " OR ") + ")"
}

// mayAsk makes the statement worthless if the scope hides the field.
func (c *condition) mayAsk(f *Field) {
	if err := c.scope.check(f); err != nil && c.err == nil {
		c.err = err
	}
}

// term is true for the rows that one of the term's values meets.
func (c *condition) term(t *Term) string {
	f := t.Field
	c.mayAsk(f)
	var alternatives []string
	add := func(s string) { alternatives = append(alternatives, s) }
	var plain []string // values to compare in one IN
	for _, v := range t.Values {
		text, isPlain := v.Plain()
		switch {
		case f.match == matchTable:
			if v.Any() || c.table == schemas.Table(v.Number) {
				add(always)
			}
		case v.Any():
			add(c.present(f))
		case isPlain && text == "":
			add("NOT " + c.present(f))
		case f.match == matchNumber:
			c.numbers(f, t.Op, v, add)
		case f.match == matchBit:
			add(fmt.Sprintf("bitTest(%s, %d)", f.columns[0], bitOf(uint64(v.Number))))
		case f.match == matchTime:
			if c.has(f.columns[0]) {
				add(f.columns[0].String() + " " + t.Op.String() + " " + c.instant(v.Time))
			}
		case f.match == matchStatus:
			c.status(t.Op, v, add)
		case f.match == matchAddr:
			c.address(f, v, add)
		case f.match == matchNative:
			add("native ILIKE " + c.text("%"+likePattern(v)+"%"))
		case f.match == matchResource || f.match == matchList:
			c.list(f, v, add)
		case isPlain:
			plain = append(plain, c.spellings(f, text)...)
		default:
			c.pattern(f, v, add)
		}
	}
	if len(plain) > 0 {
		c.equal(f, plain, add)
	}
	return anyOf(alternatives)
}

// spellings lists what a plain value may be stored as.
func (c *condition) spellings(f *Field, text string) []string {
	switch f.match {
	case matchFold:
		return []string{strings.ToLower(text)}
	case matchService:
		text = strings.ToLower(text)
		return []string{text, text + ".amazonaws.com"}
	case matchPatient:
		return c.patientTokens(text)
	case matchToken, matchUser:
		return append([]string{text}, c.candidates(f.token, text)...)
	}
	return []string{text}
}

func (c *condition) patientTokens(text string) []string {
	if IsToken(text) {
		return []string{text}
	}
	found := c.candidates("patient", text)
	if len(found) == 0 && c.err == nil {
		c.err = ErrNoTokens
	}
	return found
}

// candidates are the tokens of a raw value; none for one that is a token.
func (c *condition) candidates(kind, text string) []string {
	if c.tokens == nil || kind == "" || IsToken(text) {
		return nil
	}
	return c.tokens.Candidates(kind, text)
}

// equal compares the field's columns with plain values.
func (c *condition) equal(f *Field, values []string, add func(string)) {
	var placeholder string
	for _, col := range f.columns {
		if !c.has(col) {
			continue
		}
		if placeholder == "" {
			placeholder = c.param("Array(String)", values)
		}
		name := col.String()
		if f.match == matchFold || f.match == matchService {
			name = "lower(" + name + ")"
		}
		add(name + " IN " + placeholder)
		if f.match == matchActor || f.match == matchUser {
			// The last element of arn:aws:iam::1:user/alice or AROAEXAMPLE:alice.
			add(lastElement(col) + " IN " + placeholder)
		}
	}
}

// lastElement is what follows the last / or : of an id.
func lastElement(col schemas.Column) string {
	return fmt.Sprintf("extract(%s, '[^/:]*$')", col)
}

// pattern compares the field's columns with a value that has wildcards.
func (c *condition) pattern(f *Field, v Value, add func(string)) {
	like := "LIKE"
	if f.match == matchFold || f.match == matchService {
		like = "ILIKE"
	}
	placeholder := ""
	for _, col := range f.columns {
		if !c.has(col) {
			continue
		}
		if placeholder == "" {
			placeholder = c.text(likePattern(v))
		}
		add(fmt.Sprintf("%s %s %s", col, like, placeholder))
		if f.match == matchActor || f.match == matchUser {
			add(lastElement(col) + " LIKE " + placeholder)
		}
	}
}

var likeEscapes = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

func likePattern(v Value) string {
	parts := make([]string, len(v.Parts))
	for i, part := range v.Parts {
		parts[i] = likeEscapes.Replace(part)
	}
	return strings.Join(parts, "%")
}
