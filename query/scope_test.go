package query_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	driver "github.com/ClickHouse/clickhouse-go/v2"

	"github.com/scrubline/scrubline/query"
	"github.com/scrubline/scrubline/query/identity"
	"github.com/scrubline/scrubline/query/querytest"
	"github.com/scrubline/scrubline/schemas"
)

// mark is a value that says where it stands.
func mark(c schemas.Column) string { return "mark_" + c.String() + "_z" }

// marked are two rows, of app and of flows, each value of which says where it stands.
func marked() (event, flow querytest.Row) {
	row := func(t schemas.Table, source string) querytest.Row {
		r := querytest.Row{Time: noon, Source: source, Text: text{}, Lists: lists{}, Num: nums{schemas.StatusID: 1}, Addr: addrs{}}
		for i, c := range t.Columns() {
			switch kind := c.Info().Kind; {
			case slices.Contains([]schemas.Column{schemas.TenantID, schemas.Source, schemas.Batch, schemas.Origin}, c):
			case kind == schemas.KString || kind == schemas.KDict:
				r.Text[c] = mark(c)
			case kind == schemas.KStrings:
				r.Lists[c] = []string{mark(c)}
			case kind == schemas.KIP:
				r.Addr[c] = fmt.Sprintf("203.0.113.%d", 100+i)
			}
		}
		return r
	}
	event, flow = row(schemas.Events, "app"), row(schemas.Flows, "aws_vpcflow")
	event.Text[schemas.PatientToken] = querytest.Token("patient", "MRN-7")
	return event, flow
}

// marks are the values of a row's column, as an answer may show them.
func marks(r querytest.Row, c schemas.Column) []string {
	out := slices.Clone(r.Lists[c])
	for _, v := range []string{r.Text[c], r.Addr[c]} {
		if v != "" {
			out = append(out, v)
		}
	}
	return out
}

