package query_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/scrubline/scrubline/query"
	"github.com/scrubline/scrubline/query/querytest"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/store/clickhouse"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

type (
	text  = map[schemas.Column]string
	lists = map[schemas.Column][]string
	nums  = map[schemas.Column]uint64
	addrs = map[schemas.Column]string
)

// few are rows that differ in one thing each; request_id names them, a flow's
// interface_id.
func few() (events, flows []querytest.Row) {
	trail := func(id, actor string, t text, resources ...string) querytest.Row {
		row := querytest.Row{Time: noon, Source: "aws_cloudtrail", Text: text{
			schemas.RequestID: id, schemas.ActorID: actor, schemas.Service: "s3.amazonaws.com", schemas.Action: "GetObject",
			schemas.CloudAccount: "111122223333", schemas.Native: `{"eventName":"GetObject"}`,
		}, Lists: lists{schemas.ResourceIDs: resources}, Num: nums{schemas.StatusID: 1}, Addr: addrs{schemas.SrcIP: "203.0.113.7"}}
		for c, v := range t {
			row.Text[c] = v
		}
		return row
	}
	alice := trail("alice", "arn:aws:iam::111122223333:user/alice", text{schemas.ActorName: "alice"}, "arn:aws:s3:::phi-bucket/a%b_c.dcm", "arn:aws:s3:::phi-bucket")
	role := trail("role", "arn:aws:sts::111122223333:assumed-role/Nurse/bob", text{schemas.ActorRole: "arn:aws:iam::111122223333:role/Nurse", schemas.Action: "PutObject"}, "arn:aws:s3:::phi-bucket/it's.dcm")
	role.Num = nums{schemas.StatusID: 2, schemas.MFA: 1}
	role.Text[schemas.StatusCode] = "AccessDenied"
	role.Time = noon.Add(time.Minute)
	service := trail("service", "AROAEXAMPLE:ec2-backup", text{schemas.SrcAddr: "AWS Internal", schemas.Action: "DescribeInstances", schemas.Service: "ec2.amazonaws.com", schemas.Native: `{"note":"100%_sure \\ it's \"ok\""}`}, "i-0abc")
	service.Addr = nil
	v6 := trail("v6", "arn:aws:iam::444455556666:root", text{schemas.CloudAccount: "444455556666"})
	v6.Addr = addrs{schemas.SrcIP: "2001:db8::5"}
	web := querytest.Row{Time: noon.Add(-time.Hour), Source: "aws_alb", Text: text{
		schemas.RequestID: "web", schemas.Action: "GET", schemas.HTTPMethod: "GET", schemas.URLPath: "/fhir/Patient/x", schemas.PatientToken: querytest.Token("patient", "MRN-123"),
		schemas.SessionIDCol: querytest.Token("session", "abc"), schemas.SrcAddr: querytest.Token("ip", "198.51.100.77"),
	}, Num: nums{schemas.HTTPStatus: 404, schemas.StatusID: 2, schemas.DurationMS: 0x3f000000}, Addr: addrs{schemas.SrcIP: "198.51.100.0"}, Flags: schemas.FlagAddressPrefix}
	user := querytest.Row{Time: noon.Add(-2 * time.Hour), Source: "app", Text: text{schemas.RequestID: "user", schemas.ActorName: querytest.Token("user", "jsmith")}}
	stone := querytest.Row{Time: noon, Source: "app", Kind: schemas.KindTombstone, Text: text{schemas.RequestID: "stone", schemas.Reason: "bad_json"}}
	header := querytest.Row{Time: noon, Source: "app", Kind: schemas.KindHeader, Text: text{schemas.RequestID: "header"}}
	flow := querytest.Row{Time: noon.Add(30 * time.Second), Source: "aws_vpcflow", Text: text{schemas.InterfaceID: "flow", schemas.Action: "REJECT", schemas.Native: "2 123"},
		Num: nums{schemas.DstPort: 22, schemas.Protocol: 6, schemas.Packets: 3, schemas.StatusID: 2}, Addr: addrs{schemas.SrcIP: "203.0.113.7", schemas.DstIP: "10.0.0.5"}}
	return []querytest.Row{alice, role, service, v6, web, user, stone, header}, []querytest.Row{flow}
}

func openFew(t *testing.T) (*clickhouse.Store, *query.Service) {
	store := querytest.Open(t)
	events, flows := few()
	querytest.Insert(t, store, schemas.Events, "few", events)
	querytest.Insert(t, store, schemas.Flows, "flows", flows)
	return store, query.New(store.Conn(), query.Options{Tenant: querytest.Tenant, Tokens: querytest.Tokens{}})
}

func parse(t *testing.T, s string) *query.Query {
	t.Helper()
	q, err := query.Parse(s, noon.Add(time.Hour), time.UTC)
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return q
}

func names(rows []*query.Row) string {
	var out []string
	for _, r := range rows {
		out = append(out, r.Text(schemas.RequestID)+r.Text(schemas.InterfaceID))
	}
	return strings.Join(out, " ")
}

