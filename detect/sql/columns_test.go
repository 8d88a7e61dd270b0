package sql_test

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/scrubline/scrubline/detect/detecttest"
	"github.com/scrubline/scrubline/detect/match"
	"github.com/scrubline/scrubline/detect/sigma"
	"github.com/scrubline/scrubline/detect/sql"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/store/engine/enginetest"
)

// row is a stored record: its text and some of its columns.
type row struct {
	source, native string
	cols           map[schemas.Column]any
}

const alb = `https 2026-03-02T09:05:11.2Z app/web/1 203.0.113.7:4711 10.0.0.5:80 0.1 0.1 0 404 404 1 2 "GET https://clinic.example:443/Admin/../etc?q=1%27 HTTP/1.1" "curl/8" - - arn "Root=1-2" "-" "-" 0 t "forward" "-" "-" "-" "-" "-" "-"`

var stored = []row{
	{"aws_alb", alb, map[schemas.Column]any{
		schemas.SrcAddr: "203.0.113.7", schemas.SrcIP: "203.0.113.7", schemas.HTTPStatus: 404, schemas.HTTPMethod: "GET",
		schemas.URLPath: "/Admin/../etc", schemas.URLHost: "clinic.example", schemas.UserAgentCol: "curl/8", schemas.DurationMS: 0,
	}},
	{"aws_alb", strings.Replace(alb, "404 404", "- -", 1), map[schemas.Column]any{schemas.SrcAddr: "t1.ip.1.abc", schemas.SrcIP: "203.0.113.0"}},
	{"aws_alb", `https x "- http://h:80- -" "GET http://h HTTP/1.1" "POST /x HTTP/2.0"`, nil},
	{"app", `10.1.2.3 - bob [02/Mar/2026:09:05:11 +0000] "POST /login?next=%2F HTTP/1.1" 401 7`, map[schemas.Column]any{
		schemas.HTTPStatus: 401, schemas.SrcAddr: "10.1.2.3", schemas.SrcIP: "10.1.2.3", schemas.ResourceIDs: []string{"Chart/1", "Chart/2"},
		schemas.EventTime: 1772442311000,
	}},
	{"app", `{"message":"\"GET /login HTTP/1.1\" denied","http":{"status":401},"resource_ids":["Chart/3"]}`, nil},
	{"app", `{"message": broken "GET /login HTTP/1.1"`, nil},
	{"aws_waf", `{"httpRequest":{"uri":"/login","args":"a=1","clientIp":"t1.ip.1.abc"},"action":"BLOCK"}`, map[schemas.Column]any{schemas.SrcAddr: "t1.ip.1.abc", schemas.SrcIP: "198.51.100.0", schemas.Action: "BLOCK"}},
}

const webRules = `
{cs-uri-query|contains: '/admin/../'}
{c-uri|startswith: /login}
{c-uri: [/login, '']}
{c-uri|re: 'q=1%27$'}
{sc-status: 404}
{sc-status|gte: 400, cs-method|exists: false}
{sc-status: null}
{c-ip|cidr: 203.0.113.0/24}
{c-ip|cidr: 198.51.100.0/24}
{src_ip|startswith: 't1.'}
{cs-user-agent: 'CURL*', cs-host|endswith: .EXAMPLE}
{resource_ids: chart/2}
{resource_ids|contains: Chart, resource_ids|endswith: '3'}
{event_time|hour: 9}
{event_time|exists: true}
{http.status: 401}
{time-taken: 0}
{no-such-field: null}
{no-such-field: x}
['/login']
['"GET /login']
['t1.ip', 'denied']
`

