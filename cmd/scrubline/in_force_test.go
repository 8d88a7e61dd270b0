package main

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// What run goes by is on record when it is another than before: the policy once
// each time.
func TestInForceIsOnRecord(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "d")
	start := func() {
		t.Helper()
		c := proc(t, "run", "--data", data, "--listen", "127.0.0.1:0")
		stderr, err := c.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		said, _ := readUntilServing(t, c, stderr)
		_ = c.Process.Signal(os.Interrupt)
		all := <-said
		if err := c.Wait(); err != nil {
			t.Fatalf("%v: %s", err, all)
		}
	}
	start()
	start() // nothing changed
	if err := os.WriteFile(filepath.Join(data, "scrub.yaml"), []byte("version: 1\nrecognizers:\n  - {name: badge, class: R, pattern: 'BDG-[0-9]{6}', treat: drop}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	start()
	events := output(t, "query", "--data", data, `source:scrubline_audit action:change path:"command:run"`, "-o", "ndjson")
	policies := regexp.MustCompile(`in_force\\":\\"policy [0-9a-f ]+`).FindAllString(events, -1)
	seen := map[string]bool{}
	for _, p := range policies {
		seen[p] = true
	}
	if len(policies) != 4 || len(seen) != 2 { // each has a beginning and an end
		t.Errorf("%d events, %d policies: %s", len(policies), len(seen), events)
	}
}
