package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/scrubline/scrubline/bench/history"
	"github.com/scrubline/scrubline/query"
	"github.com/scrubline/scrubline/query/api"
	"github.com/scrubline/scrubline/query/audit"
	"github.com/scrubline/scrubline/query/identity"
	"github.com/scrubline/scrubline/store/clickhouse"
	"github.com/scrubline/scrubline/store/engine"
	"github.com/scrubline/scrubline/store/engine/enginetest"
)

// archiveYear is the year that questions are asked about: SCRUBLINE_HISTORY_ROWS
// events (default a million) in the folder SCRUBLINE_HISTORY, which is kept; without
// one in a folder of the test's.
type archiveYear struct {
	history.History
	conn     driver.Conn
	store    *clickhouse.Store
	service  *query.Service
	url      string
	analysts []string // tokens: one principal cannot take all slots
}

const benchToken = "a-token-for-the-benchmark"

func openYear(b *testing.B) *archiveYear {
	b.Helper()
	ctx := context.Background()
	must := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	rows := 1_000_000
	if text := os.Getenv("SCRUBLINE_HISTORY_ROWS"); text != "" {
		var err error
		rows, err = strconv.Atoi(text)
		must(err)
	}
	dir := os.Getenv("SCRUBLINE_HISTORY")
	if dir == "" {
		dir = b.TempDir()
	}
	library, err := enginetest.Library()
	must(err)
	e, err := engine.Open(ctx, engine.Options{Dir: dir, Library: library, MemoryBytes: 4 << 30, Log: zerolog.Nop()})
	must(err)
	b.Cleanup(func() { _ = e.Close() })
	store, err := clickhouse.Open(ctx, clickhouse.Config{Addr: []string{e.Addr}, User: e.User, Password: e.Password, Database: e.Database})
	must(err)
	b.Cleanup(func() { _ = store.Close() })
	must(store.Migrate(ctx))
	y := &archiveYear{History: history.History{Rows: rows, End: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}, conn: store.Conn(), store: store,
		service: query.New(store.Conn(), query.Options{Tenant: history.Tenant})}
	began, said := time.Now(), time.Now()
	must(y.Fill(ctx, y.conn, func(n int) {
		if time.Since(said) > 20*time.Second {
			said = time.Now()
			b.Logf("%d rows after %v", n, time.Since(began).Round(time.Second))
			fmt.Fprintf(os.Stderr, "%d rows after %v\n", n, time.Since(began).Round(time.Second))
		}
	}))
	y.settle(b)
	y.plain(b)
	trail, err := audit.Open(b.TempDir(), audit.Options{})
	must(err)
	b.Cleanup(func() { must(trail.Close()) })
	tokens := identity.OpenTokens(b.TempDir(), func() time.Time { return y.End })
	for range 50 {
		_, shown, err := tokens.Create(identity.Token{Name: "analyst", Role: identity.Analyst, Scope: identity.Scope{Tenant: history.Tenant}, Expires: y.End.AddDate(1, 0, 0)})
		must(err)
		y.analysts = append(y.analysts, shown)
	}
	s, err := api.New(api.Options{Access: api.Access{Tokens: tokens}, Service: y.service, Token: benchToken,
		Registry: prometheus.NewRegistry(), Log: zerolog.Nop(), Now: func() time.Time { return y.End }, Audit: trail})
	must(err)
	srv := httptest.NewServer(s.Handler())
	b.Cleanup(srv.Close)
	y.url = srv.URL
	return y
}

// settle waits for the merges of a year's inserts.
func (y *archiveYear) settle(b *testing.B) {
	b.Helper()
	for {
		var merges uint64
		if err := y.conn.QueryRow(context.Background(), "SELECT count() FROM system.merges").Scan(&merges); err != nil {
			b.Fatal(err)
		}
		if merges == 0 {
			return
		}
		time.Sleep(time.Second)
	}
}

// plain makes the table that everybody makes first: by tenant and time.
func (y *archiveYear) plain(b *testing.B) {
	b.Helper()
	const columns = "tenant_id, event_time, source, action, status_id, actor_id, actor_name, actor_session, actor_type, actor_role, src_addr, resource_ids, patient_token, flags, batch, record_no"
	for _, sql := range []string{
		"CREATE TABLE IF NOT EXISTS plain ENGINE = MergeTree PARTITION BY toYYYYMM(event_time) ORDER BY (tenant_id, event_time) AS SELECT " + columns + " FROM events WHERE 0",
		"INSERT INTO plain SELECT " + columns + " FROM events WHERE (SELECT count() FROM plain) = 0",
	} {
		if err := y.conn.Exec(context.Background(), sql); err != nil {
			b.Fatal(err)
		}
	}
	y.settle(b)
}

// draw picks what events of random rows say.
func (y *archiveYear) draw(b *testing.B, sql, where string) []string {
	b.Helper()
	rows, err := y.conn.Query(context.Background(), fmt.Sprintf("SELECT %s FROM (SELECT number, %s AS source FROM (SELECT cityHash64(number, 99) %% %d AS number FROM numbers(5000))) WHERE %s LIMIT 300",
		sql, y.Source(), y.Rows, where))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var list []string
	for rows.Next() {
		var v string
		if err := rows.Scan(&v); err != nil {
			b.Fatal(err)
		}
		list = append(list, v)
	}
	if err := rows.Err(); err != nil || len(list) == 0 {
		b.Fatal(err, len(list))
	}
	return list
}

