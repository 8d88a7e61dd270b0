package query

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// What can be wrong with a statement that somebody wrote. Their texts may be shown.
var (
	ErrNoReader  = errors.New("there is no user of the store for statements that people write")
	ErrStatement = errors.New("this is no SELECT that the store can read")
)

// RefusedError says what a statement may not have.
type RefusedError struct{ What string }

func (e *RefusedError) Error() string { return "a statement may not have " + e.What }

// OfStatement reports whether an error is about the statement, so that its text may be
// shown to whoever wrote it.
func OfStatement(err error) bool {
	if _, ok := errors.AsType[*RefusedError](err); ok {
		return true
	}
	if _, ok := errors.AsType[*StatementError](err); ok {
		return true
	}
	return errors.Is(err, ErrStatement)
}

// The walls around statements that people write, each enough where it reaches:
//
//  1. The reader's grants: the three tables for statements, no table function, no network.
//  2. The syntax tree, as the server itself reads it: nodes and functions that are
//     listed here and no others. Grants do not hold back the function file(), which
//     the embedded engine lets read any file.
//  3. A filter that the server puts on each table: rows of the scope only, and none of
//     tables that are not for statements.
//  4. Limits that the reader cannot raise, and a few rows.

// nodes are the kinds of nodes that a tree may have. Others hide functions
// (APPLY), change limits (SETTINGS) or are no questions.
var nodes = words(`SelectWithUnionQuery SelectIntersectExceptQuery SelectQuery ExpressionList Subquery WithElement Identifier TableIdentifier
	Literal Asterisk QualifiedAsterisk TablesInSelectQuery TablesInSelectQueryElement TableExpression TableJoin ArrayJoin OrderByElement
	WindowDefinition WindowListElement`)

// functions may be called; operators are functions too.
var functions = words(`and or not xor equals notEquals less lessOrEquals greater greaterOrEquals in notIn like notLike ilike notILike isNull isNotNull
	plus minus multiply divide intDiv modulo negate abs round floor ceil least greatest bitAnd bitOr bitTest if multiIf case caseWithExpression transform
	coalesce ifNull nullIf exists CAST toString toInt8 toInt16 toInt32 toInt64 toUInt8 toUInt16 toUInt32 toUInt64 toFloat32 toFloat64 toDecimal64
	tuple tupleElement array arrayElement lambda map mapKeys mapValues has hasAny hasAll indexOf empty notEmpty length
	arrayJoin arrayMap arrayFilter arrayExists arrayAll arrayCount arrayDistinct arrayConcat arraySort arraySlice arrayStringConcat arrayUniq range
	lower upper concat substring trim trimLeft trimRight startsWith endsWith position positionCaseInsensitive match extract extractAll replaceAll replaceOne
	replaceRegexpAll replaceRegexpOne splitByChar splitByString leftPad rightPad reverse format
	JSONExtract JSONExtractString JSONExtractInt JSONExtractUInt JSONExtractFloat JSONExtractBool JSONExtractRaw JSONExtractKeys JSONHas JSONLength JSONType isValidJSON
	now now64 today yesterday toDate toDate32 toDateTime toDateTime64 toTimeZone toStartOfYear toStartOfQuarter toStartOfMonth toStartOfWeek toMonday toStartOfDay
	toStartOfHour toStartOfMinute toStartOfSecond toStartOfInterval toYear toQuarter toMonth toDayOfMonth toDayOfWeek toDayOfYear toHour toMinute toSecond
	toYYYYMM toYYYYMMDD toUnixTimestamp toUnixTimestamp64Milli fromUnixTimestamp64Milli formatDateTime dateDiff dateTrunc addSeconds addMinutes addHours addDays
	addWeeks addMonths addYears subtractSeconds subtractMinutes subtractHours subtractDays subtractWeeks subtractMonths subtractYears
	toIntervalSecond toIntervalMinute toIntervalHour toIntervalDay toIntervalWeek toIntervalMonth toIntervalQuarter toIntervalYear
	toIPv4 toIPv6 IPv4NumToString IPv6NumToString IPv4ToIPv6 isIPAddressInRange
	count sum avg min max any anyLast argMin argMax uniq uniqExact uniqCombined groupArray groupUniqArray topK quantile quantiles median stddevPop varPop sumMap minMap maxMap
	row_number rank dense_rank lag lead lagInFrame leadInFrame first_value last_value ntile`)

