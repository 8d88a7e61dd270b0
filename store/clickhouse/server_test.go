package clickhouse

import (
	"flag"
	"testing"

	"github.com/scrubline/scrubline/store/engine/enginetest"
)

func TestMain(m *testing.M) {
	// Each check is a few inserts into a real server.
	if err := flag.Set("rapid.checks", "20"); err != nil {
		panic(err)
	}
	enginetest.Main(m)
}

// server returns a real server with an empty database.
func server(t testing.TB) Config {
	t.Helper()
	e := enginetest.Start(t)
	return Config{Addr: []string{e.Addr}, User: e.User, Password: e.Password, Database: e.Database}
}

// open opens a store on an empty, migrated database.
func open(t testing.TB) *Store {
	t.Helper()
	s := connect(t, server(t))
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

func connect(t testing.TB, cfg Config) *Store {
	t.Helper()
	s, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}
