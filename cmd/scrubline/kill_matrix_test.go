package main

import (
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/rs/zerolog"

	"github.com/scrubline/scrubline/cmd/scrubline/demo"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/store/archive/object/s3/s3test"
	"github.com/scrubline/scrubline/store/engine"
)

// matrix is what the trials share.
type matrix struct {
	*trail
	trap         *trap
	engine       *engine.Engine
	system       driver.Conn
	logs, shared string // folders: what is announced, and files of the configuration
	s3At, sqsAt  string // through the trap, as chAt
	chAt         string
	tokens       string // the first life's folder, whose keys all have
	lives        int
	met          map[string]int // requests of the last life that finished
}

// newMatrix also says how many records the logs hold.
func newMatrix(t *testing.T) (m *matrix, records int) {
	m = &matrix{trail: newTrail(t), shared: t.TempDir(), logs: filepath.Join(t.TempDir(), "logs")}
	facts, err := demo.Write(m.logs, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	facts.Records += smallTrails(t, m.logs, 4) + tornFlows(t, m.logs)
	m.fill(m.logs)
	m.engine, err = engine.Open(t.Context(), engine.Options{Dir: t.TempDir(), Library: library(t), MemoryBytes: 1 << 30, Log: zerolog.Nop(), DatabasePrefix: "test_"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.engine.Close() })
	if m.system, err = clickhouse.Open(m.engine.On("system").Options()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.system.Close() })
	m.trap = &trap{working: func(port int) bool {
		var n uint64
		if err := m.system.QueryRow(t.Context(), "SELECT count() FROM system.processes WHERE port = {port:UInt16}", clickhouse.Named("port", port)).Scan(&n); err != nil {
			t.Error(err)
		}
		return n > 0
	}}
	m.s3At, m.sqsAt, m.chAt = m.trap.http(t, m.s3URL, s3Name), m.trap.http(t, m.sqsURL, sqsName), m.trap.native(t, m.engine.Addr)
	for name, text := range map[string]string{"password": m.engine.Password, "rules.yml": busyRules} {
		if err := os.WriteFile(filepath.Join(m.shared, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return m, facts.Records
}

// swept is where one object is, which a list may bring too; all others only a message
// brings.
const swept = "s3://trail/AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/01/"

// life makes a data folder with an archive and a database of its own, and announces
// every object.
func (m *matrix) life(t *testing.T) (dir string) {
	t.Helper()
	m.lives++
	database := fmt.Sprint("test_", m.lives)
	select {
	case <-m.engine.Done():
		t.Fatalf("the server died: %v", m.engine.Err())
	default:
	}
	if err := m.system.Exec(t.Context(), "CREATE DATABASE "+database); err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(t.TempDir(), "data")
	if m.tokens == "" {
		m.tokens = dir
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	} else {
		sameTokens(t, m.tokens, dir)
	}
	conf := fmt.Sprintf(`aws:
  endpoints: {s3: %q, sqs: %q}
inputs:
  patience: 1500ms # and an extension of messages falls into it
  quiet: -1s
  s3:
    - queue: %s
      visibility: 2s
      sweep: {buckets: ['%s'], every: 1s, grace: 1ms, window: 100000h}
archive:
  s3: {bucket: %s, prefix: a, endpoint: %q}
  retention: {default: 1d, unsafe_below_six_years: true}
store:
  clickhouse: {addr: [%q], user: %s, password_file: %q, database: %s}
detect: {rules: [%q]}
`, m.s3At, m.sqsAt, m.queue, swept, s3test.New(t, m.s3).Name, m.s3At, m.chAt, m.engine.User, filepath.Join(m.shared, "password"), database, filepath.Join(m.shared, "rules.yml"))
	if err := os.WriteFile(filepath.Join(dir, "scrubline.yaml"), []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	m.again(m.logs)
	return dir
}

// result is what must be the same whatever happened on the way.
type result struct {
	Digest        string
	Events, Flows uint64
	Batches       int // of the ledger, whose numbers add up
	Quarantined   int
	Alerts        map[string]uint64
}

// finish runs undisturbed until nothing is announced any more, and looks at all that
// is left. Rows are counted, and compared with those that the archive gives.
func (m *matrix) finish(t *testing.T, dir string) (res result) {
	t.Helper()
	m.trap.arm(nil)
	r := startRun(t, dir, filepath.Join(dir, "scrubline.yaml"))
	// It must have asked once: before that it may not even hear that it is to stop.
	r.until(t, "settled messages", func() bool { return m.trap.met()["sqs ReceiveMessage"] > 0 && m.waiting() == 0 })
	r.stop(t)
	m.met = m.trap.met()
	res.Digest = output(t, "archive", "digest", "--data", dir)
	res.Quarantined = quarantinedIn(t, dir)
	output(t, "archive", "verify", "--data", dir)
	output(t, "archive", "receipts", "--verify", "--data", dir)
	g := &globals{Data: dir, Log: "error"}
	n, err := g.openNode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := n.close(); err != nil {
			t.Error(err)
		}
	}()
	if _, err := n.sink(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := n.finishWatching(t.Context()); err != nil { // over windows that run would have come to
		t.Fatal(err)
	}
	res.Alerts = alertsOf(t, dir)
	var hash, replayed string
	digest := func(table schemas.Table, hashes *string) (rows uint64) {
		rows, hash, err := n.store.Digest(t.Context(), table)
		if err != nil {
			t.Fatal(err)
		}
		*hashes += hash
		return rows
	}
	res.Events, res.Flows = digest(schemas.Events, &hash), digest(schemas.Flows, &hash)
	for a, err := range n.store.Accounts(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if a.Source != schemas.AuditSource {
			res.Batches++
		}
		if !a.Balanced() {
			t.Errorf("the ledger does not balance: %+v", a)
		}
	}
	var own uint64 // what is on record of run itself: it differs with its starts
	if err := n.store.Conn().QueryRow(t.Context(), "SELECT uniqExact(batch, record_no) FROM events WHERE source = $1", schemas.AuditSource).Scan(&own); err != nil {
		t.Fatal(err)
	}
	res.Events -= own
	output(t, "archive", "replay", "--data", dir)
	digest(schemas.Events, &replayed)
	digest(schemas.Flows, &replayed)
	if hash != replayed {
		t.Error("a replay from the archive gives other rows")
	}
	return res
}

// killed runs until the snare springs; it is false if the life ended without.
func (m *matrix) killed(t *testing.T, dir string, s snare) bool {
	t.Helper()
	var sprung atomic.Bool
	born, died := make(chan *running, 1), make(chan error)
	s.kill = func() {
		sprung.Store(true)
		_ = (<-born).Process.Kill()
		<-died
	}
	m.trap.arm(&s)
	defer m.trap.arm(nil)
	r := startRun(t, dir, filepath.Join(dir, "scrubline.yaml"))
	go func() {
		<-r.ended
		close(died)
	}()
	born <- r
	asked := false // to stop: some requests are only made then
	for end := time.Now().Add(3 * time.Minute); ; {
		select {
		case <-died:
			return sprung.Load()
		case <-time.After(50 * time.Millisecond):
		}
		if time.Now().After(end) {
			t.Fatalf("it neither dies nor ends\n%s", r.said())
		}
		if !asked && m.waiting() == 0 {
			asked = true
			_ = r.Process.Signal(os.Interrupt)
		}
	}
}
