package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadme runs every command of the README's shell blocks, word for word, in
// their order. The make targets are the exception: make test runs this test, and
// .ci/run runs make demo; here the demo's own command stands for it.
func TestReadme(t *testing.T) {
	b, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	run := 0
	for _, line := range shellLines(string(b)) {
		switch line {
		case "make demo":
			line = "bin/scrubline demo --exit"
		case "make test":
			continue
		}
		args := words(t, dir, line)
		if args[0] != "bin/scrubline" {
			t.Errorf("%s: not a command of ours, so nothing tests it", line)
			continue
		}
		c := proc(t, args[1:]...)
		c.Dir = dir
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", line, err, out)
		}
		if len(out) == 0 && !strings.Contains(line, "--out") {
			t.Errorf("%s: says nothing", line)
		}
		run++
	}
	if run < 7 {
		t.Errorf("only %d commands found", run)
	}
}

// shellLines returns the lines of the blocks marked sh.
func shellLines(doc string) []string {
	var out []string
	in := false
	for line := range strings.Lines(doc) {
		line = strings.TrimSpace(line)
		switch {
		case line == "```sh":
			in = true
		case line == "```":
			in = false
		case in && line != "":
			out = append(out, line)
		}
	}
	return out
}

// words splits a command as a shell would: single quotes and globs.
func words(t *testing.T, dir, line string) []string {
	t.Helper()
	var out []string
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			out = append(out, part)
			continue
		}
		for _, w := range strings.Fields(part) {
			if !strings.Contains(w, "*") {
				out = append(out, w)
				continue
			}
			found, err := filepath.Glob(filepath.Join(dir, w))
			if err != nil || len(found) != 1 {
				t.Fatalf("%s matches %d files", w, len(found))
			}
			out = append(out, found[0])
		}
	}
	return out
}