func scoped(t *testing.T) *query.Service {
	t.Helper()
	store, options := querytest.OpenWithReader(t)
	events, flows := few()
	event, flow := marked()
	querytest.Insert(t, store, schemas.Events, "few", events)
	querytest.Insert(t, store, schemas.Events, "marked", []querytest.Row{event})
	querytest.Insert(t, store, schemas.Flows, "flows", append(flows, flow))
	for _, table := range []string{"events", "flows"} {
		exec(t, store, "INSERT INTO "+table+" SELECT * REPLACE ('other' AS tenant_id, concat('other/', batch) AS batch, 'stranger' AS native, 'stranger' AS action) FROM "+table)
	}
	conn, err := driver.Open(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return query.New(store.Conn(), query.Options{Tenant: querytest.Tenant, Tokens: querytest.Tokens{}, Reader: conn}).Named()
}

// path is one way to an answer. It returns what the answer shows.
type path func(ctx context.Context, svc *query.Service, q *query.Query) (any, error)

var paths = map[string]path{
	"events": func(ctx context.Context, svc *query.Service, q *query.Query) (any, error) {
		a, err := svc.Events(ctx, q, query.Page{})
		if err != nil {
			return nil, err
		}
		return a.Rows, nil
	},
	"stream": func(ctx context.Context, svc *query.Service, q *query.Query) (any, error) {
		var rows []*query.Row
		err := svc.Stream(ctx, q, func(r *query.Row) error { rows = append(rows, r); return nil })
		return rows, err
	},
	"columns": func(ctx context.Context, svc *query.Service, q *query.Query) (any, error) {
		var rows []*query.Row
		err := svc.StreamColumns(ctx, q, query.ShownColumns(q.Tables()), func(r *query.Row) error { rows = append(rows, r); return nil })
		return rows, err
	},
	"tail": func(ctx context.Context, svc *query.Service, q *query.Query) (any, error) {
		var rows []*query.Row
		seen := errors.New("seen")
		err := svc.Tail(ctx, q, time.Unix(0, 0), func(r *query.Row) error { rows = append(rows, r); return nil }, func() error { return seen })
		if errors.Is(err, seen) {
			err = nil
		}
		return rows, err
	},
	"histogram": func(ctx context.Context, svc *query.Service, q *query.Query) (any, error) {
		return svc.Histogram(ctx, q)
	},
	"summary": func(ctx context.Context, svc *query.Service, q *query.Query) (any, error) { return svc.Summary(ctx, q) },
	"explain": func(ctx context.Context, svc *query.Service, q *query.Query) (any, error) {
		_, err := svc.Explain(ctx, q, query.Page{})
		return nil, err
	},
	"complete": func(ctx context.Context, svc *query.Service, q *query.Query) (any, error) {
		text := strings.TrimSpace(q.String() + " source:")
		return svc.Complete(ctx, text, len(text), noon.Add(time.Hour), time.UTC)
	},
	"access by patient":  access(query.AccessQuery{Subject: query.Subject{Patient: "MRN-7"}}),
	"access by resource": access(query.AccessQuery{Subject: query.Subject{Resource: "mark_*"}}),
	"access by actor":    access(query.AccessQuery{Subject: query.Subject{Actor: mark(schemas.ActorName)}, By: "patient"}),
	"access of session":  access(query.AccessQuery{Subject: query.Subject{Session: mark(schemas.SessionIDCol)}}),
	"timeline": func(ctx context.Context, svc *query.Service, q *query.Query) (any, error) {
		return svc.Timeline(ctx, query.TimelineQuery{Subject: query.Subject{Session: mark(schemas.SessionIDCol)}, Filter: q})
	},
	"sources": func(ctx context.Context, svc *query.Service, _ *query.Query) (any, error) {
		days, _, err := svc.Sources(ctx, time.Time{}, time.Time{})
		return days, err
	},
	"objects": func(ctx context.Context, svc *query.Service, _ *query.Query) (any, error) {
		list, _, err := svc.Objects(ctx, "", time.Time{}, time.Time{}, query.Page{})
		return list, err
	},
	"coverage": func(ctx context.Context, svc *query.Service, _ *query.Query) (any, error) {
		return svc.Coverage(ctx, time.Time{}, time.Time{})
	},
	"sql": func(ctx context.Context, svc *query.Service, _ *query.Query) (any, error) {
		return svc.SQL(ctx, "SELECT source, action, count() FROM events GROUP BY source, action UNION ALL SELECT source, action, count() FROM flows GROUP BY source, action", 100)
	},
}

func access(a query.AccessQuery) path {
	return func(ctx context.Context, svc *query.Service, q *query.Query) (any, error) {
		a.Filter = q
		return svc.Access(ctx, a)
	}
}

func as(ctx context.Context, s identity.Scope) context.Context {
	return identity.With(ctx, identity.Principal{Subject: "ann", Role: identity.Analyst, Scope: s})
}

func shown(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestNobodyAndStrangersGetNothing(t *testing.T) {
	svc := scoped(t)
	for name, ask := range paths {
		if _, err := ask(t.Context(), svc, parse(t, "")); !errors.Is(err, query.ErrNobody) {
			t.Errorf("%s for nobody: %v", name, err)
		}
		for _, tenant := range []string{"", "other", querytest.Tenant + " ", "' OR 1 --"} {
			if _, err := ask(as(t.Context(), identity.Scope{Tenant: tenant}), svc, parse(t, "")); !errors.Is(err, query.ErrTenant) {
				t.Errorf("%s of tenant %q: %v", name, tenant, err)
			}
		}
		got, err := ask(as(t.Context(), identity.Scope{Tenant: querytest.Tenant}), svc, parse(t, "table:*"))
		if err != nil || strings.Contains(shown(t, got), "stranger") {
			t.Errorf("%s has rows of another tenant: %v %s", name, err, shown(t, got))
		}
	}
}

func TestSourcesOutOfScopeAreNowhere(t *testing.T) {
	svc := scoped(t)
	for name, ask := range paths {
		for _, c := range []struct {
			sources []string
			filter  string
			never   []string
		}{
			{[]string{"app"}, "table:*", []string{"aws_cloudtrail", "aws_alb", "aws_vpcflow", "REJECT", "PutObject"}},
			{[]string{"app"}, "source:aws_cloudtrail", []string{"PutObject", "alice"}},
			{[]string{"app"}, "source:* OR table:flows", []string{"PutObject", "alice", "REJECT"}},
			{[]string{"aws_vpcflow"}, "table:*", []string{"aws_cloudtrail", `"app"`, "PutObject", "mark_actor"}},
			{[]string{"x') OR 1 --", `\`}, "table:*", []string{"aws_cloudtrail", "aws_vpcflow", `"app"`, "PutObject", "REJECT"}},
		} {
			got, err := ask(as(t.Context(), identity.Scope{Tenant: querytest.Tenant, Sources: c.sources}), svc, parse(t, c.filter))
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			for _, word := range c.never {
				if strings.Contains(shown(t, got), word) && name != "complete" { // its text is what was typed
					t.Errorf("%s of %q in %q shows %s: %s", name, c.filter, c.sources, word, shown(t, got))
				}
			}
		}
	}
	// What is in scope is there.
	got, err := paths["events"](as(t.Context(), identity.Scope{Tenant: querytest.Tenant, Sources: []string{"app", "aws_vpcflow"}}), svc, parse(t, "table:*"))
	if err != nil || !strings.Contains(shown(t, got), mark(schemas.Native)) || !strings.Contains(shown(t, got), "REJECT") {
		t.Errorf("%v %s", err, shown(t, got))
	}
}

func TestHiddenFieldsAreNowhere(t *testing.T) {
	svc := scoped(t)
	event, flow := marked()
	hidden := 0
	for _, f := range query.Fields() {
		if query.CheckHidden(f.Name) != nil {
			continue
		}
		hidden++
		ctx := as(t.Context(), identity.Scope{Tenant: querytest.Tenant, HiddenFields: []string{f.Name}})
		never := append(marks(event, f.Column()), marks(flow, f.Column())...)
		never = append(never, mark(schemas.Native))
		for name, ask := range paths {
			if name != "events" && name != "access by resource" && hidden%4 != 0 || name == "tail" && hidden%8 != 0 {
				continue // all of them would take long; a tail waits a second for more
			}
			got, err := ask(ctx, svc, parse(t, "table:*"))
			if _, refused := errors.AsType[*query.HiddenError](err); refused {
				continue
			}
			if _, refused := errors.AsType[*query.RefusedError](err); refused && name == "sql" {
				continue
			}
			if err != nil {
				t.Errorf("%s without %s: %v", name, f.Name, err)
			}
			for _, word := range never {
				if strings.Contains(shown(t, got), word) {
					t.Errorf("%s without %s shows %s", name, f.Name, word)
				}
			}
		}
		// Nobody may find out by asking either.
		for _, q := range []string{f.Name + ":x*", "NOT " + f.Name + ":*", "app OR " + f.Name + ":*", `"free text"`} {
			asked, err := query.Parse(q, noon, time.UTC)
			if err != nil {
				continue // a number has no patterns
			}
			for _, name := range []string{"events", "stream", "histogram", "summary", "tail", "explain", "access of session", "timeline"} {
				if f.Name == "session" {
					continue // refused for their subject
				}
				if _, err := paths[name](ctx, svc, asked); !isHidden(err) {
					t.Errorf("%s of %q without %s: %v", name, q, f.Name, err)
				}
			}
		}
		for _, alias := range append([]string{f.Name}, f.Aliases...) {
			if _, err := svc.Facets(ctx, parse(t, ""), []string{alias}); !isHidden(err) && !errors.Is(err, query.ErrNoFacet) {
				t.Errorf("facet %s without %s: %v", alias, f.Name, err)
			}
			if c, err := svc.Complete(ctx, alias+":m", len(alias)+2, noon.Add(time.Hour), time.UTC); !isHidden(err) && (err != nil || slices.ContainsFunc(c.Items, func(i query.Item) bool { return strings.Contains(i.Text, "mark_") })) {
				t.Errorf("completing %s without %s: %v %v", alias, f.Name, c, err)
			}
		}
		if hidden%4 != 0 {
			continue
		}
		col := f.Column().String()
		for _, sql := range []string{"SELECT " + col + " FROM events", "SELECT * FROM events", "SELECT e.* FROM events e", "SELECT count() FROM events WHERE toString(" + col + ") != ''",
			`SELECT "a b"."` + col + `" FROM events AS "a b"`, "SELECT 1 FROM events ORDER BY " + col, "SELECT count() FROM flows GROUP BY flows." + col, "SELECT subject FROM access_by_subject",
			"SELECT native FROM events", "SELECT a.source FROM events a JOIN events b USING (" + col + ")", "SELECT x FROM (SELECT `" + col + "` AS x FROM events)", "SELECT arrayJoin([tuple(*)]) FROM events"} {
			if c, err := svc.SQL(ctx, sql, 10); err == nil {
				t.Errorf("%s without %s: %v", sql, f.Name, c.Rows)
			}
		}
	}
	if hidden < 40 {
		t.Errorf("only %d fields can be hidden", hidden)
	}
}

func isHidden(err error) bool {
	_, ok := errors.AsType[*query.HiddenError](err)
	return ok
}

func TestHiddenFieldsTakeTheirTwinsAlong(t *testing.T) {
	svc := scoped(t)
	for field, twins := range map[string][]schemas.Column{
		"actor_name": {schemas.ActorID, schemas.ActorRole, schemas.CredentialID, schemas.Native},
		"src":        {schemas.SrcAddr, schemas.PktSrcIP, schemas.Native},
		"dst_ip":     {schemas.DstAddr},
		"patient":    {schemas.ResourceIDs, schemas.URLPath},
	} {
		ctx := as(t.Context(), identity.Scope{Tenant: querytest.Tenant, HiddenFields: []string{field}})
		for _, table := range []string{"events", "flows"} {
			a, err := svc.Events(ctx, parse(t, "table:"+table), query.Page{})
			if err != nil || len(a.Rows) == 0 {
				t.Fatal(field, err)
			}
			for _, r := range a.Rows {
				for _, c := range twins {
					if r.Has(c) {
						t.Errorf("without %s a row has %s", field, c)
					}
				}
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(map[string]bool{"": true, "time": true, "source": true, "kind": true, "since": true, "table": true, "nothing": true, "batch": true, "tenant_id": true})) {
		if query.CheckHidden(name) == nil {
			t.Errorf("%q can be hidden", name)
		}
		if _, err := svc.Events(as(t.Context(), identity.Scope{Tenant: querytest.Tenant, HiddenFields: []string{name}}), parse(t, ""), query.Page{}); err == nil {
			t.Errorf("%q hidden: answered", name)
		}
	}
}
