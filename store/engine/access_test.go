package engine_test

import (
	"context"
	"errors"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/scrubline/scrubline/store/engine/enginetest"
)

// Error codes of the engine.
const (
	accessDenied         = 497
	authenticationFailed = 516
)

func TestUserHasNoWayOut(t *testing.T) {
	conn := connect(t, enginetest.Start(t))
	for _, query := range []string{
		"SELECT * FROM file('/etc/passwd', LineAsString)",
		"INSERT INTO FUNCTION file('out.csv', CSV, 'a String') SELECT 'x'",
		"SELECT * FROM url('http://127.0.0.1:1/', LineAsString)",
		"DESCRIBE TABLE url('http://127.0.0.1:1/', LineAsString)",
		"INSERT INTO FUNCTION url('http://127.0.0.1:1/', CSV, 'a String') SELECT 'x'",
		"SELECT * FROM remote('127.0.0.1:1', system.one)",
		"SELECT * FROM remoteSecure('127.0.0.1:1', system.one)",
		"SELECT * FROM s3('http://127.0.0.1:1/bucket/b', NOSIGN, LineAsString, 'a String')",
		"SELECT * FROM mysql('127.0.0.1:1', 'd', 't', 'u', 'p')",
		"SELECT * FROM postgresql('127.0.0.1:1', 'd', 't', 'u', 'p')",
		"CREATE TABLE a (a String) ENGINE = File(CSV)",
		"CREATE TABLE a (a String) ENGINE = URL('http://127.0.0.1:1/', CSV)",
		"CREATE TABLE a (a String) ENGINE = Distributed('default', 'system', 'one')",
		"CREATE TABLE a (a String) ENGINE = Executable('id', CSV)",
		"CREATE DICTIONARY a (a UInt64) PRIMARY KEY a SOURCE(HTTP(url 'http://127.0.0.1:1/' format 'CSV')) LAYOUT(FLAT()) LIFETIME(0)",
		"CREATE FUNCTION a AS x -> x",
		"CREATE USER a",
		"CREATE DATABASE elsewhere",
		"BACKUP DATABASE scrubline TO File('/tmp/a')",
		"SYSTEM SHUTDOWN",
		"SYSTEM STOP LISTEN TCP",
		"SYSTEM DROP MARK CACHE",
	} {
		if err := conn.Exec(context.Background(), query); !hasCode(err, accessDenied) {
			t.Errorf("%s: %v, want access denied", query, err)
		}
	}
}

func TestUserReadsNoFileAndRunsNoProgram(t *testing.T) {
	conn := connect(t, enginetest.Start(t))
	for _, query := range []string{
		"SELECT * FROM `/etc/passwd`",
		"SELECT * FROM default.`/etc/passwd`",
		"SELECT * FROM executable('id', LineAsString, 'a String')",
		"SELECT * FROM executable('../../../../usr/bin/id', LineAsString, 'a String')",
		"SELECT * FROM executable('/usr/bin/id', LineAsString, 'a String')",
	} {
		if err := conn.Exec(context.Background(), query); err == nil {
			t.Errorf("%s was answered", query)
		}
	}
}

func TestDefaultUserIsRefused(t *testing.T) {
	e := enginetest.Start(t)
	ctx := context.Background()
	if err := connect(t, e).Exec(ctx, "CREATE TABLE a (a String) ENGINE = Memory"); err != nil {
		t.Fatal(err)
	}
	o := e.Options()
	o.Auth = clickhouse.Auth{Database: "system", Username: "default"}
	conn, err := clickhouse.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, query := range []string{
		"SELECT * FROM " + e.Database + ".a",
		"INSERT INTO " + e.Database + ".a SELECT 'x'",
		"DROP TABLE " + e.Database + ".a",
		"CREATE TABLE " + e.Database + ".b (a String) ENGINE = Memory",
		"CREATE TEMPORARY TABLE b (a String)",
		"DROP DATABASE scrubline",
		"SELECT * FROM system.processes",
		"SELECT * FROM file('/etc/passwd', LineAsString)",
		"SELECT * FROM url('http://127.0.0.1:1/', LineAsString)",
		"SELECT * FROM remote('127.0.0.1:1', system.one)",
		"KILL QUERY WHERE 1 ASYNC",
		"SYSTEM SHUTDOWN",
	} {
		if err := conn.Exec(ctx, query); !hasCode(err, accessDenied) {
			t.Errorf("default: %s: %v, want access denied", query, err)
		}
	}
	if err := connect(t, e).Ping(ctx); err != nil {
		t.Errorf("the engine suffered: %v", err)
	}
}

