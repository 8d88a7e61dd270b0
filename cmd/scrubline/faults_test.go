package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestFaults: scrubline run takes objects from S3 that SQS announces, more than once
// each, into an archive in S3 and a ClickHouse server, and of a hundred requests and
// connections many fail: errors, throttling, resets and silence before the server has
// it and after, answers cut in half, requests that arrive twice or late, clocks that
// are said to differ, and a MinIO that is killed and comes back. In the end everything
// is as after an undisturbed life: the same archive, which verifies, the same rows,
// once, the same alerts besides those that say that a run failed, a balanced ledger and an empty queue. SCRUBLINE_FAULTS says
// how many faults it takes (make integration: 10,000).
func TestFaults(t *testing.T) {
	most, err := strconv.Atoi(os.Getenv("SCRUBLINE_FAULTS"))
	if err != nil {
		t.Skip("SCRUBLINE_FAULTS is not set: it takes minutes, see make integration")
	}
	m, records := newMatrix(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	s := newStorm(seed)
	m.s3At, m.sqsAt, m.chAt = s.http(t, m.s3At, true), s.http(t, m.sqsAt, false), s.native(t, m.chAt)
	apart := func(dir string) string {
		if err := os.WriteFile(filepath.Join(dir, "scrub.yaml"), []byte(inAnyOrder), 0o600); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	calm := apart(m.life(t))
	want := m.finish(t, calm)
	for id := range told(t, calm) { // a window may come to an end under it too
		delete(want.Alerts, id)
	}
	if want.Events+want.Flows != uint64(records) || len(want.Alerts) == 0 {
		t.Fatalf("of %d records an undisturbed life makes %+v", records, want)
	}
	lives, starts, gaps := 0, 0, 0
	for ; s.total() < most; lives++ {
		dir := apart(m.life(t))
		m.again(m.logs)
		s.blow(8 + s.r.IntN(30))
		starts += m.weather(t, dir)
		s.blow(0)
		got := m.finish(t, dir)
		for id := range told(t, dir) {
			gaps++
			delete(got.Alerts, id)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("life %d: an undisturbed life against this one:\n%s", lives, d)
		}
	}
	t.Logf("%d faults in %d lives, %d starts, %d alerts of runs that failed: %v", s.total(), lives, starts, gaps, s.faults)
}

// told are the alerts that say that a run of a rule failed and was made again.
func told(t *testing.T, dir string) map[string]bool {
	t.Helper()
	ids := map[string]bool{}
	for line := range strings.Lines(output(t, "alerts", "list", "--format", "ndjson", "--limit", "100000", "--data", dir)) {
		var a struct{ ID string }
		if !strings.Contains(line, "scrubline-detection-gap") {
			continue
		}
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatal(err)
		}
		ids[a.ID] = true
	}
	return ids
}

// weather runs until nothing is announced any more. A process that ends, because its
// bucket cannot be looked at for example, is started again; starts says how often.
func (m *matrix) weather(t *testing.T, dir string) (starts int) {
	t.Helper()
	var r *running
	killed := false
	m.trap.arm(nil)
	for end := time.Now().Add(10 * time.Minute); ; time.Sleep(100 * time.Millisecond) {
		if r == nil {
			if starts++; starts > 50 {
				t.Fatal("it does not come up")
			}
			r = startRun(t, dir, filepath.Join(dir, "scrubline.yaml"))
		}
		select {
		case <-r.ended:
			r = nil
			continue
		default:
		}
		if !killed && m.trap.met()["s3 PUT archive rows"] > 1 {
			killed = true
			m.minio.Kill()
			m.minio.Restart(t)
		}
		if m.waiting() == 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("messages are left\n%s", r.said())
		}
	}
	_ = r.Process.Signal(os.Interrupt)
	select {
	case <-r.ended:
	case <-time.After(3 * time.Minute):
		t.Fatalf("it does not end\n%s", r.said())
	}
	return starts
}
