package query

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/scrubline/scrubline/query/querytest"
)

func guarded(t *testing.T) *Service {
	t.Helper()
	store, options := querytest.OpenWithReader(t)
	querytest.Week(t, store, testNow)
	if err := store.Conn().Exec(t.Context(), "INSERT INTO events (tenant_id, event_time, actor_name, batch) VALUES ('other', now64(3), 'stranger', 'x')"); err != nil {
		t.Fatal(err)
	}
	conn, err := clickhouse.Open(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return New(store.Conn(), Options{Tenant: querytest.Tenant, Reader: conn})
}

func TestStatementsAreAnswered(t *testing.T) {
	svc := guarded(t)
	f := func(sql, want string) {
		t.Helper()
		c, err := svc.SQL(t.Context(), sql, 3)
		if err != nil {
			t.Errorf("%s: %v", sql, err)
			return
		}
		if got := fmt.Sprint(c.Names, c.Rows, c.More); got != want {
			t.Errorf("%s: %s, want %s", sql, got, want)
		}
	}
	f("SELECT source, count() AS n FROM events GROUP BY source ORDER BY n DESC", "[source n] [[aws_cloudtrail 900] [aws_alb 500] [app 280]] true")
	f("SELECT 'a' AS x;", "[x] [[a]] false")
	f("SELECT DISTINCT source FROM flows", "[source] [[aws_vpcflow]] false")
	f("WITH w AS (SELECT actor_name AS who FROM events WHERE has(resource_ids, 'arn:aws:s3:::phi-bucket')) SELECT countIf(who = 'alice.chen') > 10 AS some FROM w", "[some] [[1]] false")
	f("SELECT toDate('2026-11-20'), toIPv6('::1'), [1, 2], map('a', 1)", "[toDate('2026-11-20') toIPv6('::1') [1, 2] map('a', 1)] [[2026-11-20T00:00:00.000Z ::1 [1 2] map[a:1]]] false")
	// Rows of another tenant are in no table, whichever way it is named.
	for _, sql := range []string{
		"SELECT count() FROM events WHERE tenant_id = 'other'", "SELECT count() FROM events AS e WHERE e.actor_name = 'stranger'",
		"SELECT count() FROM (SELECT * FROM events UNION ALL SELECT * FROM events) WHERE actor_name = 'stranger'",
		"SELECT countIf(actor_name = 'stranger') FROM events AS a INNER JOIN (SELECT 1 AS one) AS b ON b.one = 1 WHERE tenant_id != 'default'",
	} {
		c, err := svc.SQL(t.Context(), sql, 3)
		if err != nil || fmt.Sprint(c.Rows) != "[[0]]" {
			t.Errorf("%s: %v %v", sql, c, err)
		}
	}
}

func TestStatementsThatAreRefused(t *testing.T) {
	svc := guarded(t)
	for _, sql := range []string{
		"SELECT file('/etc/passwd')", "SELECT `file`('/etc/passwd')", "SELECT 1 WHERE file('/etc/passwd') != ''", "SELECT * APPLY(file) FROM events",
		"SELECT arrayMap(x -> file(x), ['/etc/passwd'])", "WITH file('/etc/passwd') AS f SELECT f", "SELECT count() FROM events WHERE native IN (SELECT file('/etc/passwd'))",
		"SELECT * FROM url('http://127.0.0.1:1/', LineAsString)", "SELECT * FROM file('/etc/passwd', LineAsString)", "SELECT * FROM numbers(10)",
		"SELECT * FROM merge('.*', 'events')", "SELECT * FROM view(SELECT 1)", "SELECT * FROM system.tables", "SELECT * FROM scrubline.events", "SELECT sleep(3)",
		"SELECT count() FROM events SETTINGS additional_table_filters = {}", "SELECT 1 FORMAT CSV", "SELECT 1 INTO OUTFILE '/tmp/x'",
		"SELECT getSetting('max_memory_usage')", "SELECT hostName()", "SELECT currentUser()", "SELECT dictGet('a', 'b', 1)", "SELECT joinGet('a', 'b', 1)",
		"SELECT arrayReduce('sum', [1])", "SELECT * FROM batches WHERE batch IN (SELECT name FROM system.tables)",
		"SELECT * FROM batches", "SELECT texts FROM rule_matches", "SELECT a.summary FROM events e JOIN alerts a ON 1 = 1", "SELECT * FROM access_by_subject_feed",
		"SELECT 1 IN batches", "SELECT count() FROM events WHERE batch IN default.batches", "SELECT 1 IN events", "WITH batches AS (SELECT 1) SELECT * FROM batches",
		"INSERT INTO events SELECT * FROM events", "DROP TABLE events", "DESCRIBE TABLE url('http://127.0.0.1:1/')", "SHOW TABLES", "EXPLAIN SELECT 1", "SET readonly = 0",
		"SELECT 1; DROP TABLE events", "SELECT '", "", ";", "SELECT nothing FROM events", "SELECT * FROM nothing", "AST SELECT 1",
	} {
		c, err := svc.SQL(t.Context(), sql, 10)
		if err == nil {
			t.Errorf("%s was answered: %v", sql, c)
			continue
		}
		var refused *RefusedError
		var statement *StatementError
		if !errors.As(err, &refused) && !errors.As(err, &statement) && !errors.Is(err, ErrStatement) {
			t.Errorf("%s: %v", sql, err)
		}
	}
	if _, err := New(nil, Options{}).SQL(t.Context(), "SELECT 1", 1); !errors.Is(err, ErrNoReader) {
		t.Errorf("without a reader: %v", err)
	}
}

// With the look at the tree off, the grants hold alone, but for file().
func TestGrantsHoldAlone(t *testing.T) {
	svc := guarded(t)
	for _, sql := range []string{
		"SELECT * FROM url('http://127.0.0.1:1/', LineAsString)", "SELECT * FROM file('/etc/passwd', LineAsString)", "SELECT * FROM merge('system', '.*')",
		"SELECT * FROM system.processes", "INSERT INTO events SELECT * FROM events", "DROP TABLE events", "DESCRIBE TABLE url('http://127.0.0.1:1/')",
		"SELECT 1 SETTINGS max_execution_time = 3600",
	} {
		if c, err := svc.guarded(t.Context(), scope{tenant: querytest.Tenant}, nil, sql, 10); err == nil {
			t.Errorf("%s was answered: %v", sql, c)
		}
	}
}

// The filters alone keep rows of other tables back.
func TestFiltersHoldAlone(t *testing.T) {
	svc := guarded(t)
	closed, err := svc.closed(t.Context())
	if err != nil || !slices.Contains(closed, "batches") || !slices.Contains(closed, "alerts") {
		t.Fatal(closed, err)
	}
	for _, sql := range []string{"SELECT * FROM batches", "SELECT b.source FROM events e JOIN batches b ON e.batch = b.batch", "SELECT count() FROM batches HAVING count() > 0"} {
		c, err := svc.guarded(t.Context(), scope{tenant: querytest.Tenant}, closed, sql, 10)
		if err != nil || len(c.Rows) != 0 {
			t.Errorf("%s: %v %v", sql, c, err)
		}
	}
}
