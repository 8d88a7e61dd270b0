package engine_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"github.com/scrubline/scrubline/store/engine"
	"github.com/scrubline/scrubline/store/engine/enginetest"
)

func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "parent" {
		os.Exit(runParent(os.Args[2]))
	}
	enginetest.Main(m)
}

func TestEngineAnswers(t *testing.T) {
	conn := connect(t, enginetest.Start(t))
	ctx := context.Background()
	if err := conn.Exec(ctx, "CREATE TABLE a (n UInt64) ENGINE = ReplacingMergeTree ORDER BY n"); err != nil {
		t.Fatal(err)
	}
	b, err := conn.PrepareBatch(ctx, "INSERT INTO a")
	if err != nil {
		t.Fatal(err)
	}
	for n := range uint64(1000) {
		if err := b.Append(n); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Send(); err != nil {
		t.Fatal(err)
	}
	var sum uint64
	if err := conn.QueryRow(ctx, "SELECT sum(n) FROM a").Scan(&sum); err != nil {
		t.Fatal(err)
	}
	if sum != 499500 {
		t.Errorf("sum = %d, want 499500", sum)
	}
}

func TestDatabasesOfTestsAreApart(t *testing.T) {
	a, b := enginetest.Start(t), enginetest.Start(t)
	if a.Database == b.Database {
		t.Fatalf("both tests got database %s", a.Database)
	}
	if a.Addr != b.Addr {
		t.Errorf("two engines run: %s and %s", a.Addr, b.Addr)
	}
}

func TestSecondOpenNamesTheHolder(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	_, err := engine.Open(context.Background(), options(t, dir))
	var locked *engine.LockedError
	if !errors.As(err, &locked) {
		t.Fatalf("second Open: %v, want a LockedError", err)
	}
	if locked.PID != os.Getpid() || locked.Dir != dir {
		t.Errorf("LockedError = %+v, want our pid %d and %s", locked, os.Getpid(), dir)
	}
}

func TestAttachedEngineIsTheSameAndLeavesItRunning(t *testing.T) {
	dir := t.TempDir()
	e := open(t, dir)
	for _, attach := range []func() (*engine.Engine, error){
		func() (*engine.Engine, error) { return engine.Attach(context.Background(), dir) },
		func() (*engine.Engine, error) { return engine.OpenOrAttach(context.Background(), options(t, dir)) },
	} {
		other, err := attach()
		if err != nil {
			t.Fatal(err)
		}
		if other.Addr != e.Addr || other.Password != e.Password {
			t.Error("attached to another engine")
		}
		if err := other.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := connect(t, e).Ping(context.Background()); err != nil {
		t.Errorf("the engine ended with an attached one: %v", err)
	}
}

func TestAttachWithoutEngine(t *testing.T) {
	dir := t.TempDir()
	if _, err := engine.Attach(context.Background(), dir); !errors.Is(err, engine.ErrNotRunning) {
		t.Errorf("empty folder: %v, want ErrNotRunning", err)
	}
	if err := open(t, dir).Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := engine.Attach(context.Background(), dir); !errors.Is(err, engine.ErrNotRunning) {
		t.Errorf("after Close: %v, want ErrNotRunning", err)
	}
}

func TestDataOutlivesCloseAndNothingLeaks(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	dir := t.TempDir()
	ctx := context.Background()
	for run := range 2 {
		e, err := engine.Open(ctx, options(t, dir))
		if err != nil {
			t.Fatal(err)
		}
		if e.Unclean {
			t.Errorf("run %d: Unclean after a clean Close", run)
		}
		conn, err := clickhouse.Open(e.Options())
		if err != nil {
			t.Fatal(err)
		}
		if run == 0 {
			err = conn.Exec(ctx, "CREATE TABLE a ENGINE = MergeTree ORDER BY n AS SELECT number AS n FROM numbers(7)")
		} else {
			var n uint64
			if err = conn.QueryRow(ctx, "SELECT count() FROM a").Scan(&n); n != 7 {
				t.Errorf("%d rows after reopening, want 7", n)
			}
		}
		if err := errors.Join(err, conn.Close(), e.Close(), e.Close()); err != nil {
			t.Fatal(err)
		}
		if engine.Alive(e.ChildPID()) {
			t.Error("the child lives after Close")
		}
		if e.Err() != nil {
			t.Errorf("Err after a clean Close: %v", e.Err())
		}
	}
}

func TestFilesAreTheOwnersOnly(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	for _, name := range []string{"config.xml", "users.xml", "session.json", "lock"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %o, want 600", name, info.Mode().Perm())
		}
	}
}

func TestMemoryIsCapped(t *testing.T) {
	conn := connect(t, enginetest.Start(t))
	var limit string
	err := conn.QueryRow(context.Background(),
		"SELECT value FROM system.server_settings WHERE name = 'max_server_memory_usage'").Scan(&limit)
	if err != nil {
		t.Fatal(err)
	}
	if limit != "1073741824" {
		t.Errorf("max_server_memory_usage = %s, want 1 GiB", limit)
	}
}

func TestMissingLibrary(t *testing.T) {
	o := engine.Options{Dir: t.TempDir(), Library: filepath.Join(t.TempDir(), "libchdb.so")}
	_, err := engine.Open(context.Background(), o)
	if err == nil || !strings.Contains(err.Error(), "run `make engine`") {
		t.Errorf("Open: %v, want advice", err)
	}
	t.Setenv("SCRUBLINE_ENGINE", o.Library)
	if _, err := engine.Locate(""); err == nil || !strings.Contains(err.Error(), "SCRUBLINE_ENGINE") {
		t.Errorf("Locate: %v, want SCRUBLINE_ENGINE named", err)
	}
}

func TestBrokenLibraryTellsWhy(t *testing.T) {
	o := options(t, t.TempDir())
	o.Library = filepath.Join(t.TempDir(), "libchdb.so")
	if err := os.WriteFile(o.Library, []byte("not a library"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := engine.Open(context.Background(), o)
	if err == nil || !strings.Contains(err.Error(), "loading the engine's library") {
		t.Errorf("Open: %v, want the loader's reason", err)
	}
}

func options(t testing.TB, dir string) engine.Options {
	t.Helper()
	library, err := enginetest.Library()
	if err != nil {
		t.Fatal(err)
	}
	return engine.Options{Dir: dir, Library: library, MemoryBytes: 512 << 20, Log: zerolog.Nop()}
}

// open opens an engine of the test's own and closes it with the test.
func open(t testing.TB, dir string) *engine.Engine {
	t.Helper()
	e, err := engine.Open(context.Background(), options(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

func connect(t testing.TB, e *engine.Engine) driver.Conn {
	t.Helper()
	conn, err := clickhouse.Open(e.Options())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}
