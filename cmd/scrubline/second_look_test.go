package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/scrubline/scrubline/scrub/evaluate"
)

// TestSecondLook: what a sample of the stored records says is an event of its own, and
// an alert if it is more than is allowed.
func TestSecondLook(t *testing.T) {
	if got := judge("app", evaluate.Interval{Hits: 30, Of: 500}, 0.01); got.Status != "above" || got.Low < 0.03 {
		t.Errorf("%+v", got)
	}
	if got := judge("app", evaluate.Interval{Hits: 7, Of: 500}, 0.01); got.Status != "within" {
		t.Errorf("%+v", got)
	}
	t.Setenv("SCRUBLINE_ENGINE", library(t))
	dir := t.TempDir()
	var log []byte
	for i := range 50 {
		log = fmt.Appendf(log, `{"time":%q,"level":"info","service":"ehr","message":"started","n":%d}`+"\n", time.Now().UTC().Format(time.RFC3339), i)
	}
	path := filepath.Join(dir, "app.log")
	if err := os.WriteFile(path, log, 0o600); err != nil {
		t.Fatal(err)
	}
	g := &globals{Data: filepath.Join(dir, "data"), Log: "error"}
	n, err := g.openNode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = n.close() }()
	if _, err := n.ingest(t.Context(), &ingestCmd{Paths: []string{path}, Quiet: true}, nil); err != nil {
		t.Fatal(err)
	}
	look := func(limit float64) (alerts uint64) {
		t.Helper()
		n.cfg.Canary.Residual = limit
		to, err := n.carrier(t.Context(), "", 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := n.secondLook(t.Context(), to, time.Now()); err != nil {
			t.Fatal(err)
		}
		if err := to.close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := n.store.Conn().QueryRow(t.Context(), "SELECT count() FROM alerts WHERE title LIKE 'More patient data%'").Scan(&alerts); err != nil {
			t.Fatal(err)
		}
		return alerts
	}
	if n := look(0.5); n != 0 {
		t.Errorf("%d alerts within the limit", n)
	}
	if n := look(-1); n != 1 {
		t.Errorf("%d alerts above the limit", n)
	}
}