func TestQueriesFindTheirRows(t *testing.T) {
	_, svc := openFew(t)
	f := func(in, want string) {
		t.Helper()
		a, err := svc.Events(t.Context(), parse(t, in), query.Page{})
		if err != nil {
			t.Errorf("%s: %v", in, err)
			return
		}
		if got := names(a.Rows); got != want {
			t.Errorf("%s: got %q, want %q", in, got, want)
		}
	}
	f("", "role stone v6 service alice web user")
	f("kind:*", "role header stone v6 service alice web user")
	f("source:*", "role flow stone v6 service alice web user")
	f("kind:tombstone", "stone")
	f("reason:BAD_JSON", "stone")
	f("actor:alice", "alice")
	f("actor:al*", "alice")
	f("actor:arn:aws:iam::111122223333:user/alice", "alice")
	f("actor:bob", "role")
	f("actor:Nurse", "role")
	f("actor:root", "v6")
	f("actor:ec2-*", "service")
	f("actor:lice", "")
	f("-actor:*", "stone web")
	f(`actor:"" kind:event`, "web")
	f("actor:jsmith", "")
	f("user:jsmith", "user")
	f("user:alice", "alice")
	f("action:getobject", "v6 alice")
	f("action:(GetObject,PutObject)", "role v6 alice")
	f("action:*object", "role v6 alice")
	f("action:GetObject OR action:GET", "v6 alice web")
	f("action:GetObject -actor:alice", "v6")
	f("-(action:GetObject OR action:GET) source:aws_*", "role flow service")
	f("resource:phi-bucket", "alice")
	f("resource:phi-bucket/*", "role alice")
	f("resource:arn:aws:s3:::phi-bucket/*", "role alice")
	f("resource:phi-bucket/a%b_c.dcm", "alice")
	f("resource:phi-bucket/*%*_*", "alice")
	f("resource:phi-bucket/aXb*", "")
	f("resource:phi-bucket/it's.dcm", "role")
	f("resource:i-0abc", "service")
	f("resource:\"\" kind:event", "v6 web user")
	f("service:s3", "role v6 alice")
	f("service:EC2.amazonaws.com", "service")
	f("status:failure", "role web")
	f("status:accessdenied", "role")
	f("status:404", "web")
	f("status>=400", "web")
	f("status:unknown", "stone user")
	f("http:404", "web")
	f("http<500", "web")
	f("http:*", "web")
	f("mfa:yes", "role")
	f("ip:203.0.113.7", "role alice")
	f("ip:203.0.113.0/24", "role alice")
	f("ip:0.0.0.0/0", "role alice web")
	f("ip:2001:db8::/32", "v6")
	f("ip:2001:DB8:0::5", "v6")
	f("ip:198.51.100.77", "web")
	f("ip:198.51.100.78", "")
	f("ip:198.51.100.0", "")
	f("ip:198.51.100.0/24", "web")
	f("ip:198.51.100.64/26", "")
	f(`src:"AWS Internal"`, "service")
	f("src:AWS*", "service")
	f("dst:10.0.0.0/8 source:*", "flow")
	f("ip:203.0.113.7 table:*", "role flow alice")
	f("packets>2", "flow")
	f("port:22 protocol:tcp table:flows", "flow")
	f("interface_id:flow", "flow")
	f("table:flows actor:alice", "")
	f("patient:MRN-123", "web")
	f("patient:MRN-124", "")
	f("patient:*", "web")
	f("patient:"+querytest.Token("patient", "MRN-123"), "web")
	f("session:abc", "web")
	f("account:444455556666", "v6")
	f("path:/fhir/*", "web")
	f("method:get", "web")
	f("duration<1", "web")
	f("flag:address_prefix", "web")
	f("getobject", "role v6 alice")
	f(`"100%_sure"`, "service")
	f(`"\\ it's \"ok\""`, "") // the JSON has its own escapes
	f(`"it's \\\"ok"`, "service")
	f("eventName*GetObject", "role v6 alice")
	f("time:2026-11-20", "role stone v6 service alice web user")
	f("time<2026-11-20T11:00", "user")
	f("since:90m", "role stone v6 service alice")
	f("until:2026-11-20T11:30", "web user")
	f("since:2026-11-20T11:00 until:2026-11-20T12:00", "web")
	f("tenant_id:other", "")
	f("native:*", "role v6 service alice")
}