// TestColumnsAgreeWithMatch: fields that stand for columns or for the address in
// a request line are the same in both engines.
func TestColumnsAgreeWithMatch(t *testing.T) {
	conn, err := clickhouse.Open(enginetest.Start(t).Options())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ctx := context.Background()
	if err := conn.Exec(ctx, "CREATE TABLE events (id UInt32, "+definitions()+") ENGINE = Memory"); err != nil {
		t.Fatal(err)
	}
	b := event.NewBatch(schemas.Events)
	for i := range stored {
		store(t, conn, uint32(i), b, &stored[i])
	}
	hits := 0
	for _, line := range strings.Split(strings.TrimSpace(webRules), "\n") {
		r := detecttest.Load("title: t\nlogsource: {category: webserver}\ndetection:\n  s: " + line + "\n  condition: s\n")
		if r == nil {
			t.Fatalf("%s is refused", line)
		}
		qs, err := sql.Compile(r)
		if err != nil {
			t.Fatal(err)
		}
		var got, want []uint32
		for _, q := range qs {
			var ids []struct {
				ID uint32 `ch:"id"`
			}
			if err := conn.Select(ctx, &ids, "SELECT id FROM events WHERE "+q.Where()); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			for _, r := range ids {
				got = append(got, r.ID)
			}
		}
		slices.Sort(got)
		s := match.Compile([]*sigma.Rule{r}, nil).NewScanner()
		for i, row := range stored {
			if len(s.Scan(&match.Record{Source: row.source, Native: []byte(row.native), Batch: b, Row: i})) > 0 {
				want = append(want, uint32(i))
			}
		}
		if hits += len(want); !slices.Equal(got, want) {
			t.Errorf("%s: clickhouse %v, match %v", line, got, want)
		}
	}
	if hits < 25 {
		t.Errorf("only %d matches: the rules do not look at the rows", hits)
	}
}

func definitions() string {
	types := map[schemas.Kind]string{
		schemas.KString: "String", schemas.KDict: "LowCardinality(String)", schemas.KStrings: "Array(String)", schemas.KU8: "UInt8",
		schemas.KU16: "UInt16", schemas.KU32: "UInt32", schemas.KU64: "UInt64", schemas.KF32: "Float32",
		schemas.KTime: "DateTime64(3, 'UTC')", schemas.KIP: "IPv6",
	}
	var out []string
	for _, c := range schemas.Events.Columns() {
		out = append(out, c.String()+" "+types[c.Info().Kind])
	}
	return strings.Join(out, ", ")
}

// store puts a row into the batch and the table.
func store(t *testing.T, conn clickhouse.Conn, id uint32, b *event.Batch, r *row) {
	t.Helper()
	names, values := []string{"id", "source", "native", "present"}, []any{id, r.source, r.native, uint64(0)}
	b.SetString(schemas.Source, r.source)
	b.SetString(schemas.Native, r.native)
	present := uint64(0)
	for c, v := range r.cols {
		names = append(names, c.String())
		present |= c.PresentBit()
		switch v := v.(type) {
		case []string:
			for _, s := range v {
				b.SetString(c, s)
			}
			values = append(values, v)
		case string:
			if c.Info().Kind == schemas.KIP {
				a := netip.MustParseAddr(v)
				b.SetAddr(c, a.As16())
				values = append(values, netip.AddrFrom16(a.As16()))
				continue
			}
			b.SetString(c, v)
			values = append(values, v)
		case int:
			b.SetNum(c, uint64(v))
			switch c.Info().Kind {
			case schemas.KU16:
				values = append(values, uint16(v))
			case schemas.KF32:
				values = append(values, float32(v))
			default:
				values = append(values, time.UnixMilli(int64(v)).UTC())
			}
		}
	}
	b.SetNum(schemas.Present, present)
	b.EndRow()
	values[3] = present
	batch, err := conn.PrepareBatch(context.Background(), "INSERT INTO events ("+strings.Join(names, ", ")+")")
	if err != nil {
		t.Fatal(err)
	}
	if err := batch.Append(values...); err != nil {
		t.Fatal(err)
	}
	if err := batch.Send(); err != nil {
		t.Fatal(err)
	}
}
