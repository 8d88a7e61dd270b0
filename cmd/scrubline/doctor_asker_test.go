package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/scrubline/scrubline/query/querytest"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/store/archive/object/s3"
	"github.com/scrubline/scrubline/store/clickhouse"
	"github.com/scrubline/scrubline/store/engine"
)

// TestDoctorLooksAtTheAsker: none, the server's own with its row policies, and one that
// reads and writes everything.
func TestDoctorLooksAtTheAsker(t *testing.T) {
	e, err := engine.Open(t.Context(), engine.Options{Dir: t.TempDir(), Library: library(t), MemoryBytes: 1 << 30, Log: zerolog.New(zerolog.NewTestWriter(t)).Level(zerolog.WarnLevel)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	where := clickhouse.Config{Addr: []string{e.Addr}, User: e.User, Password: e.Password, Database: e.Database}
	store, err := clickhouse.Open(t.Context(), where)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	querytest.Insert(t, store, schemas.Events, "one", []querytest.Row{{Time: time.Now(), Source: "app"}})
	secret := func(text string) string {
		path := filepath.Join(t.TempDir(), "password")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	walled := e.AskerOptions().Auth
	for name, f := range map[string]struct {
		as    readerConfig
		grade s3.Grade
		want  []string // about the asker
	}{
		"none":     {grade: s3.Weak, want: []string{"conditions only"}},
		"walled":   {as: readerConfig{walled.Username, secret(walled.Password)}},
		"the same": {readerConfig{e.User, secret(e.Password)}, s3.Broken, []string{"may write", "no row policy on events"}},
		"unknown":  {readerConfig{"nobody", secret("x")}, s3.Broken, []string{"Authentication failed"}},
	} {
		c := &checkup{g: &globals{}}
		c.cfg.Store.ClickHouse = clickhouseConfig{Addr: where.Addr, User: e.User, PasswordFile: secret(e.Password), Database: e.Database, Asker: f.as}
		c.clickhouse(t.Context())
		if len(c.said) < len(f.want) || len(f.want) == 0 && len(c.said) > 0 {
			t.Errorf("%s: %+v", name, c.said)
			continue
		}
		for i, want := range f.want {
			if a := c.said[i]; a.Grade != f.grade || !strings.Contains(a.Text, want) || want == "conditions only" && strings.Count(a.Fix, "CREATE ROW POLICY") != len(engine.Walls()) {
				t.Errorf("%s: %+v, want %q", name, a, want)
			}
		}
	}
}