// ask sends a question and reads the answer to its end.
func (y *archiveYear) ask(path string, params ...string) (time.Duration, error) {
	return y.askAs(benchToken, path, params...)
}

// askAs is ask with somebody's token.
func (y *archiveYear) askAs(token, path string, params ...string) (time.Duration, error) {
	v := url.Values{}
	for i := 0; i < len(params); i += 2 {
		v.Set(params[i], params[i+1])
	}
	req, err := http.NewRequest(http.MethodGet, y.url+path+"?"+v.Encode(), nil)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	began := time.Now()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	took := time.Since(began)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %v: %s %s", path, params, resp.Status, body)
	}
	if err == nil && !json.Valid(body) {
		err = fmt.Errorf("%s: the answer is no JSON", path)
	}
	return took, err
}

// quantiles reports the median and the 99th of a hundred.
func quantiles(b *testing.B, took []time.Duration, name string) time.Duration {
	b.Helper()
	slices.Sort(took)
	at := func(q float64) time.Duration { return took[min(len(took)-1, int(q*float64(len(took))))] }
	b.ReportMetric(float64(at(0.5).Microseconds())/1000, "p50-ms"+name)
	b.ReportMetric(float64(at(0.99).Microseconds())/1000, "p99-ms"+name)
	return at(0.5)
}

// BenchmarkQuestions asks as analysts do, over HTTP: -benchtime 200x is 200 of each.
func BenchmarkQuestions(b *testing.B) {
	y := openYear(b)
	objects, patients, people := y.draw(b, y.Object(), "source = 'aws_cloudtrail'"), y.draw(b, y.Patient(), "source = 'app'"), y.draw(b, y.Person(), "source = 'app'")
	year := y.Start().Format(time.RFC3339)
	run := func(name string, question func(i int) (path string, params []string), plain func(i int) string) {
		b.Run(name, func(b *testing.B) {
			took := make([]time.Duration, 0, b.N)
			for i := 0; b.Loop(); i++ {
				path, params := question(i)
				d, err := y.ask(path, params...)
				if err != nil {
					b.Fatal(err)
				}
				took = append(took, d)
			}
			ours := quantiles(b, took, "")
			if plain == nil {
				return
			}
			var beside []time.Duration
			for i := range 7 {
				began := time.Now()
				if err := y.conn.Exec(context.Background(), plain(i)+" FORMAT Null"); err != nil {
					b.Fatal(err)
				}
				beside = append(beside, time.Since(began))
			}
			theirs := quantiles(b, beside, "-plain")
			b.ReportMetric(float64(theirs)/float64(ours), "x-plain")
		})
	}
	of := func(list []string, i int) string { return list[i%len(list)] }
	who := func(condition string) string {
		return fmt.Sprintf(`SELECT actor_id, actor_name, count(), countIf(status_id = 1), min(event_time), max(event_time), sumMap(map(toString(action), toUInt64(1))), groupUniqArray(20)(src_addr)
FROM plain WHERE tenant_id = '%s' AND event_time >= '%s' AND %s GROUP BY actor_id, actor_name ORDER BY max(event_time) DESC LIMIT 100`, history.Tenant, y.End.AddDate(0, 0, -90).Format(time.DateTime), condition)
	}
	run("who-resource-90d", func(i int) (string, []string) {
		return "/v1/access", []string{"resource", of(objects, i), "since", "90d"}
	},
		func(i int) string { return who("has(resource_ids, '" + of(objects, i) + "')") })
	run("who-patient-90d", func(i int) (string, []string) {
		return "/v1/access", []string{"patient", of(patients, i), "since", "90d"}
	},
		func(i int) string { return who("patient_token = '" + of(patients, i) + "'") })
	run("person-90d", func(i int) (string, []string) {
		return "/v1/access", []string{"actor", of(people, i), "since", "90d", "by", "patient"}
	},
		func(i int) string { return who("actor_name = '" + of(people, i) + "'") })
	run("timeline-person-year", func(i int) (string, []string) { return "/v1/timeline", []string{"actor", of(people, i), "since", year} },
		func(i int) string {
			return fmt.Sprintf("SELECT toDate(event_time) AS d, source, action, count(), uniqExact(patient_token) FROM plain WHERE tenant_id = '%s' AND actor_name = '%s' GROUP BY d, source, action", history.Tenant, of(people, i))
		})
	for _, search := range []struct{ name, q string }{
		{"day", "since:24h"}, {"week-action", "action:GetObject since:7d"}, {"month-failures", "status:failure since:30d"}, {"quarter", "since:90d"},
		{"year", ""}, {"year-failures", "status:failure"}, {"year-action", "action:StopLogging"}, {"week-network", "src:203.0.113.0/24 since:7d"}, {"day-text", `"AccessDenied" since:24h`},
		{"year-user", "user:"}, {"year-patient", "patient:"},
	} {
		q := func(i int) string {
			switch search.q {
			case "user:":
				return search.q + of(people, i)
			case "patient:":
				return search.q + of(patients, i)
			}
			return search.q
		}
		run("search-"+search.name+"/rows", func(i int) (string, []string) { return "/v1/events", []string{"q", q(i), "limit", "100"} }, nil)
		run("search-"+search.name+"/counts", func(i int) (string, []string) { return "/v1/summary", []string{"q", q(i)} }, nil)
	}
	b.Run("50-analysts", func(b *testing.B) {
		crowd := y.crowd(b)
		for b.Loop() {
			quantiles(b, crowd.ask(b, 10), "")
		}
	})
}
