package schedule

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/scrubline/scrubline/detect/list"
	"github.com/scrubline/scrubline/detect/sigma"
	"github.com/scrubline/scrubline/detect/sql"
	"github.com/scrubline/scrubline/detect/watch"
	"github.com/scrubline/scrubline/schemas"
)

// Store is a watch.Finder over the tables of a tenant. What a canary planted is not
// found: rules do not run over it.
type Store struct {
	Conn   driver.Conn
	Tenant string
	Redact func(error) error // takes from a driver's error what may not be shown
	Lists  func() list.Set   // that fields of rules are looked up in; nil: none
}

// told are the columns that alerts are made of.
var told = []schemas.Column{
	schemas.ActorID, schemas.ActorName, schemas.ActorSession, schemas.SessionIDCol, schemas.SrcAddr, schemas.SrcIP, schemas.InterfaceID,
	schemas.CloudAccount, schemas.CloudRegion, schemas.Action, schemas.StatusCode,
}

// Find implements watch.Finder: one statement a rule.
func (s *Store) Find(ctx context.Context, r *sigma.Rule, fields []string, from, to int64) iter.Seq2[*watch.Stored, error] {
	return func(yield func(*watch.Stored, error) bool) {
		qs, err := sql.Compile(r)
		if err != nil {
			yield(nil, err)
			return
		}
		parts := make([]string, 0, len(qs))
		for i := range qs {
			parts = append(parts, s.statement(&qs[i], fields, from, to))
		}
		// Sorting goes to disk before it takes much memory.
		with := []clickhouse.QueryOption{clickhouse.WithSettings(clickhouse.Settings{"max_bytes_before_external_sort": 128 << 20})}
		if lists, err := s.lists(qs); err != nil {
			yield(nil, err)
			return
		} else if len(lists) > 0 {
			with = append(with, clickhouse.WithExternalTable(lists...))
		}
		ctx := clickhouse.Context(ctx, with...)
		rows, err := s.Conn.Query(ctx, "SELECT * FROM ("+strings.Join(parts, " UNION ALL ")+") ORDER BY t, batch, record_no")
		if err != nil {
			yield(nil, s.Redact(err))
			return
		}
		defer func() { _ = rows.Close() }() // its error is that of Err
		var values [][]string
		var cells []string
		out := &watch.Stored{
			Cells: func(c schemas.Column) string {
				if i := slices.Index(told, c); i >= 0 {
					return cells[i]
				}
				return ""
			},
			Field: func(name string) ([]byte, bool) {
				if i := slices.Index(fields, name); i >= 0 && len(values[i]) > 0 {
					return []byte(values[i][0]), true
				}
				return nil, false
			},
		}
		for rows.Next() {
			if err := rows.Scan(&out.Time, &out.Ref.Batch, &out.Ref.Record, &out.Source, &out.Origin, &out.Native, &cells, &values); err != nil {
				yield(nil, s.Redact(err))
				return
			}
			if !yield(out, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(nil, s.Redact(err))
		}
	}
}

// statement is the query of one source.
func (s *Store) statement(q *sql.Query, fields []string, from, to int64) string {
	id := "native_id"
	if q.Table == schemas.Flows {
		id = "''"
	}
	texts := "CAST([], 'Array(Array(String))')"
	if len(fields) > 0 {
		var parts []string
		for _, f := range fields {
			parts = append(parts, sql.Field(q.Source, f))
		}
		texts = "[" + strings.Join(parts, ", ") + "]"
	}
	var cells []string
	for _, c := range told {
		cells = append(cells, sql.Cell(q.Table, c))
	}
	return fmt.Sprintf(`SELECT toUnixTimestamp64Milli(event_time) t, toString(batch) batch, record_no, toString(source) src, toString(origin) origin, %s id, [%s] cells, %s texts FROM %s
WHERE tenant_id = %s AND event_time >= fromUnixTimestamp64Milli(%d) AND event_time < fromUnixTimestamp64Milli(%d) AND NOT (%s) AND %s
LIMIT 1 BY batch, record_no`,
		id, strings.Join(cells, ", "), texts, q.Table, sql.Quote(s.Tenant), from, to, sql.Planted, q.Where())
}
