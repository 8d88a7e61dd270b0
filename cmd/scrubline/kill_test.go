package main

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scrubline/scrubline/cmd/scrubline/demo"
	"github.com/scrubline/scrubline/schemas"
)

// proc is scrubline as a process of its own.
func proc(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self, args...)
	c.Env = append(os.Environ(), "SCRUBLINE_TEST_MAIN=1", "SCRUBLINE_ENGINE="+library(t))
	return c
}

func output(t testing.TB, args ...string) string {
	t.Helper()
	c := proc(t, args...)
	var stderr strings.Builder
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		t.Fatalf("scrubline %v: %v\n%s", args, err, stderr.String())
	}
	return strings.TrimSpace(string(out))
}

// TestKill: an ingest that is killed again and again, with kill -9 at any moment,
// ends with the same archive and the same rows as one that is left alone.
//
//  1. Ingest a week of logs undisturbed; note the archive's digest.
//  2. Ingest it into another folder, killing the process at a random moment,
//     over and over; whenever one ingest comes to its end, begin a new folder.
//  3. After each end: same digest, archive and receipts verify, ClickHouse has each row
//     once in effect, and a replay from the archive changes none of them. The alerts
//     are the undisturbed ones, none lost and none doubled.
func TestKill(t *testing.T) {
	kills := 20
	if s := os.Getenv("SCRUBLINE_KILLS"); s != "" {
		kills, _ = strconv.Atoi(s)
	}
	if testing.Short() {
		kills = 3
	}
	logs := filepath.Join(t.TempDir(), "logs")
	facts, err := demo.Write(logs, 2, 2)
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(t.TempDir(), "scrubline.yaml")
	rules := filepath.Join(filepath.Dir(config), "rules.yml")
	for path, text := range map[string]string{config: "detect: {rules: [" + rules + "]}\n", rules: busyRules} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	calm := filepath.Join(t.TempDir(), "calm")
	began := time.Now()
	output(t, "ingest", "--config", config, "--data", calm, logs)
	took := time.Since(began)
	want := output(t, "archive", "digest", "--data", calm)
	alerts := alertsOf(t, calm)
	if len(alerts) < 50 {
		t.Fatalf("only %d alerts", len(alerts))
	}

	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d, an ingest takes %v", seed, took)
	r := rand.New(rand.NewPCG(seed, 1))
	done, folders := 0, 0
	for done < kills {
		dir := filepath.Join(t.TempDir(), "data")
		folders++
		sameTokens(t, calm, dir) // alerts name people by their tokens
		for done < kills {
			c := proc(t, "ingest", "--config", config, "--data", dir, logs)
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- c.Wait() }()
			select {
			case err := <-ended:
				if err != nil {
					t.Fatalf("an ingest after %d kills: %v", done, err)
				}
				goto finished
			case <-time.After(time.Duration(r.Int64N(int64(took)))):
				_ = c.Process.Kill()
				<-ended
				done++
			}
		}
		output(t, "ingest", "--config", config, "--data", dir, logs)
	finished:
		checkKilled(t, dir, want, facts.Records)
		if d := cmp.Diff(alerts, alertsOf(t, dir)); d != "" {
			t.Fatalf("alerts of an undisturbed ingest against these:\n%s", d)
		}
	}
	t.Logf("%d kills over %d folders", done, folders)
}

// busyRules fire often in the demo's logs: on records, and as correlations.
const busyRules = `
title: Charts read
id: charts_read
level: low
group_by: userIdentity.arn
dedup: 10m
logsource: {product: aws, service: cloudtrail}
detection: {s: {eventName|startswith: Get}, condition: s}
---
title: Portal busy
id: portal_busy
level: medium
correlation: {type: event_count, rules: [portal], group-by: [src_addr], timespan: 1h, condition: {gte: 3}}
---
title: Different pages
id: pages
level: medium
correlation: {type: value_count, rules: [portal], timespan: 15m, condition: {field: url_path, gte: 3}}
---
title: Portal
name: portal
logsource: {product: aws, service: alb}
detection: {s: {http_method|contains: '*'}, condition: s}
`

// sameTokens gives a data folder the token keys of another.
func sameTokens(t *testing.T, from, to string) {
	t.Helper()
	key, err := os.ReadFile(filepath.Join(from, "keys", "tokens.json"))
	if err == nil {
		err = os.MkdirAll(filepath.Join(to, "keys"), 0o700)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(to, "keys", "tokens.json"), key, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// alertsOf lists the alerts of a data folder: ids and how many matches.
func alertsOf(t *testing.T, dir string) map[string]uint64 {
	t.Helper()
	out := map[string]uint64{}
	for _, line := range strings.Split(output(t, "alerts", "list", "--format", "ndjson", "--limit", "100000", "--data", dir), "\n") {
		var a struct {
			ID      string
			Matches uint64
		}
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatal(err)
		}
		if out[a.ID] > 0 {
			t.Errorf("alert %s stands twice", a.ID)
		}
		out[a.ID] = a.Matches
	}
	return out
}

func checkKilled(t *testing.T, dir, want string, records int) {
	t.Helper()
	if got := output(t, "archive", "digest", "--data", dir); got != want {
		t.Fatalf("digest %s, undisturbed %s", got, want)
	}
	output(t, "archive", "verify", "--data", dir)
	output(t, "archive", "receipts", "--verify", "--data", dir)
	ctx := context.Background()
	var audit uint64 // what is on record of the commands themselves
	tables := func() (rows uint64, hashes string) {
		t.Setenv("SCRUBLINE_ENGINE", library(t))
		g := &globals{Data: dir, Log: "error"}
		n, err := g.openNode(ctx)
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := n.close(); err != nil {
				t.Error(err)
			}
		}()
		for _, table := range []schemas.Table{schemas.Events, schemas.Flows} {
			k, h, err := n.store.Digest(ctx, table)
			if err != nil {
				t.Fatal(err)
			}
			rows += k
			hashes += h
		}
		if err := n.store.Conn().QueryRow(ctx, "SELECT uniqExact(batch, record_no) FROM events WHERE source = 'scrubline_audit'").Scan(&audit); err != nil {
			t.Fatal(err)
		}
		return rows, hashes
	}
	rows, before := tables()
	if rows-audit != uint64(records) {
		t.Fatalf("clickhouse has %d rows besides the audit log's, the logs %d records", rows-audit, records)
	}
	output(t, "archive", "replay", "--data", dir)
	if _, after := tables(); after != before {
		t.Fatal("a replay from the archive gives other rows")
	}
}
