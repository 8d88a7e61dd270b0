package main

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/scrubline/scrubline/deploy/components"
)

// TestFaultsOverKafka: run reads a topic of a real broker over connections most of which
// break, somewhere in what is asked or answered, at once or after a silence. In the end
// each message is there once. SCRUBLINE_FAULTS says how many
// faults TestFaults takes; here, where each costs seconds of waiting, it is one of a hundred.
func TestFaultsOverKafka(t *testing.T) {
	if testing.Short() {
		t.Skip("a broker takes its time")
	}
	most := 8
	if text := os.Getenv("SCRUBLINE_FAULTS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		most = n / 100
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	s := newStorm(seed)
	addr, through, broker := components.KafkaBehind(t, func(addr string) string {
		return s.tcp(t, addr, "kafka", func(up bool, n int) int {
			if up {
				return n / 40 // what is asked is short
			}
			return n / 2
		})
	})
	dir, config := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "scrubline.yaml")
	if err := os.WriteFile(config, overKafka(through), 0o600); err != nil {
		t.Fatal(err)
	}
	sent := 0
	send := topic(t, addr, &sent)
	send(500)
	s.blow(90)
	r := startRun(t, dir, config)
	for before, again := 0, 0; s.total() < most; time.Sleep(100 * time.Millisecond) {
		if sent < 100*most {
			send(200)
		} else {
			send(1) // what waits behind bad connections takes long
		}
		if again++; again%600 == 0 {
			broker.Kill()
			broker.Restart()
		}
		if s.total() > before+500 { // a process that starts under it is another case
			before = s.total()
			r.stop(t)
			r = startRun(t, dir, config)
		}
	}
	s.blow(0)
	r.stop(t)
	checkTopic(t, dir, config, sent)
	t.Logf("%d messages, faults: %v", sent, s.faults)
}
