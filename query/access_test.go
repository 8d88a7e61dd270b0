package query_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/scrubline/scrubline/query"
	"github.com/scrubline/scrubline/query/querytest"
	"github.com/scrubline/scrubline/schemas"
)

// line shows an access: name, counts, actions and addresses.
func line(a query.Access) string {
	var actions []string
	for _, c := range a.Actions {
		actions = append(actions, fmt.Sprintf("%s*%d", c.Name, c.Count))
	}
	return fmt.Sprintf("%s:%s n=%d dup=%d ok=%d bad=%d %s from %s", a.Kind, a.Name, a.Count, a.Duplicates, a.Success, a.Failure,
		strings.Join(actions, ","), strings.Join(a.Addresses, ","))
}

func linesOf(rows []query.Access) string {
	var out []string
	for _, r := range rows {
		out = append(out, line(r))
	}
	return strings.Join(out, "\n")
}

func TestAccessSumsUpEachActorOnce(t *testing.T) {
	store, svc := openFew(t)
	copyRows(t, store)
	exec(t, store, "INSERT INTO access_by_subject SELECT * FROM access_by_subject")
	events, _ := few()
	again := events[0]
	again.Flags = schemas.FlagDuplicate
	again.Time = noon.Add(time.Second)
	querytest.Insert(t, store, schemas.Events, "again", []querytest.Row{again})

	const (
		alice = "id:arn:aws:iam::111122223333:user/alice n=1 dup=1 ok=1 bad=0 GetObject*1 from 203.0.113.7"
		role  = "id:arn:aws:sts::111122223333:assumed-role/Nurse/bob n=1 dup=0 ok=0 bad=1 PutObject*1 from 203.0.113.7"
	)
	web := "address:" + querytest.Token("ip", "198.51.100.77") + " n=1 dup=0 ok=0 bad=1 GET*1 from " + querytest.Token("ip", "198.51.100.77")
	f := func(a query.AccessQuery, filter, want string) {
		t.Helper()
		a.Filter = parse(t, filter)
		got, err := svc.Access(t.Context(), a)
		if err != nil {
			t.Errorf("%+v: %v", a, err)
			return
		}
		if linesOf(got.Rows) != want {
			t.Errorf("%+v %s:\ngot\n%s\nwant\n%s", a, filter, linesOf(got.Rows), want)
		}
	}
	f(query.AccessQuery{Subject: query.Subject{Resource: "phi-bucket/*"}}, "", role+"\n"+alice)
	f(query.AccessQuery{Subject: query.Subject{Resource: "arn:aws:s3:::phi-bucket/*"}}, "", role+"\n"+alice)
	f(query.AccessQuery{Subject: query.Subject{Resource: "phi-bucket"}}, "", alice)
	f(query.AccessQuery{Subject: query.Subject{Resource: "*/a%b_c.dcm"}}, "", alice)
	f(query.AccessQuery{Subject: query.Subject{Resource: "phi-bucket/*"}}, "status:failure", role)
	f(query.AccessQuery{Subject: query.Subject{Resource: "phi-bucket/*"}}, "-actor:bob until:2026-11-20T12:01", alice)
	// getobject stands in native, which only the table events has: the same answer from there.
	f(query.AccessQuery{Subject: query.Subject{Resource: "phi-bucket/*"}}, "getobject", role+"\n"+alice)
	f(query.AccessQuery{Subject: query.Subject{Patient: "MRN-123"}}, "", web)
	f(query.AccessQuery{Subject: query.Subject{Patient: querytest.Token("patient", "MRN-123")}}, "", web)
	f(query.AccessQuery{Subject: query.Subject{Patient: "MRN-124"}}, "", "")
	f(query.AccessQuery{Subject: query.Subject{Patient: "MRN-123"}}, "http:404", web)
	f(query.AccessQuery{Subject: query.Subject{Actor: "alice"}}, "",
		"resource:arn:aws:s3:::phi-bucket/a%b_c.dcm n=1 dup=1 ok=1 bad=0 GetObject*1 from 203.0.113.7\n"+
			"resource:arn:aws:s3:::phi-bucket n=1 dup=1 ok=1 bad=0 GetObject*1 from 203.0.113.7")
	f(query.AccessQuery{Subject: query.Subject{Actor: "root"}}, "", "none: n=1 dup=0 ok=1 bad=0 GetObject*1 from 2001:db8::5")

	var paged []query.Access
	ask := query.AccessQuery{Subject: query.Subject{Resource: "phi-bucket/*"}, Limit: 1}
	for more := true; more; {
		a, err := svc.Access(t.Context(), ask)
		if err != nil {
			t.Fatal(err)
		}
		paged = append(paged, a.Rows...)
		more, ask.Cursor = a.More, a.Next
	}
	if got, want := linesOf(paged), role+"\n"+alice; got != want {
		t.Errorf("by pages: got\n%s\nwant\n%s", got, want)
	}
	for _, bad := range []query.AccessQuery{{}, {Subject: query.Subject{Resource: "a", Actor: "b"}}} {
		if _, err := svc.Access(t.Context(), bad); !errors.Is(err, query.ErrAccessQuery) {
			t.Errorf("%+v: error %v", bad, err)
		}
	}
}

