package main

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/scrubline/scrubline/detect/book"
	"github.com/scrubline/scrubline/schemas"
)

// TestSilence: a log that came every hour or two is missed when it stops, one that
// comes seldom or has not stopped is not; once a day each. Canaries of its format keep
// it not alive.
func TestSilence(t *testing.T) {
	t.Setenv("SCRUBLINE_ENGINE", library(t))
	g := &globals{Data: filepath.Join(t.TempDir(), "d"), Log: "error"}
	n, err := g.openNode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = n.close() }()
	for _, c := range []struct {
		account    string
		last, rows string // hours ago, how many, one each two hours
	}{{"stopped", "30", "40"}, {"goes-on", "0", "60"}, {"seldom", "60", "10"}} {
		err := n.store.Conn().Exec(t.Context(), `INSERT INTO events (tenant_id, source, cloud_account, cloud_region, event_time, ingest_time, batch, record_no)
SELECT 'default', 'aws_cloudtrail', '`+c.account+`', 'us-east-1', now64(3), now64(3) - toIntervalHour(`+c.last+` + 2 * number), '`+c.account+`', number FROM numbers(`+c.rows+`)`)
		if err != nil {
			t.Fatal(err)
		}
	}
	err = n.store.Conn().Exec(t.Context(), `INSERT INTO events (tenant_id, source, cloud_account, cloud_region, event_time, ingest_time, batch, record_no, origin)
SELECT 'default', 'aws_cloudtrail', 'stopped', 'us-east-1', now64(3), now64(3) - toIntervalHour(2 * number), 'v1/`+schemas.CanaryScheme+`/x', number, 'canary/cloudtrail' FROM numbers(80)`)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := n.silences(t.Context(), time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	as, _, err := n.book().List(t.Context(), book.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	if len(as) != 1 || as[0].Group[1].Value != "stopped" || as[0].Rule != "scrubline-silence" {
		t.Fatalf("%d alerts: %+v", len(as), as)
	}
}
