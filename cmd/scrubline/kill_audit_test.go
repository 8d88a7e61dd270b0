package main

import (
	"bufio"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestKillAudited: run is killed with kill -9 in the middle of many questions, again
// and again. Each answer that a client received has its event afterwards, and none has
// two.
func TestKillAudited(t *testing.T) {
	kills := 5
	if s := os.Getenv("SCRUBLINE_KILLS"); s != "" {
		kills, _ = strconv.Atoi(s)
	}
	if testing.Short() {
		kills = 2
	}
	dir := filepath.Join(t.TempDir(), "data")
	config := filepath.Join(t.TempDir(), "scrubline.yaml")
	if err := os.WriteFile(config, []byte("listen: 127.0.0.1:0\naudit: {every: 20ms}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 3))
	var mu sync.Mutex
	answered := map[string]bool{} // by request
	for range kills {
		c, base := serveProc(t, "run", "--config", config, "--data", dir)
		token, err := os.ReadFile(filepath.Join(dir, "keys", "api.token"))
		if err != nil {
			t.Fatal(err)
		}
		enough := make(chan struct{}, 1000)
		var asking sync.WaitGroup
		for i := range 4 {
			asking.Go(func() {
				path := []string{"/v1/events?format=ndjson", "/v1/events", "/v1/sources", "/v1/complete?q=act&at=3"}[i]
				for {
					id, ok := ask(base+path, string(token))
					if !ok {
						return // it is dead
					}
					mu.Lock()
					answered[id] = true
					mu.Unlock()
					select {
					case enough <- struct{}{}:
					default:
					}
				}
			})
		}
		for range 30 + r.IntN(60) {
			<-enough
		}
		_ = c.Process.Kill()
		asking.Wait()
		_ = c.Wait()
	}
	// A command carries what was left, unless it met the ClickHouse of the process that was
	// killed, which may live a moment longer, and lost it: then the next does.
	var events map[string]int
	for try := 0; ; try++ {
		output(t, "query", "--config", config, "--data", dir, "source:scrubline_audit")
		events = audited(t, config, dir)
		lacks := false
		for id := range answered {
			lacks = lacks || events[id] == 0
		}
		if !lacks || try == 4 {
			break
		}
	}
	for id := range answered {
		if events[id] != 1 {
			t.Errorf("an answer has %d events", events[id])
		}
	}
	for id, n := range events {
		if id != "" && n != 1 {
			t.Errorf("a question has %d events", n)
		}
	}
	t.Logf("%d kills, %d answers, %d events", kills, len(answered), len(events))
	if len(answered) < 30*kills {
		t.Errorf("only %d answers", len(answered))
	}
	output(t, "archive", "verify", "--config", config, "--data", dir)
}

// audited counts the events of requests by their ids.
func audited(t *testing.T, config, dir string) map[string]int {
	t.Helper()
	events := map[string]int{}
	for _, line := range strings.Split(output(t, "query", "--config", config, "--data", dir, "-o", "ndjson", "-n", "0", "source:scrubline_audit"), "\n") {
		var e struct {
			Request string `json:"request_id"`
			Native  string `json:"native"`
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		// Both ends of a stream are events.
		if e.Request != "" && !strings.Contains(e.Native, `"phase":"begin"`) || strings.Contains(e.Native, `"phase":"end"`) {
			events[e.Request]++
		}
	}
	return events
}

// ask asks once, and returns the request's id if the answer came whole.
func ask(url, token string) (id string, ok bool) {
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return "", false
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", false
	}
	defer func() { _ = resp.Body.Close() }()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != http.StatusOK {
		return "", false
	}
	return resp.Header.Get("X-Request-Id"), true
}

// serveProc starts a process that serves the API and returns where.
func serveProc(t *testing.T, args ...string) (*exec.Cmd, string) {
	t.Helper()
	c := proc(t, args...)
	out, err := c.StderrPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill() })
	found := make(chan string, 1)
	go func() {
		defer close(found)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if rest, ok := strings.CutPrefix(lines.Text(), "API:  "); ok {
				found <- strings.Fields(rest)[0]
			}
		}
	}()
	base, ok := <-found
	if !ok {
		t.Fatal("it ended before it served")
	}
	return c, base
}
