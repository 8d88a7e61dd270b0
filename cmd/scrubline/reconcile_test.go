package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/scrubline/scrubline/cmd/scrubline/demo"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/store/archive"
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

// TestReconcileSuperseded: an object that stands for another, stored by a replay that
// died before its rows were inserted, is what ClickHouse is brought up to.
func TestReconcileSuperseded(t *testing.T) {
	t.Setenv("SCRUBLINE_ENGINE", library(t))
	dir := t.TempDir()
	logs, wrong, data := filepath.Join(dir, "flows.txt"), filepath.Join(dir, "wrong.yaml"), filepath.Join(dir, "data")
	const line = "2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1767225600 1767225660 ACCEPT OK"
	for name, text := range map[string]string{
		logs:  line + " vpc-abcdefab012345678\n" + line + "\n" + line + "\n",
		wrong: "ingest: {vpcflow_format: version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status vpc-id}\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	output(t, "ingest", "--config", wrong, "--data", data, "--format", "aws_vpcflow", logs)
	g := &globals{Data: data, Log: "error"}
	n, err := g.openNode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = n.close() }()
	a, err := n.openArchive(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Close(t.Context()) }()
	tombstones := func() (k uint64) {
		t.Helper()
		if err := n.store.Conn().QueryRow(t.Context(), "SELECT count() FROM flows FINAL WHERE row_kind = 2").Scan(&k); err != nil {
			t.Fatal(err)
		}
		return k
	}
	if k := tombstones(); k != 2 {
		t.Fatalf("%d tombstones to begin with", k)
	}
	q, err := g.readQuarantine(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = q.Close() }()
	key, err := g.quarantineKeys(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	chosen, err := (&quarantineReplay{}).choose(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	r, err := n.replayer(t.Context(), a, q)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	died := errors.New("died")
	r.Superseded = func(context.Context, *archive.Object) error { return died }
	for payload := range chosen {
		if err := r.Replay(t.Context(), payload, chosen.records(t.Context(), q, key, payload)); !errors.Is(err, died) {
			t.Fatal(err)
		}
	}
	if k := tombstones(); k != 2 {
		t.Fatalf("%d tombstones before ClickHouse is compared", k)
	}
	for _, want := range []comparison{{batches: 1, short: 1}, {batches: 1}} {
		got, err := newReconciler(n, a, n.store).compare(t.Context(), time.Now().Add(time.Hour), 0, 0)
		if err != nil || got != want {
			t.Errorf("found %+v, %v, want %+v", got, err, want)
		}
	}
	var rows uint64
	if err := n.store.Conn().QueryRow(t.Context(), "SELECT count() FROM flows FINAL").Scan(&rows); err != nil || rows != 3 || tombstones() != 0 {
		t.Errorf("%d rows, %d tombstones, %v", rows, tombstones(), err)
	}
}