func words(text string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(text) {
		m[w] = true
	}
	return m
}

// tables are read with a filter of their tenant.
var guardedTables = []string{"events", "flows", accessTable}

// look checks the syntax tree of a statement, a node a line. A literal or a name that
// spans lines can add lines to what is checked, never take one away. closed are the
// tables of the store that are not for statements.
func look(tree []string, sc *scope, closed []string) error {
	if len(tree) == 0 || !strings.HasPrefix(tree[0], "SelectWithUnionQuery") {
		return ErrStatement
	}
	for _, line := range tree {
		kind, rest, _ := strings.Cut(strings.TrimLeft(line, " "), " ")
		name, _, _ := strings.Cut(rest, " ")
		switch {
		case strings.HasPrefix(line, " ") && line[1] != ' ' && kind != "ExpressionList":
			return &RefusedError{"FORMAT or OUTFILE"}
		case kind == "Set":
			return &RefusedError{"SETTINGS"}
		case !nodes[kind] && kind != "Function":
			return &RefusedError{"this kind of clause: " + shortened(kind)}
		case kind == "TableIdentifier" && strings.Contains(name, "."):
			return &RefusedError{"a database: tables are events, flows and " + accessTable}
		case kind == "TableIdentifier" && slices.Contains(closed, name):
			return &RefusedError{"this table: tables are events, flows and " + accessTable}
		case kind == "Identifier" && isTable(name, closed):
			return &RefusedError{"a table in place of a value; after IN write (SELECT …)"}
		case kind == "Function" && !allowed(name):
			return &RefusedError{"the function " + shortened(name)}
		case sc.narrow && strings.HasSuffix(kind, "Asterisk"):
			return &RefusedError{"*: some columns are hidden from you, name those you need"}
		case kind == "Identifier" && sc.hides(rest):
			return &RefusedError{"this column: it is hidden from you"}
		}
	}
	return nil
}

// isTable reports whether an identifier ends with the name of a table.
func isTable(name string, closed []string) bool {
	name = name[strings.LastIndexByte(name, '.')+1:]
	return slices.Contains(closed, name) || slices.Contains(guardedTables, name)
}

// allowed reports whether a function may be called; aggregates with -If and -Distinct too.
func allowed(name string) bool {
	for _, suffix := range []string{"", "If", "Distinct", "DistinctIf"} {
		if base, ok := strings.CutSuffix(name, suffix); ok && functions[base] {
			return true
		}
	}
	return false
}

func shortened(s string) string { return s[:min(len(s), 40)] }

// Cells is the answer to a statement.
type Cells struct {
	Names []string
	Types []string // of ClickHouse
	Rows  [][]any  // strings, numbers, booleans, times, addresses, and lists, maps and tuples of those
	More  bool     // there are rows after these
}

// maxSQL is the longest statement, in bytes.
const maxSQL = 32 << 10

// SQL answers a statement that somebody wrote, behind the walls. Errors are
// RefusedError, ErrStatement and those of this package; none quotes the statement.
func (s *Service) SQL(ctx context.Context, text string, limit int) (*Cells, error) {
	if s.opt.Reader == nil {
		return nil, ErrNoReader
	}
	text = strings.TrimRight(strings.TrimSpace(text), ";")
	if text == "" || len(text) > maxSQL {
		return nil, ErrStatement
	}
	sc, err := s.scope(ctx)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, s.limits.Time)
	defer cancel()
	tree, err := s.tree(ctx, text)
	if e, ok := errors.AsType[*ServerError](err); ok && e.Code == codeSyntax {
		return nil, ErrStatement
	}
	if err != nil {
		return nil, err
	}
	closed, err := s.closed(ctx)
	if err != nil {
		return nil, err
	}
	if err := look(tree, &sc, closed); err != nil {
		return nil, err
	}
	return s.guarded(ctx, sc, closed, text, s.limit(limit))
}