func TestSummaryCountsByTimeAndValue(t *testing.T) {
	_, svc := openFew(t)
	sum, err := svc.Summary(t.Context(), parse(t, "source:*"))
	if err != nil {
		t.Fatal(err)
	}
	var ok, bad, other, unread uint64
	for _, b := range sum.Buckets {
		ok, bad, other, unread = ok+b.Success, bad+b.Failure, other+b.Other, unread+b.Unread
	}
	if got, want := fmt.Sprint(sum.Rows, ok, bad, other, unread, sum.Unread, sum.Step), "8 3 3 1 1 {1 0} 5m0s"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := fmt.Sprint(sum.Facets.Values["action"]), "[{GetObject 2} {DescribeInstances 1} {GET 1} {PutObject 1} {REJECT 1}]"; got != want {
		t.Errorf("actions %s, want %s", got, want)
	}
	// A tombstone meets no term, and is told of all the same.
	sum, err = svc.Summary(t.Context(), parse(t, "actor:alice"))
	if err != nil {
		t.Fatal(err)
	}
	if sum.Rows != 1 || sum.Unread.Tombstones != 1 {
		t.Errorf("rows %d, unread %v", sum.Rows, sum.Unread)
	}
}

func TestSourcesReadTheLedger(t *testing.T) {
	store, svc := openFew(t)
	exec(t, store, "INSERT INTO batches SELECT * FROM batches")
	days, more, err := svc.Sources(t.Context(), time.Time{}, time.Time{})
	if err != nil || more {
		t.Fatal(more, err)
	}
	var got []string
	for _, d := range days {
		got = append(got, fmt.Sprintf("%s %s batches=%d rows=%d events=%d tombstones=%d", d.Source, d.Day.Format(time.DateOnly), d.Batches, d.Rows, d.Events, d.Tombstones))
	}
	want := "aws_cloudtrail 2026-11-20 batches=1 rows=8 events=6 tombstones=1\naws_vpcflow 2026-11-20 batches=1 rows=1 events=1 tombstones=0"
	if strings.Join(got, "\n") != want {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
	if days, _, err := svc.Sources(t.Context(), noon.Add(24*time.Hour), time.Time{}); err != nil || len(days) != 0 {
		t.Errorf("after the last batch: %d days, %v", len(days), err)
	}
}

// The list in accesssql.go is the table's.
func TestAccessColumnsStandInTheTable(t *testing.T) {
	store := querytest.Open(t)
	rows, err := store.Conn().Query(t.Context(), "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = 'access_by_subject' AND name != 'subject' ORDER BY position")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		got = append(got, name)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprint(query.AccessColumns()); fmt.Sprint(got) != want {
		t.Errorf("table has %v, want %s", got, want)
	}
}

// TestBalancersAreFoundInEvents: access_by_subject does not have the load balancer
// of each request; whoever asks for one gets the answer from events.
func TestBalancersAreFoundInEvents(t *testing.T) {
	store := querytest.Open(t)
	svc := query.New(store.Conn(), query.Options{Tenant: querytest.Tenant, Tokens: querytest.Tokens{}})
	request := func(patient string) querytest.Row {
		return querytest.Row{Time: noon, Source: "aws_alb", Text: text{schemas.Action: "GET", schemas.SrcAddr: "203.0.113.7", schemas.PatientToken: patient},
			Lists: lists{schemas.ResourceIDs: {"app/front/50dc6c495c0c9188"}}}
	}
	bucket := querytest.Row{Time: noon, Source: "aws_cloudtrail", Text: text{schemas.Action: "GetObject", schemas.SrcAddr: "203.0.113.7"},
		Lists: lists{schemas.ResourceIDs: {"arn:aws:s3:::app/front"}}}
	querytest.Insert(t, store, schemas.Events, "requests", []querytest.Row{request(""), request(querytest.Token("patient", "MRN-123")), bucket})

	f := func(a query.AccessQuery, want int) {
		t.Helper()
		a.Filter = parse(t, "")
		got, err := svc.Access(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		n := uint64(0)
		for _, r := range got.Rows {
			n += r.Count
		}
		if n != uint64(want) {
			t.Errorf("%+v: %d accesses, want %d", a, n, want)
		}
	}
	f(query.AccessQuery{Subject: query.Subject{Resource: "app/front/50dc6c495c0c9188"}}, 2)
	f(query.AccessQuery{Subject: query.Subject{Resource: "app/front*"}}, 3)
	f(query.AccessQuery{Subject: query.Subject{Resource: "app/f*9188"}}, 2)
	f(query.AccessQuery{Subject: query.Subject{Resource: "a*"}}, 3)
	f(query.AccessQuery{Subject: query.Subject{Resource: "*9188"}}, 2)
	f(query.AccessQuery{Subject: query.Subject{Resource: "app/front"}}, 1)
	f(query.AccessQuery{Subject: query.Subject{Resource: "arn:aws:s3:::app/*"}}, 1)
	f(query.AccessQuery{Subject: query.Subject{Patient: "MRN-123"}}, 1)
}

func TestCompletionKnowsFieldsAndValues(t *testing.T) {
	store := querytest.Open(t)
	querytest.Week(t, store, noon)
	svc := query.New(store.Conn(), query.Options{Tenant: querytest.Tenant, Tokens: querytest.Tokens{}})
	f := func(text string, want ...string) {
		t.Helper()
		c, err := svc.Complete(t.Context(), text, len([]rune(text)), noon, time.UTC)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			return
		}
		var got []string
		for _, i := range c.Items {
			got = append(got, i.Text)
		}
		if fmt.Sprint(got[:min(len(got), len(want))]) != fmt.Sprint(want) {
			t.Errorf("%s: %q, want %q first", text, got, want)
		}
	}
	f("act", "actor:", "action:")
	f("eventn", "action:")
	f("status:f", "failure")
	f("source:aws_c", "aws_cloudtrail")
	f("action:", "GET")
	f("source:aws_cloudtrail action:get", "GetObject", "GetSecretValue")
	f("actor:al", "alice.chen")
	f("resource:phi-bucket/rec")
	f("region:us-w", "us-west-2")
	f("nonsense((( region:us-w", "us-west-2")
	f(`service:s3`, "s3.amazonaws.com")
	c, err := svc.Complete(t.Context(), "action:Getx", 10, noon, time.UTC)
	if err != nil || c.Start != 7 || c.End != 11 || len(c.Items) == 0 || c.Items[0].Count == 0 {
		t.Errorf("%+v %v", c, err)
	}
}

func TestCoverageShowsTheDaysThatMiss(t *testing.T) {
	store := querytest.Open(t)
	row := func(days int, kind uint64) querytest.Row {
		return querytest.Row{Time: noon.AddDate(0, 0, days), Kind: kind, Source: "app", Text: text{schemas.CloudAccount: "111122223333", schemas.CloudRegion: "us-east-1"}}
	}
	querytest.Insert(t, store, schemas.Events, "days", []querytest.Row{row(0, 0), row(0, schemas.KindTombstone), row(3, 0), row(3, schemas.KindGap), row(4, 0)})
	exec(t, store, "INSERT INTO events SELECT * FROM events")
	svc := query.New(store.Conn(), query.Options{Tenant: querytest.Tenant})
	f := func(since, until time.Time, want string) {
		t.Helper()
		list, err := svc.Coverage(t.Context(), since, until)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range list {
			got = append(got, c.Source, c.Account, c.Region)
			for _, d := range c.Days {
				got = append(got, fmt.Sprintf("%d:%d/%d/%d", d.Day.Day(), d.Events, d.Tombstones, d.Gaps))
			}
			for _, d := range c.Missing {
				got = append(got, fmt.Sprintf("-%d", d.Day()))
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%v %v: %s, want %s", since, until, strings.Join(got, " "), want)
		}
	}
	f(time.Time{}, time.Time{}, "app 111122223333 us-east-1 20:1/1/0 23:1/0/1 24:1/0/0 -21 -22")
	f(noon.AddDate(0, 0, -1), noon.AddDate(0, 0, 2), "app 111122223333 us-east-1 20:1/1/0 -19 -21 -22")
	f(noon.AddDate(0, 0, 30), time.Time{}, "")
}

func TestObjectsComeInPages(t *testing.T) {
	_, svc := openFew(t)
	var keys []string
	page := query.Page{Limit: 1}
	for {
		list, next, err := svc.Objects(t.Context(), "", time.Time{}, time.Time{}, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range list {
			keys = append(keys, fmt.Sprintf("%s %d", o.Table, o.Rows))
		}
		if page.Cursor = next; next == "" {
			break
		}
	}
	if strings.Join(keys, ", ") != "events 8, flows 1" {
		t.Errorf("%q", keys)
	}
	if list, _, err := svc.Objects(t.Context(), "aws_vpcflow", noon, time.Time{}, query.Page{}); err != nil || len(list) != 1 {
		t.Errorf("%v %v", list, err)
	}
}