func TestPagesGiveEachRowOnce(t *testing.T) {
	store, svc := openFew(t)
	// The same batches again, as after a crash: every row stands twice until a merge.
	copyRows(t, store)
	for _, in := range []string{"", "source:*", "action:*object", "since:2h source:*"} {
		q := parse(t, in)
		whole, err := svc.Events(t.Context(), q, query.Page{})
		if err != nil {
			t.Fatal(err)
		}
		for limit := 1; limit < 4; limit++ {
			var pages []*query.Row
			page := query.Page{Limit: limit}
			for more := true; more; {
				a, err := svc.Events(t.Context(), q, page)
				if err != nil {
					t.Fatal(err)
				}
				if len(a.Rows) > limit || a.More != (a.Next != "") {
					t.Fatalf("%q: %d rows of %d, more %v, next %q", in, len(a.Rows), limit, a.More, a.Next)
				}
				pages = append(pages, a.Rows...)
				more, page.Cursor = a.More, a.Next
			}
			if got, want := names(pages), names(whole.Rows); got != want {
				t.Errorf("%q by %d: got %q, want %q", in, limit, got, want)
			}
		}
		var streamed []*query.Row
		if err := svc.Stream(t.Context(), q, func(r *query.Row) error { streamed = append(streamed, r); return nil }); err != nil {
			t.Fatal(err)
		}
		if got, want := names(streamed), names(whole.Rows); got != want {
			t.Errorf("%q streamed: got %q, want %q", in, got, want)
		}
		sum, err := svc.Summary(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if sum.Rows != uint64(len(whole.Rows)) {
			t.Errorf("%q: summary counts %d rows, want %d", in, sum.Rows, len(whole.Rows))
		}
	}
}

// copyRows makes every row of the tables stand more than once.
func copyRows(t *testing.T, store *clickhouse.Store) {
	t.Helper()
	for _, table := range []string{"events", "flows"} {
		for try := 0; ; try++ {
			exec(t, store, "INSERT INTO "+table+" SELECT * FROM "+table)
			var all, once uint64
			if err := store.Conn().QueryRow(t.Context(), "SELECT count(), uniqExact(batch, record_no) FROM "+table).Scan(&all, &once); err != nil {
				t.Fatal(err)
			}
			if all > once {
				break
			}
			if try == 10 { // merges were quicker each time
				t.Fatalf("no copies stand in %s", table)
			}
		}
	}
}

func exec(t *testing.T, store *clickhouse.Store, sql string) {
	t.Helper()
	if err := store.Conn().Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

func TestCursorServesItsOwnQueryOnly(t *testing.T) {
	_, svc := openFew(t)
	a, err := svc.Events(t.Context(), parse(t, "action:*"), query.Page{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range []query.Page{{Cursor: a.Next}, {Cursor: "nonsense"}, {Cursor: "e30"}} {
		if _, err := svc.Events(t.Context(), parse(t, "status:success"), page); !errors.Is(err, query.ErrBadCursor) {
			t.Errorf("cursor %q of another query: error %v", page.Cursor, err)
		}
	}
	// A relative range means on later pages what it meant on the first.
	first, err := svc.Events(t.Context(), parse(t, "since:90m"), query.Page{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	later, err := query.Parse("since:90m", noon.Add(48*time.Hour), time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	second, err := svc.Events(t.Context(), later, query.Page{Limit: 1, Cursor: first.Next})
	if err != nil {
		t.Fatal(err)
	}
	if len(second.Rows) != 1 || !second.Query.Since.Equal(first.Query.Since) {
		t.Errorf("second page: %d rows since %v, want 1 since %v", len(second.Rows), second.Query.Since, first.Query.Since)
	}
}

func TestLimitsAreTypedErrors(t *testing.T) {
	store, _ := openFew(t)
	var rows []querytest.Row
	for i := range 20_000 {
		rows = append(rows, querytest.Row{Time: noon.Add(time.Duration(i) * time.Second), Source: "app", Text: text{schemas.Native: strings.Repeat("x", 2000)}})
	}
	if err := store.Insert(t.Context(), []*event.Batch{querytest.NewBatch(schemas.Events, "many", rows)}, false); err != nil {
		t.Fatal(err)
	}
	small := query.New(store.Conn(), query.Options{Tenant: querytest.Tenant, Limits: query.Limits{Memory: 1 << 20}})
	if _, err := small.Events(t.Context(), parse(t, "xxx*y OR source:app"), query.Page{Limit: 10_000}); !errors.Is(err, query.ErrTooLarge) {
		t.Errorf("over the memory limit: %v", err)
	}
	svc := query.New(store.Conn(), query.Options{Tenant: querytest.Tenant})
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := svc.Events(gone, parse(t, ""), query.Page{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := svc.Events(t.Context(), parse(t, "patient:MRN-1"), query.Page{}); !errors.Is(err, query.ErrNoTokens) {
		t.Errorf("raw patient without keys: %v", err)
	}
	n := 0
	err := svc.Stream(t.Context(), parse(t, "source:app"), func(*query.Row) error { n++; return nil })
	if err != nil || n < 20_000 {
		t.Errorf("stream gave %d rows, error %v", n, err)
	}
	stop := fmt.Errorf("enough")
	if err := svc.Stream(t.Context(), parse(t, "source:app"), func(*query.Row) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("stopped stream: %v", err)
	}
}
