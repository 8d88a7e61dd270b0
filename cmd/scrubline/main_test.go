package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/scrubline/scrubline/store/engine"
)

// TestMain lets the test binary be scrubline, and its engine's child.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "engine" && os.Args[2] == "child" {
		os.Exit(engine.RunChild(os.Args[3:]))
	}
	if os.Getenv("SCRUBLINE_TEST_MAIN") != "" {
		os.Exit(run(os.Args[1:]))
	}
	testscript.Main(m, map[string]func(){"scrubline": func() {
		code := run(os.Args[1:])
		fmt.Fprintln(os.Stderr, "exit code", code) // testscript tells only zero from others
		os.Exit(code)
	}})
}

// library is the engine's, for tests that run elsewhere than in the repository.
func library(t testing.TB) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	if l := os.Getenv("SCRUBLINE_ENGINE"); l != "" {
		return l
	}
	l := filepath.Join(root, ".engine", engine.Version, "libchdb.so")
	if _, err := os.Stat(l); err != nil {
		t.Fatal("the embedded ClickHouse is missing: run make engine, or set SCRUBLINE_ENGINE")
	}
	return l
}

// TestCommands runs every script: the commands as people type them.
func TestCommands(t *testing.T) {
	lib := library(t)
	testscript.Run(t, testscript.Params{
		Dir:  "testdata/script",
		Cmds: commands, Condition: condition,
		Setup: func(e *testscript.Env) error {
			e.Setenv("SCRUBLINE_ENGINE", lib)
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("SOON", time.Now().AddDate(0, 1, 0).Format(time.DateOnly))
			return nil
		},
	})
}
