package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestReplayKill: a replay of quarantined records that is killed with kill -9 at any
// moment, again and again until one comes to its end, ends as one that is left alone:
// the archive has the same digest and verifies, and
// ClickHouse has each record once, as the archive has it.
func TestReplayKill(t *testing.T) {
	kills := 6
	if s := os.Getenv("SCRUBLINE_KILLS"); s != "" {
		kills, _ = strconv.Atoi(s)
	}
	if testing.Short() {
		kills = 2
	}
	logs := t.TempDir()
	const files, lines = 6, 40
	for f := range files {
		var text strings.Builder
		for i := range lines {
			fmt.Fprintf(&text, "2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.%d.%d 20641 22 6 20 4249 %d %d ACCEPT OK", f, i, 1767225600+i, 1767225660+i)
			if i%4 == 0 {
				text.WriteString(" vpc-abcdefab012345678")
			}
			text.WriteByte('\n')
		}
		if err := os.WriteFile(filepath.Join(logs, fmt.Sprint(f, ".txt")), []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	wrong := filepath.Join(t.TempDir(), "wrong.yaml")
	format := "ingest: {vpcflow_format: version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status vpc-id}\n"
	if err := os.WriteFile(wrong, []byte(format), 0o600); err != nil {
		t.Fatal(err)
	}
	folder := func() string {
		dir := filepath.Join(t.TempDir(), "data")
		output(t, "ingest", "--config", wrong, "--data", dir, "--format", "aws_vpcflow", logs)
		return dir
	}
	args := func(dir string) []string { return []string{"quarantine", "replay", "--data", dir, "--reason", "test"} }
	calm := folder()
	began := time.Now()
	if got := output(t, args(calm)...); !strings.HasPrefix(got, "180 records: 180 are events now") {
		t.Fatal(got)
	}
	took := time.Since(began)
	want := output(t, "archive", "digest", "--data", calm)
	checkKilled(t, calm, want, files*lines)

	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d, a replay takes %v", seed, took)
	r := rand.New(rand.NewPCG(seed, 1))
	for done := 0; done < kills; {
		dir := folder()
		for finished := false; !finished; {
			c := proc(t, args(dir)...)
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- c.Wait() }()
			var killed <-chan time.Time
			if done < kills {
				killed = time.After(time.Duration(r.Int64N(int64(took))))
			}
			select {
			case err := <-ended:
				if err != nil {
					t.Fatalf("a replay after %d kills: %v", done, err)
				}
				finished = true
			case <-killed:
				_ = c.Process.Kill()
				<-ended
				done++
			}
		}
		checkKilled(t, dir, want, files*lines)
		if out := output(t, "quarantine", "list", "--data", dir); strings.Count(out, `"replayed":true`) != 180 {
			t.Fatal("not all that was replayed is marked")
		}
	}
}
