package api_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"golang.org/x/sys/unix"

	"github.com/scrubline/scrubline/query"
	"github.com/scrubline/scrubline/query/api"
	"github.com/scrubline/scrubline/query/audit"
	"github.com/scrubline/scrubline/query/querytest"
)

// A full disk under the audit log: questions are refused with 503, and answered again
// when there is room; each answer that left has its entry, whole.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=256k"); err != nil {
		t.Skip("mounting a small file system needs root")
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	trail, err := audit.Open(filepath.Join(dir, "audit"), audit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = trail.Close() })
	store := querytest.Open(t)
	a, err := api.New(api.Options{Service: query.New(store.Conn(), query.Options{Tenant: querytest.Tenant}), Token: token, Registry: prometheus.NewRegistry(), Log: zerolog.Nop(), Audit: trail})
	if err != nil {
		t.Fatal(err)
	}
	s := &server{Server: httptest.NewServer(a.Handler())}
	t.Cleanup(s.Close)
	answered := map[string]bool{}
	ask := func() int {
		t.Helper()
		resp, _ := s.get(t, "/v1/events", values("limit", "1"))
		if resp.StatusCode == http.StatusOK {
			answered[resp.Header.Get("X-Request-Id")] = true
		}
		return resp.StatusCode
	}
	fill := func() {
		t.Helper()
		f, err := os.Create(filepath.Join(dir, "filler"))
		if err != nil {
			t.Fatal(err)
		}
		for err == nil {
			_, err = f.Write(make([]byte, 4096))
		}
		if !errors.Is(err, unix.ENOSPC) {
			t.Fatal(err)
		}
		_ = f.Close()
	}
	for range 3 {
		if code := ask(); code != http.StatusOK {
			t.Fatalf("with room: %d", code)
		}
		fill()
		refused := 0
		for range 30 { // the page that was begun has room for some
			if ask() == http.StatusServiceUnavailable {
				refused++
			}
		}
		if refused == 0 || ask() != http.StatusServiceUnavailable {
			t.Errorf("on a full disk %d of 30 were refused", refused)
		}
		if err := os.Remove(filepath.Join(dir, "filler")); err != nil {
			t.Fatal(err)
		}
	}
	if code := ask(); code != http.StatusOK {
		t.Errorf("with room again: %d", code)
	}
	segments, err := trail.Take()
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range segments {
		r, err := g.Open()
		if err != nil {
			t.Fatal(err)
		}
		for lines := bufio.NewScanner(r); lines.Scan(); {
			var e audit.Entry
			if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
				t.Errorf("a torn line: %v", err)
			}
			delete(answered, e.Request)
		}
		_ = r.Close()
	}
	if len(answered) > 0 {
		t.Errorf("%d answers left without being on record", len(answered))
	}
}
