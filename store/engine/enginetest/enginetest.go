// Package enginetest gives tests a real engine: one per test process, started
// at the first call of Start and shared, with a database for each test.
//
// A test binary can only start the engine if it can also be its child:
//
//	func TestMain(m *testing.M) { enginetest.Main(m) }
package enginetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/rs/zerolog"

	"github.com/scrubline/scrubline/store/engine"
)

// prefix starts the names of all databases of tests.
const prefix = "test_"

var shared struct {
	mu     sync.Mutex
	main   bool // Main runs
	dir    string
	engine *engine.Engine
	err    error
	n      int // databases made
}

// Main runs the tests and stops the engine after them. In the child it runs
// the engine instead. It does not return.
func Main(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "engine" && os.Args[2] == "child" {
		os.Exit(engine.RunChild(os.Args[3:]))
	}
	shared.mu.Lock()
	shared.main = true
	shared.mu.Unlock()
	code := m.Run()
	if err := Stop(); err != nil {
		fmt.Fprintln(os.Stderr, "enginetest:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// Stop stops the shared engine, if it runs, and removes its folder. Main calls
// it; a test that counts goroutines may do so before.
func Stop() error {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.engine == nil {
		return nil
	}
	err := shared.engine.Close()
	if rerr := os.RemoveAll(shared.dir); err == nil {
		err = rerr
	}
	shared.engine = nil
	return err
}

// Start returns the shared engine with a fresh, empty database of its own,
// which is dropped when the test ends. It fails the test if the engine can't
// be started, for instance because its library is missing.
func Start(t testing.TB) *engine.Engine {
	t.Helper()
	e, n, err := start()
	if err != nil {
		t.Fatal(err)
	}
	own := e.On(fmt.Sprintf("%s%d", prefix, n))
	exec(t, e, "CREATE DATABASE "+own.Database)
	t.Cleanup(func() { exec(t, e, "DROP DATABASE "+own.Database+" SYNC") })
	return own
}

func start() (e *engine.Engine, n int, err error) {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if !shared.main {
		return nil, 0, errors.New("enginetest: the package's TestMain must call enginetest.Main")
	}
	shared.n++
	if shared.engine == nil && shared.err == nil {
		shared.engine, shared.dir, shared.err = open()
	}
	return shared.engine, shared.n, shared.err
}

func open() (*engine.Engine, string, error) {
	library, err := Library()
	if err != nil {
		return nil, "", err
	}
	dir, err := os.MkdirTemp("", "scrubline-engine-")
	if err != nil {
		return nil, "", err
	}
	e, err := engine.Open(context.Background(), engine.Options{
		Dir: dir, Library: library, MemoryBytes: 1 << 30,
		Log: zerolog.Nop(), DatabasePrefix: prefix,
	})
	if err != nil {
		return nil, "", errors.Join(err, os.RemoveAll(dir))
	}
	return e, dir, nil
}

// Library finds the engine's library as Locate does, and besides in the
// repository that holds the package under test.
func Library() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for os.Getenv("SCRUBLINE_ENGINE") == "" {
		path := filepath.Join(dir, ".engine", engine.Version, "libchdb.so")
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			break
		}
		dir = parent
	}
	return engine.Locate("")
}

// exec runs one statement on a connection of its own to a database that
// always exists.
func exec(t testing.TB, e *engine.Engine, query string) {
	t.Helper()
	conn, err := clickhouse.Open(e.On("system").Options())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := conn.Exec(ctx, query); err != nil {
		t.Fatal(err)
	}
}
