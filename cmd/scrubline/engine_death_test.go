package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/scrubline/scrubline/cmd/scrubline/demo"
)

// TestRunOutlivesItsEngine: the embedded ClickHouse is killed while it is given what run
// takes in. run starts another each time, and everything is archived and inserted once.
func TestRunOutlivesItsEngine(t *testing.T) {
	if _, err := os.Stat("/proc/self/cmdline"); err != nil {
		t.Skip("finds the engine in /proc")
	}
	dir := t.TempDir()
	made, logs, data, conf := filepath.Join(dir, "made"), filepath.Join(dir, "logs"), filepath.Join(dir, "data"), filepath.Join(dir, "scrubline.yaml")
	facts, err := demo.Write(made, 2, 2)
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("inputs:\n  patience: 300ms\n  files:\n    - {paths: [%q], every: 100ms, settle: 50ms}\n", logs)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(logs, 0o700); err != nil {
		t.Fatal(err)
	}
	r := startRun(t, data, conf)
	engineAt(t, r, data, "")
	if err := os.CopyFS(filepath.Join(logs, "all"), os.DirFS(made)); err != nil {
		t.Fatal(err)
	}
	for deaths := range 3 {
		at := engineAt(t, r, data, "")
		r.until(t, "archived objects", func() bool { return deaths > 0 || stored(data) > 0 })
		killEngine(t, data)
		r.until(t, "word of it", func() bool {
			return strings.Count(r.said(), "starting again with a new clickhouse") > deaths
		})
		engineAt(t, r, data, at)
	}
	r.until(t, "all records", func() bool { return archivedRows(t, data) == uint64(facts.Records) })
	r.stop(t)
	calm := filepath.Join(dir, "calm")
	output(t, "ingest", "--data", calm, logs)
	checkKilled(t, data, output(t, "archive", "digest", "--data", calm), facts.Records)
}

// TestRunAskedToEndWhileItStarts: that is no failure.
func TestRunAskedToEndWhileItStarts(t *testing.T) {
	t.Setenv("SCRUBLINE_ENGINE", library(t))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := (&runCmd{Listen: "127.0.0.1:0"}).Run(ctx, &globals{Data: t.TempDir(), Log: "error"}); err != nil {
		t.Error(err)
	}
}

// stored is how many objects a folder's archive has.
func stored(data string) int {
	files, _ := filepath.Glob(filepath.Join(data, "archive", "v1", "*", "*", "*.parquet"))
	return len(files)
}

// archivedRows adds up the rows of a folder's archive.
func archivedRows(t *testing.T, data string) (rows uint64) {
	t.Helper()
	for d := json.NewDecoder(strings.NewReader(output(t, "archive", "list", "--data", data))); d.More(); {
		var o struct {
			Rows   uint64
			Source string
		}
		if err := d.Decode(&o); err != nil {
			t.Fatal(err)
		}
		if o.Source != "scrubline_audit" { // what is on record of run itself
			rows += o.Rows
		}
	}
	return rows
}

// engineAt waits until a folder's engine listens elsewhere than before, and says where.
func engineAt(t *testing.T, r *running, data, before string) (addr string) {
	t.Helper()
	r.until(t, "engine", func() bool {
		var session struct{ Addr string }
		b, err := os.ReadFile(filepath.Join(data, "engine", "session.json"))
		if err == nil && json.Unmarshal(b, &session) == nil {
			addr = session.Addr
		}
		return addr != "" && addr != before
	})
	return addr
}

// killEngine kills the engine of a data folder.
func killEngine(t *testing.T, data string) {
	t.Helper()
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, f := range files {
		said, _ := os.ReadFile(f)
		if !bytes.Contains(said, []byte("\x00engine\x00child\x00")) || !bytes.Contains(said, []byte(filepath.Join(data, "engine")+"\x00")) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(f)))
		if err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Fatal("no engine to kill")
}
