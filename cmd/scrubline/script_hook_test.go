package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// hook FILE: a server that takes webhooks, each as a line of FILE. HOOK is its
// address; a path /fail answers 503.
func hook(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	write(ts, args[0], nil)
	var mu sync.Mutex
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		if r.URL.Path == "/fail" {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0o600)
		if err == nil {
			_, err = fmt.Fprintf(f, "%s %s\n", r.Header.Get("Scrubline-Signature"), b)
			_ = f.Close()
		}
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	ts.Defer(srv.Close)
	ts.Setenv("HOOK", srv.URL)
}

// holds FILE REGEXP waits until FILE holds a match.
func holds(ts *testscript.TestScript, _ bool, args []string) {
	re, err := regexp.Compile(args[1])
	ts.Check(err)
	for end := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		b, err := os.ReadFile(ts.MkAbs(args[0]))
		if err == nil && re.Match(b) {
			return
		}
		if time.Now().After(end) {
			ts.Fatalf("%s never held %s:\n%s", filepath.Base(args[0]), args[1], b)
		}
	}
}

// expand FILE: environment variables in it, as $NAME.
func expand(ts *testscript.TestScript, _ bool, args []string) {
	write(ts, args[0], []byte(os.Expand(ts.ReadFile(args[0]), ts.Getenv)))
}
