package query

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/scrubline/scrubline/schemas"
)

// Facets counts the values of fields over the newest rows of a query.
type Facets struct {
	Query  *Query
	Tables []schemas.Table
	Rows   uint64             // rows that were counted
	All    bool               // those are all the query has
	Values map[string][]Count // by field name, most frequent first
}

// DefaultFacets are the fields that are counted if nobody names others.
var DefaultFacets = []string{"source", "action", "status", "reason", "account", "service", "actor"}

// ErrNoFacet means that a field's values cannot be counted.
var ErrNoFacet = errors.New("values of this field are not counted")

const (
	facetValues  = 12  // of each field
	mostValues   = 250 // of each field that a part of the range is asked for
	maxFacetRows = 200_000
)

// facetSQL is the SQL of a field's value as text, ” for none; "" if it is not
// counted: fields of many values that stand for one record each.
func (r *reading) facetSQL(f *Field) string {
	var cols []string
	for _, col := range f.columns {
		if r.has(col) {
			cols = append(cols, col.String())
		}
	}
	switch {
	case len(cols) == 0:
		return ""
	case f.Name == "actor" || f.Name == "user":
		return "if(actor_name != '', actor_name, actor_id)"
	case f.match == matchAddr:
		if text := addrText(f.Column()); text != schemas.None && r.has(text) {
			return text.String()
		}
		return ""
	case f.match == matchStatus:
		return "['unknown', 'success', 'failure', 'other'][least(status_id, 3) + 1]"
	case f.match == matchNumber && len(f.Names) > 0:
		var names, numbers []string
		for _, n := range f.Names {
			names, numbers = append(names, "'"+n.Name+"'"), append(numbers, fmt.Sprint(n.Number))
		}
		present := r.present(f)
		return fmt.Sprintf("if(%s, transform(toUInt64(%s), [%s], [%s], toString(%[2]s)), '')", present, cols[0], strings.Join(numbers, ", "), strings.Join(names, ", "))
	case f.Column() == schemas.HTTPStatus, f.Column() == schemas.DstPort:
		return fmt.Sprintf("if(%s, toString(%s), '')", r.present(f), cols[0])
	}
	switch f.Column().Info().Kind {
	case schemas.KDict, schemas.KString:
		if f.match == matchNative {
			return ""
		}
		return "toString(" + cols[0] + ")"
	}
	return ""
}

// Facets counts the most frequent values of fields. It looks at the newest 200,000
// rows of each table, and says whether those are all; a row is counted once.
func (s *Service) Facets(ctx context.Context, q *Query, names []string) (*Facets, error) {
	sc, err := s.scope(ctx)
	if err != nil {
		return nil, err
	}
	facets := &Facets{Query: q, Tables: q.Tables(), All: true, Values: map[string][]Count{}}
	fields := make([]*Field, len(names))
	for i, name := range names {
		f := FieldByName(name)
		if f == nil || !slices.ContainsFunc([]schemas.Table{schemas.Events, schemas.Flows}, func(t schemas.Table) bool {
			return (&reading{condition: newCondition(t, scope{}, nil)}).facetSQL(f) != ""
		}) {
			return nil, fmt.Errorf("%w: %s", ErrNoFacet, name)
		}
		if err := sc.check(f); err != nil {
			return nil, err
		}
		fields[i] = f
	}
	counts := map[string]map[string]uint64{}
	parts, err := s.spans(ctx, q, time.Time{})
	if err != nil {
		return nil, err
	}
	for _, t := range facets.Tables {
		left := uint64(maxFacetRows)
		for _, part := range parts {
			n, err := s.facetsOf(ctx, sc, t, fields, part, left, counts)
			if err != nil {
				return nil, err
			}
			if n > left {
				facets.All, n = false, left
			}
			facets.Rows += n
			if left -= n; left == 0 {
				facets.All = facets.All && part == parts[len(parts)-1]
				break
			}
		}
	}
	for name, values := range counts {
		facets.Values[name] = topCounts(values, facetValues)
	}
	return facets, nil
}

// facetsOf adds the values of a query's newest rows in a table to counts, and says how
// many rows there are: most+1 if more than most.
func (s *Service) facetsOf(ctx context.Context, sc scope, t schemas.Table, fields []*Field, q *Query, most uint64, counts map[string]map[string]uint64) (total uint64, err error) {
	r := q.reading(t, sc, s.opt.Tokens)
	if slices.ContainsFunc(fields, func(f *Field) bool { return r.facetSQL(f) == "" && f.Column() != schemas.Reason }) {
		r = q.scan(t, sc, s.opt.Tokens) // accessTable lacks some; rows with a reason have no subject
	}
	var shown []*Field
	var values, sets []string
	for _, f := range fields {
		if sql := r.facetSQL(f); sql != "" {
			name := fmt.Sprintf("v%d", len(shown))
			shown = append(shown, f)
			values, sets = append(values, sql+" AS "+name), append(sets, "("+name+")")
		}
	}
	if len(shown) == 0 {
		return 0, r.err
	}
	newest := r.sql("batch, record_no, "+strings.Join(values, ", "),
		"ORDER BY "+r.order()+" LIMIT 1 BY batch, record_no LIMIT "+r.param("UInt64", most+1))
	if r.err != nil {
		return 0, r.err
	}
	names := make([]string, len(shown))
	for i := range shown {
		names[i] = fmt.Sprintf("v%d", i)
	}
	// One of the names is not grouped away in each row: the others are ''.
	sql := fmt.Sprintf("SELECT %s, grouping(%s), count() AS n FROM (%s) GROUP BY GROUPING SETS (%s, ()) ORDER BY n DESC LIMIT %d BY grouping(%[2]s)",
		strings.Join(names, ", "), strings.Join(names, ", "), newest, strings.Join(sets, ", "), mostValues)
	err = s.each(ctx, sql, r.params, 0, func(rows driver.Rows) error {
		text := make([]string, len(shown))
		dest := make([]any, 0, len(shown)+2)
		for i := range text {
			dest = append(dest, &text[i])
		}
		var grouped, n uint64
		if err := rows.Scan(append(dest, &grouped, &n)...); err != nil {
			return err
		}
		for i, f := range shown {
			if grouped != 1<<len(shown)-1 && grouped&(1<<(len(shown)-1-i)) == 0 && text[i] != "" {
				if counts[f.Name] == nil {
					counts[f.Name] = map[string]uint64{}
				}
				counts[f.Name][text[i]] += n
			}
		}
		if grouped == 1<<len(shown)-1 {
			total = n
		}
		return nil
	})
	return total, err
}
