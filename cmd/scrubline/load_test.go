package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/rs/zerolog"

	"github.com/scrubline/scrubline/store/engine"
)

// designRate is how many records a second the product is laid out for on one machine:
// 216 million a day.
const designRate = 2500

// outageLasts is how long ClickHouse cannot be reached in the middle of TestLoad.
const outageLasts = time.Minute

// TestLoad: for as long as SCRUBLINE_LOAD says (20m), run is given twice the design
// rate, or SCRUBLINE_LOAD_RATE records a second, in a file a second; in the middle
// ClickHouse is gone for a minute. It prints lag and memory, and wants each record
// once, in the archive and in ClickHouse, and lag back to where it was.
func TestLoad(t *testing.T) {
	lasts, err := time.ParseDuration(os.Getenv("SCRUBLINE_LOAD"))
	if err != nil {
		t.Skip("takes as long as SCRUBLINE_LOAD says, at least 3m: make integration has it")
	}
	rate := 2 * designRate
	if s := os.Getenv("SCRUBLINE_LOAD_RATE"); s != "" {
		rate, _ = strconv.Atoi(s)
	}
	e, err := engine.Open(t.Context(), engine.Options{Dir: t.TempDir(), Library: library(t), Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	conn, err := clickhouse.Open(e.Options())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	way := newGate(t, e.Addr)
	dir := t.TempDir()
	logs, data, conf := filepath.Join(dir, "logs"), filepath.Join(dir, "data"), filepath.Join(dir, "scrubline.yaml")
	if err := os.Mkdir(logs, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		filepath.Join(dir, "password"): e.Password,
		conf: fmt.Sprintf("inputs:\n  patience: 300ms\n  files:\n    - {paths: [%q], every: 500ms, settle: 10ms}\nstore:\n  clickhouse: {addr: [%q], user: %s, password_file: %q, database: %s}\n",
			logs, way.addr, e.User, filepath.Join(dir, "password"), e.Database),
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := startRun(t, data, conf)
	visible := func() (n uint64) {
		_ = conn.QueryRow(t.Context(), "SELECT count() FROM events WHERE source = 'app'").Scan(&n) // before the tables are made it fails
		return n
	}
	var made uint64
	var worst, last float64
	steady, most := 0, 0
	out, back := time.Duration(0), time.Duration(0)
	began := time.Now()
	for tick := time.NewTicker(time.Second); time.Since(began) < lasts; <-tick.C {
		writeLoad(t, logs, int(made), rate)
		made += uint64(rate)
		at := time.Since(began)
		switch {
		case out == 0 && at > lasts/2-outageLasts:
			steady = residentMiB(t, r)
			out = at
			way.shut(true)
			t.Logf("%4.0fs: ClickHouse is gone", at.Seconds())
		case out > 0 && at > out+outageLasts && way.closed.Load():
			way.shut(false)
			t.Logf("%4.0fs: ClickHouse is back", at.Seconds())
		}
		last = float64(made-visible()) / float64(rate)
		if out > 0 && back == 0 && !way.closed.Load() && last < 30 {
			back = at - out - outageLasts
		}
		worst, most = max(worst, last), max(most, residentMiB(t, r))
		if int(at.Seconds())%10 == 0 {
			t.Logf("%4.0fs: %9d made, %5.1f s behind, %4d MiB", at.Seconds(), made, last, residentMiB(t, r))
		}
	}
	r.until(t, "all records", func() bool { return visible() >= made })
	t.Logf("%d records in %v at %d a second: at most %.0f s behind, under 30 s %v after ClickHouse came back, %.1f s at the end; %d MiB before, %d at most", made, lasts, rate, worst, back, last, steady, most)
	r.stop(t)
	var rows, distinct uint64
	if err := conn.QueryRow(t.Context(), "SELECT count(), uniqExact(native) FROM events FINAL WHERE source = 'app'").Scan(&rows, &distinct); err != nil {
		t.Fatal(err)
	}
	if archived := archivedRows(t, data); rows != made || distinct != made || archived != made {
		t.Errorf("%d records made, %d archived, %d rows, %d different ones", made, archived, rows, distinct)
	}
	output(t, "archive", "verify", "--data", data)
}

// writeLoad writes a file of records with numbers from a first one on.
func writeLoad(t *testing.T, dir string, from, n int) {
	t.Helper()
	var b bytes.Buffer
	now := time.Now().UTC().Format(time.RFC3339)
	for i := range n {
		fmt.Fprintf(&b, "level=info time=%s service=portal msg=\"opened chart of MRN %08d\" user=nurse%d ssn=219-09-9999 path=/chart/view request=%d\n", now, i%1000, i%50, from+i)
	}
	name := filepath.Join(dir, fmt.Sprintf("%d.log", from))
	if err := os.WriteFile(name+".tmp", b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(name+".tmp", name); err != nil {
		t.Fatal(err)
	}
}

// residentMiB is how much memory a process holds.
func residentMiB(t *testing.T, r *running) int {
	t.Helper()
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", r.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "VmRSS:"); ok {
			kib, _ := strconv.Atoi(strings.Fields(rest)[0])
			return kib >> 10
		}
	}
	return 0
}

// gate is a way to a server that can be shut: connections break, and new ones are
// refused.
type gate struct {
	addr   string
	closed atomic.Bool
	mu     sync.Mutex
	open   map[net.Conn]bool
}

func newGate(t *testing.T, target string) *gate {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{addr: l.Addr().String(), open: map[net.Conn]bool{}}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go g.carry(c, target)
		}
	}()
	t.Cleanup(func() { _ = l.Close() })
	return g
}

func (g *gate) carry(c net.Conn, target string) {
	defer c.Close()
	if g.closed.Load() {
		return
	}
	s, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer s.Close()
	g.mu.Lock()
	g.open[c] = true
	g.mu.Unlock()
	go func() {
		_, _ = io.Copy(c, s)
		_ = c.Close()
	}()
	_, _ = io.Copy(s, c)
	g.mu.Lock()
	delete(g.open, c)
	g.mu.Unlock()
}

// shut shuts or opens it.
func (g *gate) shut(now bool) {
	g.closed.Store(now)
	g.mu.Lock()
	defer g.mu.Unlock()
	for c := range g.open {
		_ = c.Close()
	}
}
