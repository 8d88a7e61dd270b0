package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/scrubline/scrubline/cmd/scrubline/demo"
)

// BenchmarkAlertLatency is the time from a file in a watched folder to its alert at
// a webhook on this machine, with waits as they are by default: while nothing else
// comes, while 1 MiB of ordinary logs comes just before, and while a file of them
// comes every 150 ms. Each file measured holds one call that a rule wants.
func BenchmarkAlertLatency(b *testing.B) {
	b.Run("alone", func(b *testing.B) { latency(b, 0, false) })
	b.Run("burst", func(b *testing.B) { latency(b, 1<<20, false) })
	b.Run("steady", func(b *testing.B) { latency(b, 16<<10, true) })
}

func latency(b *testing.B, size int, steady bool) {
	dir := b.TempDir()
	in := filepath.Join(dir, "in")
	if err := os.MkdirAll(in, 0o755); err != nil {
		b.Fatal(err)
	}
	var mu sync.Mutex
	came := map[string]time.Time{}
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var m struct {
			Alert struct{ Group map[string]string }
		}
		if json.NewDecoder(r.Body).Decode(&m) == nil {
			mu.Lock()
			if who := m.Alert.Group["actor_id"]; came[who].IsZero() {
				came[who] = time.Now()
			}
			mu.Unlock()
		}
	}))
	defer hook.Close()
	config := filepath.Join(dir, "scrubline.yaml")
	text := fmt.Sprintf(`
inputs: {files: [{paths: [%s], every: 50ms, settle: 1ms}]}
alerts: {routes: [{name: hook, type: webhook, url: %s, networks: [127.0.0.0/8], limit: 1000000}]}
`, in, hook.URL)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	c := proc(b, "run", "--data", filepath.Join(dir, "d"), "--config", config, "--listen", "127.0.0.1:0")
	c.Stderr = os.Stderr
	if err := c.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() {
		_ = c.Process.Signal(os.Interrupt)
		_ = c.Wait()
	}()
	load, _ := demo.Corpus("cloudtrail", max(size, 1), 7)
	put := func(name string, text []byte) {
		if err := os.WriteFile(filepath.Join(in, name+".tmp"), text, 0o600); err != nil {
			b.Fatal(err)
		}
		if err := os.Rename(filepath.Join(in, name+".tmp"), filepath.Join(in, name+".json")); err != nil {
			b.Fatal(err)
		}
	}
	const call = `{"Records":[{"eventVersion":"1.09","userIdentity":{"type":"IAMUser","userName":"%[1]s","arn":"%[1]s","accountId":"123456789012"},"eventTime":"%[2]s","eventSource":"cloudtrail.amazonaws.com","eventName":"StopLogging","awsRegion":"us-east-1","sourceIPAddress":"198.51.100.7","eventID":"%08[3]x-0000-4000-8000-000000000000","recipientAccountId":"123456789012"}]}`
	sent := map[string]time.Time{}
	n := 0
	one := func() string {
		n++
		who := fmt.Sprintf("arn:aws:iam::123456789012:user/u%d", n)
		sent[who] = time.Now()
		put(fmt.Sprintf("call%d", n), fmt.Appendf(nil, call, who, time.Now().UTC().Format(time.RFC3339), n))
		return who
	}
	arrived := func(who string) bool {
		mu.Lock()
		defer mu.Unlock()
		return !came[who].IsZero()
	}
	for first := one(); !arrived(first); time.Sleep(20 * time.Millisecond) { // it runs
	}
	ordinary := func(i int) {
		put(fmt.Sprintf("load%d", i), []byte(strings.ReplaceAll(string(load), `"eventID":"`, fmt.Sprintf(`"eventID":"%x`, i))))
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for i := 0; steady; i++ {
			select {
			case <-stop:
				return
			case <-time.After(150 * time.Millisecond):
				ordinary(i)
			}
		}
	}()
	b.ResetTimer()
	for i := 0; b.Loop(); i++ {
		if size > 0 && !steady {
			ordinary(i)
		}
		who := one()
		for end := time.Now().Add(time.Minute); !arrived(who); time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				b.Fatal("an alert never came")
			}
		}
	}
	b.StopTimer()
	close(stop)
	<-stopped
	var took []time.Duration
	mu.Lock()
	defer mu.Unlock()
	for who, at := range came {
		if t, ok := sent[who]; ok {
			took = append(took, at.Sub(t))
		}
	}
	slices.Sort(took)
	b.ReportMetric(took[len(took)/2].Seconds()*1e3, "p50-ms")
	b.ReportMetric(took[len(took)*99/100].Seconds()*1e3, "p99-ms")
}
