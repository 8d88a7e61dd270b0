package api_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/scrubline/scrubline/query/reports"
)

func TestReportsOverHTTP(t *testing.T) {
	s := serve(t)
	doc := document(t)
	meets := func(schema string, body []byte) {
		t.Helper()
		var v any
		if err := json.Unmarshal(body, &v); err != nil {
			t.Fatal(err)
		}
		if err := check(doc, at(doc, "components", "schemas", schema), v, schema); err != nil {
			t.Error(err)
		}
	}
	week := []string{"since", "2026-11-14", "until", "2026-11-20", "reason", "request 17"}
	_, body := s.get(t, "/v1/reports", nil)
	meets("ReportKinds", body)
	resp, body := s.get(t, "/v1/reports/R2a", values(week...))
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", resp.StatusCode, body)
	}
	meets("Report", body)
	if !strings.Contains(string(body), `"user":"alice.chen"`) {
		t.Errorf("%.300s", body)
	}
	for format, start := range map[string]string{"csv": "user,name,", "ndjson": `{"user":`, "pdf": "%PDF", "xlsx": "PK"} {
		resp, body := s.get(t, "/v1/reports/R2a", values(append(week, "format", format)...))
		if resp.StatusCode != http.StatusOK || !bytes.HasPrefix(body, []byte(start)) || !strings.Contains(resp.Header.Get("Content-Disposition"), "R2a-users."+format) {
			t.Errorf("%s: %d %.60q %v", format, resp.StatusCode, body, resp.Header)
		}
	}
	_, body = s.get(t, "/v1/reports/R1", values(append(week, "patient", "MRN-104", "format", "ndjson")...))
	if n := bytes.Count(body, []byte("\n")); n < 5 || bytes.Contains(body, []byte("MRN-104")) {
		t.Errorf("%d lines %.200s", n, body)
	}
	f := func(path string, want int, pairs ...string) {
		t.Helper()
		if resp, body := s.get(t, path, values(pairs...)); resp.StatusCode != want {
			t.Errorf("%s %v: %d %s", path, pairs, resp.StatusCode, body)
		}
	}
	f("/v1/reports/R99", http.StatusNotFound, week...)
	f("/v1/reports/R1", http.StatusUnprocessableEntity, week...)
	f("/v1/reports/R4", http.StatusUnprocessableEntity, week...)
	f("/v1/reports/R13", http.StatusBadRequest)
	f("/v1/reports/R13", http.StatusBadRequest, "since", "2026-11-20", "until", "2026-11-14")
	f("/v1/reports/R13", http.StatusBadRequest, append(week, "format", "docx")...)
}

func TestPacksOverHTTP(t *testing.T) {
	s := serve(t)
	doc := document(t)
	resp, body := s.do(t, http.MethodPost, "/v1/packs", values("since", "2026-11-14", "until", "2026-11-20"))
	var j reports.Job
	if err := json.Unmarshal(body, &j); err != nil || resp.StatusCode != http.StatusAccepted || resp.Header.Get("Location") != "/v1/packs/"+j.ID {
		t.Fatalf("%d %s", resp.StatusCode, body)
	}
	if resp, _ := s.get(t, "/v1/packs/"+j.ID+"/file", nil); resp.StatusCode != http.StatusConflict && resp.StatusCode != http.StatusOK {
		t.Errorf("a pack under way: %d", resp.StatusCode)
	}
	for j.State == reports.Waiting || j.State == reports.Running {
		time.Sleep(20 * time.Millisecond)
		_, body = s.get(t, "/v1/packs/"+j.ID, nil)
		if err := json.Unmarshal(body, &j); err != nil {
			t.Fatal(err)
		}
	}
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatal(err)
	}
	if err := check(doc, at(doc, "components", "schemas", "Pack"), v, "Pack"); err != nil {
		t.Error(err)
	}
	resp, file := s.get(t, "/v1/packs/"+j.ID+"/file", nil)
	if j.State != reports.Done || resp.StatusCode != http.StatusOK || int64(len(file)) != j.Bytes {
		t.Fatalf("%+v: %d, %d bytes", j, resp.StatusCode, len(file))
	}
	if v := reports.Verify(bytes.NewReader(file), j.Bytes, s.public); v.Status != reports.Good {
		t.Errorf("%+v", v)
	}
	_, body = s.get(t, "/v1/packs", nil)
	if !strings.Contains(string(body), j.ID) {
		t.Errorf("the list lacks it: %s", body)
	}
	for _, path := range []string{"/v1/packs/nothing", "/v1/packs/nothing/file", "/v1/packs/..%2f..%2fkeys/file"} {
		if resp, _ := s.get(t, path, nil); resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
	}
}