// closed lists the tables of the store that are not for statements: what rules found,
// the ledger. Only the store's own user is shown them all.
func (s *Service) closed(ctx context.Context) (names []string, err error) {
	rows, err := s.conn.Query(ctx, "SELECT name FROM system.tables WHERE database = currentDatabase()")
	if err != nil {
		return nil, classify(ctx, err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, classify(ctx, err)
		}
		if !slices.Contains(guardedTables, name) {
			names = append(names, name)
		}
	}
	return names, classify(ctx, rows.Err())
}

// tree asks the server how it reads a statement; nothing of it runs.
func (s *Service) tree(ctx context.Context, text string) (lines []string, err error) {
	rows, err := s.opt.Reader.Query(ctx, "EXPLAIN AST "+text)
	if err != nil {
		return nil, classify(ctx, err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			return nil, classify(ctx, err)
		}
		lines = append(lines, strings.Split(line, "\n")...)
	}
	return lines, classify(ctx, rows.Err())
}

const codeSyntax = 62

// guarded runs a statement that was looked at.
func (s *Service) guarded(ctx context.Context, sc scope, closed []string, text string, limit int) (*Cells, error) {
	var filters []string
	for _, t := range guardedTables {
		filters = append(filters, literal(t)+": "+literal(sc.filter()))
	}
	for _, t := range closed {
		filters = append(filters, literal(t)+": '0'")
	}
	settings := clickhouse.Settings{
		"additional_table_filters": "{" + strings.Join(filters, ", ") + "}",
		// A page and a row that says there are more; then the server stops.
		"limit": limit + 1, "max_result_rows": limit + 1,
	}
	rows, err := s.opt.Reader.Query(clickhouse.Context(ctx, clickhouse.WithSettings(settings)), text)
	if err != nil {
		return nil, classifyStatement(ctx, err)
	}
	defer func() { _ = rows.Close() }()
	cells := &Cells{Names: rows.Columns(), Rows: [][]any{}}
	for _, c := range rows.ColumnTypes() {
		cells.Types = append(cells.Types, c.DatabaseTypeName())
	}
	for rows.Next() {
		row, err := scanAny(rows)
		if err != nil {
			return nil, classify(ctx, err)
		}
		cells.Rows = append(cells.Rows, row)
	}
	if err := rows.Err(); err != nil {
		return nil, classifyStatement(ctx, err)
	}
	if cells.More = len(cells.Rows) > limit; cells.More {
		cells.Rows = cells.Rows[:limit]
	}
	return cells, nil
}

// literal quotes text for SQL.
func literal(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'"
}

// classifyStatement is classify for a statement whose own mistake it may be.
func classifyStatement(ctx context.Context, err error) error {
	err = classify(ctx, err)
	if e, ok := errors.AsType[*ServerError](err); ok {
		return &StatementError{e.Code}
	}
	return err
}

// StatementError is a statement that the server could not run: an unknown column,
// a wrong type. Its message is left out: it may quote data.
type StatementError struct{ Code int32 }

func (e *StatementError) Error() string {
	names := map[int32]string{47: "it names a column that is not there", 60: "it names a table that is not there", 43: "a function gets a value of a wrong type",
		497: "it reads what may not be read", 215: "a column is neither grouped nor counted", 386: "types do not fit together"}
	if name, ok := names[e.Code]; ok {
		return fmt.Sprintf("the store cannot run this statement: %s (error %d)", name, e.Code)
	}
	return fmt.Sprintf("the store cannot run this statement (error %d)", e.Code)
}
