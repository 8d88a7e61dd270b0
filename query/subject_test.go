package query

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"pgregory.net/rapid"

	"github.com/scrubline/scrubline/query/querytest"
	"github.com/scrubline/scrubline/schemas"
)

// keysOf lists the rows that a reading meets, each once.
func keysOf(ctx context.Context, svc *Service, r *reading) (keys []string, err error) {
	err = svc.each(ctx, r.sql("DISTINCT concat(batch, '#', toString(record_no)) AS k", "ORDER BY k"), r.params, 0, func(rows driver.Rows) error {
		var k string
		err := rows.Scan(&k)
		keys = append(keys, k)
		return err
	})
	return keys, err
}

// Whatever is asked about a subject, the table by subject and the events agree.
func TestPropertySubjectsMeetTheSameRows(t *testing.T) {
	store := querytest.Open(t)
	querytest.Week(t, store, testNow)
	svc := New(store.Conn(), Options{Tenant: querytest.Tenant, Tokens: querytest.Tokens{}})
	found, rows := 0, 0
	check := func(fatalf func(string, ...any), q *Query) {
		r := q.reading(schemas.Events, scope{tenant: querytest.Tenant}, querytest.Tokens{})
		if r.from != accessTable {
			return
		}
		got, err := keysOf(t.Context(), svc, r)
		if err != nil {
			fatalf("%s: %v", q, err)
		}
		want, err := keysOf(t.Context(), svc, q.scan(schemas.Events, scope{tenant: querytest.Tenant}, querytest.Tokens{}))
		if err != nil {
			fatalf("%s: %v", q, err)
		}
		if !slices.Equal(got, want) {
			fatalf("%s: by subject %d rows, by events %d", q, len(got), len(want))
		}
		found++
		rows += len(got)
	}
	for _, text := range []string{
		"actor:alice.chen", "user:alice.chen", "actor:Billing", "actor:arn:aws:iam::111122223333:role/Billing", "actor:(alice.chen,bob.ortiz) status:failure",
		"actor:arn:aws:sts::111122223333:assumed-role/Billing/alice.chen", "patient:MRN-103", "patient:(MRN-103,MRN-104) -actor:dr.patel",
		"session:" + querytest.Token("session", "198.51.100.3"), "resource:phi-bucket", "resource:phi-bucket/imaging/*", "resource:phi-bucket/*scan-3*",
		"resource:phi-bucket actor:bob.ortiz action:GetObject", "patient:MRN-3 status:404", "patient:MRN-3 http>=500 OR patient:MRN-4",
		"patient:MRN-3 resource:app/portal/50dc6c495c0c9188", "actor:alice.chen resource:phi-bucket/* since:3d", "resource:(phi-bucket,phi-bucket/imaging/*) mfa:yes",
	} {
		q, err := Parse(text, testNow, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		check(t.Fatalf, q)
	}
	if found < 15 || rows < 1000 {
		t.Errorf("only %d questions with %d rows were read by subject", found, rows)
	}
	values := map[string][]string{
		"actor": {"alice.chen", "erin.walsh", "Radiology", "dr.okafor", "root"}, "resource": {"phi-bucket", "phi-bucket/records/*", "arn:aws:s3:::phi-bucket/b*"},
		"patient": {"MRN-100", "MRN-7"}, "action": {"GetObject", "read", "GET"}, "status": {"failure", "AccessDenied", "404"}, "src": {"203.0.113.0/24", "198.51.100.3"},
		"account": {"111122223333", "1*"}, "region": {"us-west-2"}, "fhir": {"Patient"}, "purpose": {"ETREAT"}, "service": {"s3", "ehr"}, "flag": {"duplicate"},
	}
	rapid.Check(t, func(rt *rapid.T) {
		var draw func(depth int) string
		draw = func(depth int) string {
			switch rapid.IntRange(0, 5).Draw(rt, "node") {
			case 0:
				return "-" + draw(depth+1)
			case 1:
				if depth < 2 {
					return "(" + draw(depth+1) + " OR " + draw(depth+1) + ")"
				}
			}
			field := rapid.SampledFrom([]string{"actor", "resource", "patient", "action", "status", "src", "account", "region", "fhir", "purpose", "service", "flag"}).Draw(rt, "field")
			return field + ":" + rapid.SampledFrom(values[field]).Draw(rt, "value")
		}
		subject := rapid.SampledFrom([]string{"actor", "resource", "patient"}).Draw(rt, "subject")
		text := subject + ":" + rapid.SampledFrom(values[subject]).Draw(rt, "of") + " " + draw(0) + " " + draw(0)
		q, err := Parse(text, testNow, time.UTC)
		if err != nil {
			rt.Fatalf("%s: %v", text, err)
		}
		check(rt.Fatalf, q)
	})
}

// A timeline, the accesses and the picture of one question count the same.
func TestTimelineCountsWhatAccessCounts(t *testing.T) {
	store := querytest.Open(t)
	querytest.Week(t, store, testNow)
	svc := New(store.Conn(), Options{Tenant: querytest.Tenant, Tokens: querytest.Tokens{}})
	for _, subject := range []Subject{{Actor: "alice.chen"}, {Patient: "MRN-103"}, {Resource: "phi-bucket"}, {Session: querytest.Token("session", "198.51.100.3")}} {
		for _, step := range []string{"minute", "hour", "day"} {
			line, err := svc.Timeline(t.Context(), TimelineQuery{Subject: subject, Step: step, Zone: newYork})
			if err != nil {
				t.Fatal(err)
			}
			var told, doubles uint64
			for i, m := range line.Moments {
				told, doubles = told+m.Count, doubles+m.Duplicates
				if i > 0 && m.Start.Before(line.Moments[i-1].Start) {
					t.Errorf("%v: moment %d is earlier than the one before", subject, i)
				}
				if h, m, _ := m.Start.In(newYork).Clock(); step == "day" && h+m != 0 {
					t.Errorf("%v: a day starts at %d:%d", subject, h, m)
				}
			}
			by := "actor"
			if subject.Actor != "" {
				by = "patient"
			}
			access, err := svc.Access(t.Context(), AccessQuery{Subject: subject, By: by, Limit: 1000})
			if err != nil {
				t.Fatal(err)
			}
			var count, dup uint64
			for _, a := range access.Rows {
				count, dup = count+a.Count, dup+a.Duplicates
			}
			term, err := subject.term()
			if err != nil {
				t.Fatal(err)
			}
			h, err := svc.Histogram(t.Context(), &Query{Where: term})
			if err != nil {
				t.Fatal(err)
			}
			if told == 0 || told != count || doubles != dup || h.Rows != count+dup {
				t.Errorf("%v by %s: timeline %d+%d, accesses %d+%d, histogram %d", subject, step, told, doubles, count, dup, h.Rows)
			}
		}
	}
}
