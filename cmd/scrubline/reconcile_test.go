package main

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/scrubline/scrubline/cmd/scrubline/demo"
	"github.com/scrubline/scrubline/schemas"
)

// TestReconcile: what ClickHouse lost, in the ledger or behind its back, and what
// it has too much is found, and mended from the archive.
func TestReconcile(t *testing.T) {
	t.Setenv("SCRUBLINE_ENGINE", library(t))
	logs := filepath.Join(t.TempDir(), "logs")
	if _, err := demo.Write(logs, 1, 1); err != nil {
		t.Fatal(err)
	}
	g := &globals{Data: filepath.Join(t.TempDir(), "data"), Log: "error"}
	n, err := g.openNode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = n.close() }()
	if _, err := n.ingest(t.Context(), &ingestCmd{Paths: []string{logs}, Quiet: true}, nil); err != nil {
		t.Fatal(err)
	}
	a, err := n.openArchive(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Close(t.Context()) }()
	digest := func() string {
		_, hash, err := n.store.Digest(t.Context(), schemas.Events)
		if err != nil {
			t.Fatal(err)
		}
		return hash
	}
	want := digest()
	sql := func(q string) {
		t.Helper()
		if err := n.store.Conn().Exec(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	r := newReconciler(n, a, n.store)
	check := func(what string, c comparison) {
		t.Helper()
		got, err := r.compare(t.Context(), time.Now(), 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		got.batches = 0
		if got != c || digest() != want {
			t.Errorf("%s: found %+v, want %+v; rows are as before: %t", what, got, c, digest() == want)
		}
	}
	check("nothing lost", comparison{})
	var batch string
	if err := n.store.Conn().QueryRow(t.Context(), "SELECT batch FROM batches WHERE table_name = 'events' AND rows > 2 ORDER BY batch LIMIT 1").Scan(&batch); err != nil {
		t.Fatal(err)
	}
	sql("ALTER TABLE events DELETE WHERE batch = '" + batch + "' AND record_no % 2 = 0 SETTINGS mutations_sync = 2")
	check("half a batch lost", comparison{short: 1})
	sql("ALTER TABLE events DELETE WHERE batch = '" + batch + "' SETTINGS mutations_sync = 2")
	check("a batch lost", comparison{short: 1})
	sql("ALTER TABLE batches DELETE WHERE batch = '" + batch + "' SETTINGS mutations_sync = 2")
	check("an entry of the ledger lost", comparison{missing: 1})
	check("mended", comparison{})
	sql("INSERT INTO batches (batch, table_name, rows) VALUES ('v1/f/0/000000000000', 'events', 1), ('v1/z', 'events', 0)")
	got, err := r.compare(t.Context(), time.Now(), time.Minute, 0)
	if err != nil || got.strange != 2 {
		t.Errorf("strangers: %+v, %v", got, err)
	}
}