// An engine of its own, because this release may abort when it refuses a
// log-in; the shared one must not.
func TestWrongPasswordIsRefused(t *testing.T) {
	o := open(t, t.TempDir()).Options()
	o.Auth.Password = "guess"
	conn, err := clickhouse.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.Ping(context.Background()); !hasCode(err, authenticationFailed) {
		t.Errorf("wrong password: %v, want authentication failed", err)
	}
}

func hasCode(err error, code int32) bool {
	var ex *clickhouse.Exception
	return errors.As(err, &ex) && ex.Code == code
}

func TestReaderReadsTablesOnly(t *testing.T) {
	e := enginetest.Start(t)
	ctx := context.Background()
	own := connect(t, e)
	for _, query := range []string{"CREATE TABLE a (a String) ENGINE = Memory", "INSERT INTO a SELECT 'x'"} {
		if err := own.Exec(ctx, query); err != nil {
			t.Fatal(err)
		}
	}
	conn, err := clickhouse.Open(e.ReaderOptions())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var n uint64
	if err := conn.QueryRow(ctx, "SELECT count() FROM a").Scan(&n); err != nil || n != 1 {
		t.Errorf("reading a table: %d %v", n, err)
	}
	for _, query := range []string{
		"SELECT * FROM file('/etc/passwd', LineAsString)",
		"SELECT * FROM url('http://127.0.0.1:1/', LineAsString)",
		"DESCRIBE TABLE url('http://127.0.0.1:1/', CSV)",
		"DESCRIBE TABLE s3('http://127.0.0.1:1/b/k', 'CSV')",
		"DESCRIBE TABLE file('x.csv')",
		"SELECT * FROM remote('127.0.0.1:1', system.one)",
		"SELECT * FROM s3('http://127.0.0.1:1/b/k', NOSIGN, LineAsString, 'a String')",
		"SELECT * FROM mysql('127.0.0.1:1', 'd', 't', 'u', 'p')",
		"SELECT * FROM executable('id', LineAsString, 'a String')",
		"SELECT * FROM cluster('default', system.one)",
		"SELECT * FROM merge('system', '.*')",
		"SELECT * FROM system.users",
		"SELECT * FROM system.processes",
		"SELECT * FROM system.query_log",
		"SELECT * FROM system.parts",
		"SELECT * FROM information_schema.tables",
		"SELECT dictGet('d', 'a', 1)",
		"INSERT INTO a SELECT 'y'",
		"INSERT INTO FUNCTION url('http://127.0.0.1:1/', CSV, 'a String') SELECT 'x'",
		"CREATE TABLE b (a String) ENGINE = Memory",
		"CREATE TEMPORARY TABLE b (a String)",
		"CREATE VIEW v AS SELECT 1",
		"DROP TABLE a",
		"TRUNCATE TABLE a",
		"ALTER TABLE a DELETE WHERE 1",
		"OPTIMIZE TABLE a",
		"CREATE FUNCTION f AS x -> x",
		"GRANT SELECT ON *.* TO reader",
		"CREATE USER b",
		"SHOW GRANTS FOR scrubline",
		"KILL QUERY WHERE 1 ASYNC",
		"SYSTEM SHUTDOWN",
		"SYSTEM STOP LISTEN TCP",
		"SET readonly = 0",
		"SET max_memory_usage = 100000000000",
		"SELECT 1 SETTINGS max_execution_time = 3600",
		"SELECT 1 SETTINGS max_result_rows = 0",
		"SELECT 1 SETTINGS readonly = 0",
		"BACKUP TABLE a TO File('/tmp/a')",
	} {
		rows, err := conn.Query(ctx, query)
		if err == nil {
			for rows.Next() {
			}
			err = errors.Join(rows.Err(), rows.Close())
		}
		if err == nil {
			t.Errorf("%s was answered", query)
		}
	}
	if err := own.QueryRow(ctx, "SELECT count() FROM a").Scan(&n); err != nil || n != 1 {
		t.Errorf("the table after all this: %d %v", n, err)
	}
}
