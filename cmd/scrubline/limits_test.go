package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// memory reads one of the figures of /proc/PID/status, in MiB: VmRSS is what the
// process has now, VmHWM the most it had. Its children do not count. Where there
// is no such file it is 0.
func memory(pid int, name string) float64 {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			kib, _ := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kib / 1024
		}
	}
	return 0
}

// measure MIB ARGS…: runs scrubline, which must have held no more than MIB and
// end well (! measure: badly). What it wrote to stderr is in the file stderr.txt.
func measure(ts *testscript.TestScript, neg bool, args []string) {
	most, err := strconv.ParseFloat(args[0], 64)
	ts.Check(err)
	self, err := os.Executable()
	ts.Check(err)
	c := exec.Command(self, args[1:]...)
	c.Dir = ts.Getenv("WORK")
	c.Env = append(os.Environ(), "SCRUBLINE_TEST_MAIN=1", "SCRUBLINE_ENGINE="+ts.Getenv("SCRUBLINE_ENGINE"))
	var stderr bytes.Buffer
	c.Stderr = &stderr
	ts.Check(c.Start())
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	peak := 0.0
	for running := true; running; {
		peak = max(peak, memory(c.Process.Pid, "VmHWM"))
		select {
		case err = <-ended:
			running = false
		case <-time.After(5 * time.Millisecond):
		}
	}
	write(ts, "stderr.txt", stderr.Bytes())
	ts.Logf("peak %.0f MiB, exit %v\n%s", peak, err, stderr.Bytes())
	if (err != nil) != neg {
		ts.Fatalf("ended with %v", err)
	}
	if peak == 0 && runtime.GOOS == "linux" || peak > most {
		ts.Fatalf("held %.0f MiB, may hold %.0f", peak, most)
	}
}

// TestIdle: a node that waits holds little, and starts quickly. Times depend on
// the machine, so they are printed; memory is held to its promise.
func TestIdle(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	logs := filepath.Join(t.TempDir(), "app.log")
	if err := os.WriteFile(logs, []byte("a line\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	output(t, "ingest", "--data", dir, logs)
	c := proc(t, "run", "--data", dir, "--listen", "127.0.0.1:0")
	stderr, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	ready := make(chan string, 1)
	go func() {
		b := make([]byte, 4096)
		text := ""
		for {
			n, err := stderr.Read(b)
			if text += string(b[:n]); err != nil || strings.Contains(text, "Ctrl-C stops.") {
				ready <- text
				return
			}
		}
	}()
	select {
	case text := <-ready:
		if !strings.Contains(text, "Page:") {
			t.Errorf("it said %q", text)
		}
	case <-ctx.Done():
		t.Error("it never served")
	}
	took := time.Since(began)
	rss := 0.0
	for until := time.Now().Add(time.Minute); time.Now().Before(until); { // it settles within seconds
		time.Sleep(2 * time.Second)
		if rss = memory(c.Process.Pid, "VmRSS"); rss <= 64 {
			break
		}
	}
	peak := memory(c.Process.Pid, "VmHWM")
	t.Logf("warm start in %v; idle %.0f MiB, at most %.0f MiB until then", took, rss, peak)
	if rss == 0 && runtime.GOOS == "linux" || rss > 64 {
		t.Errorf("idle it holds %.0f MiB, may hold 64", rss)
	}
	_ = c.Process.Signal(os.Interrupt)
	_ = c.Wait()
}
