package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/scrubline/scrubline/query/export"
)

// waitFor asks until an export has ended.
func (s *server) waitFor(t *testing.T, id string) export.Manifest {
	t.Helper()
	for {
		var m export.Manifest
		resp, body := s.get(t, "/v1/exports/"+id, nil)
		if err := json.Unmarshal(body, &m); err != nil || resp.StatusCode != http.StatusOK {
			t.Fatal(resp.StatusCode, err)
		}
		if m.State != export.Waiting && m.State != export.Running {
			return m
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestExportsOverHTTP(t *testing.T) {
	s := serve(t)
	doc := document(t)
	meets := func(schema, body string) {
		t.Helper()
		var v any
		if err := json.Unmarshal([]byte(body), &v); err != nil {
			t.Fatal(err)
		}
		if err := check(doc, at(doc, "components", "schemas", schema), v, schema); err != nil {
			t.Error(err)
		}
	}
	resp, body := s.do(t, http.MethodPost, "/v1/exports", values("q", "patient:MRN-103", "format", "csv", "columns", "event_time,actor_name,action"))
	var m export.Manifest
	if err := json.Unmarshal(body, &m); err != nil || resp.StatusCode != http.StatusAccepted || resp.Header.Get("Location") != "/v1/exports/"+m.ID {
		t.Fatalf("%d %s %v", resp.StatusCode, body, err)
	}
	meets("Export", string(body))
	m = s.waitFor(t, m.ID)
	resp, file := s.get(t, "/v1/exports/"+m.ID+"/file", nil)
	if resp.StatusCode != http.StatusOK || m.State != export.Done || uint64(strings.Count(string(file), "\n")) != m.Rows+1 || m.Rows == 0 {
		t.Fatalf("%d, %+v, %d bytes", resp.StatusCode, m, len(file))
	}
	if !strings.HasPrefix(string(file), "table,event_time,actor_name,action\n") || !strings.HasPrefix(resp.Header.Get("Repr-Digest"), "sha-256=:") || !strings.HasPrefix(resp.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("%v %.80s", resp.Header, file)
	}
	if resp, part := s.get(t, "/v1/exports/"+m.ID+"/file", nil, "Range", "bytes=0-4"); resp.StatusCode != http.StatusPartialContent || string(part) != "table" {
		t.Errorf("a range: %d %q", resp.StatusCode, part)
	}
	_, body = s.get(t, "/v1/exports/"+m.ID, nil)
	meets("Export", string(body))
	if strings.Contains(string(body), "MRN-103") {
		t.Error("the manifest has what was typed")
	}
	_, body = s.get(t, "/v1/exports", nil)
	if !strings.Contains(string(body), m.ID) {
		t.Errorf("the list lacks it: %s", body)
	}
	f := func(method, path string, want int, pairs ...string) {
		t.Helper()
		if resp, body := s.do(t, method, path, values(pairs...)); resp.StatusCode != want {
			t.Errorf("%s %s %v: %d %s", method, path, pairs, resp.StatusCode, body)
		}
	}
	f(http.MethodDelete, "/v1/exports/"+m.ID, http.StatusNoContent)
	f(http.MethodGet, "/v1/exports/"+m.ID, http.StatusNotFound)
	f(http.MethodGet, "/v1/exports/"+m.ID+"/file", http.StatusNotFound)
	f(http.MethodGet, "/v1/exports/..%2f..%2fetc%2fpasswd/file", http.StatusNotFound)
	f(http.MethodPost, "/v1/exports", http.StatusBadRequest, "format", "docx")
	f(http.MethodPost, "/v1/exports", http.StatusBadRequest, "format", "csv", "columns", "secrets")
	f(http.MethodPost, "/v1/exports", http.StatusBadRequest, "format", "csv", "q", "acion:x")
	f(http.MethodPut, "/v1/exports", http.StatusMethodNotAllowed)
}
