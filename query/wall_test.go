package query

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/scrubline/scrubline/query/identity"
	"github.com/scrubline/scrubline/query/querytest"
)

// asked is every way to ask a Service, as a question for more than the scope.
var asked = map[string]func(context.Context, *Service) (any, error){
	"events": func(ctx context.Context, s *Service) (any, error) {
		return s.Events(ctx, &Query{}, Page{Limit: 5000})
	},
	"events of a patient": func(ctx context.Context, s *Service) (any, error) {
		return s.Events(ctx, must(Parse("patient:MRN-103", wallEnd, time.UTC)), Page{Limit: 5000})
	},
	"stream": func(ctx context.Context, s *Service) (any, error) {
		n := map[string]int{}
		err := s.Stream(ctx, &Query{}, func(r *Row) error { n[r.Table.String()]++; return nil })
		return n, err
	},
	"who accessed a patient": func(ctx context.Context, s *Service) (any, error) {
		return s.Access(ctx, AccessQuery{Subject: Subject{Patient: "MRN-103"}})
	},
	"what somebody accessed": func(ctx context.Context, s *Service) (any, error) {
		return s.Access(ctx, AccessQuery{Subject: Subject{Actor: "dr.patel"}})
	},
	"who accessed a thing": func(ctx context.Context, s *Service) (any, error) {
		return s.Access(ctx, AccessQuery{Subject: Subject{Resource: "*"}})
	},
	"timeline": func(ctx context.Context, s *Service) (any, error) {
		return s.Timeline(ctx, TimelineQuery{Subject: Subject{Patient: "MRN-103"}})
	},
	"summary":   func(ctx context.Context, s *Service) (any, error) { return s.Summary(ctx, &Query{}) },
	"histogram": func(ctx context.Context, s *Service) (any, error) { return s.Histogram(ctx, &Query{}) },
	"facets": func(ctx context.Context, s *Service) (any, error) {
		return s.Facets(ctx, &Query{}, []string{"source", "actor", "action"})
	},
	"sources": func(ctx context.Context, s *Service) (any, error) {
		days, _, err := s.Sources(ctx, time.Time{}, time.Time{})
		return days, err
	},
	"coverage": func(ctx context.Context, s *Service) (any, error) {
		return s.Coverage(ctx, time.Time{}, time.Time{})
	},
	"objects": func(ctx context.Context, s *Service) (any, error) {
		list, _, err := s.Objects(ctx, "", time.Time{}, time.Time{}, Page{Limit: 1000})
		return list, err
	},
	"completion": func(ctx context.Context, s *Service) (any, error) {
		return s.Complete(ctx, "actor:", 6, wallEnd, time.UTC)
	},
}

var wallEnd = time.Date(2026, 11, 22, 16, 0, 0, 0, time.UTC)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestEachWallHoldsAlone asks everything in several scopes with the conditions in the
// statements off, and with the row policies off: both answer as with both walls, and
// without any the answer is another.
func TestEachWallHoldsAlone(t *testing.T) {
	store, asker, reader := querytest.OpenWalled(t)
	querytest.Week(t, store, wallEnd)
	ctx := t.Context()
	for _, table := range []string{"events", "flows"} { // another tenant's, of the same patients and people
		err := store.Conn().Exec(ctx, fmt.Sprintf("INSERT INTO %s SELECT * REPLACE ('other' AS tenant_id, concat('v1/f/other/', toString(batch)) AS batch) FROM %s", table, table))
		if err != nil {
			t.Fatal(err)
		}
	}
	connect := func(o *clickhouse.Options) driver.Conn {
		c, err := clickhouse.Open(o)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	asks := connect(asker)
	service := func(first, second bool) *Service {
		o := Options{Tenant: querytest.Tenant, Tokens: querytest.Tokens{}}
		if second {
			o.Asker = asks
		}
		if s := New(store.Conn(), o); first {
			return s
		}
		return New(store.Conn(), o).WithoutConditions()
	}
	both, first, second, none := service(true, true), service(true, false), service(false, true), service(false, false)
	leaks := map[string]bool{}
	for _, sources := range [][]string{nil, {"app"}, {"aws_vpcflow"}, {"app", "aws_vpcflow"}, {"nothing"}} {
		as := identity.With(ctx, identity.Principal{Subject: "ann", Role: identity.Analyst, Scope: identity.Scope{Tenant: querytest.Tenant, Sources: sources}})
		for name, ask := range asked {
			answer := func(s *Service) string {
				v, err := ask(as, s)
				if err != nil {
					return "error: " + err.Error()
				}
				b, err := json.Marshal(v)
				if err != nil {
					t.Fatal(err)
				}
				return string(b)
			}
			want := answer(both)
			if len(want) > 6 && want[:6] == "error:" {
				t.Fatalf("%s of %v: %s", name, sources, want)
			}
			if got := answer(first); got != want {
				t.Errorf("%s of %v without row policies:\n%.300s\n%.300s", name, sources, got, want)
			}
			if got := answer(second); got != want {
				t.Errorf("%s of %v without conditions:\n%.300s\n%.300s", name, sources, got, want)
			}
			if answer(none) != want {
				leaks[name] = true
			}
		}
	}
	for name := range asked {
		if !leaks[name] {
			t.Errorf("%s would show nothing without walls: it tests none", name)
		}
	}
	for _, table := range []string{"events", "flows", "access_by_subject", "batches"} {
		var n uint64
		if err := asks.QueryRow(ctx, "SELECT count() FROM "+table).Scan(&n); err != nil || n != 0 {
			t.Errorf("nobody sees %d rows of %s: %v", n, table, err)
		}
	}
	for _, sql := range []string{"INSERT INTO events (batch) VALUES ('x')", "DROP TABLE events", "SELECT * FROM system.users", "SELECT * FROM alerts", "SELECT * FROM rule_matches", "SELECT * FROM drills", "TRUNCATE TABLE flows", "GRANT SELECT ON *.* TO asker"} {
		if err := asks.Exec(ctx, sql); err == nil {
			t.Errorf("the asker may %s", sql)
		}
	}
	writes := connect(reader) // statements that people wrote
	for _, sql := range []string{"SELECT * FROM alerts", "SELECT * FROM batches", "SELECT * FROM drills", "SELECT * FROM system.users", "TRUNCATE TABLE flows"} {
		if err := writes.Exec(ctx, sql); err == nil {
			t.Errorf("the reader may %s", sql)
		}
	}
}
