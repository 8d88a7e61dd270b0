package api_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/scrubline/scrubline/detect/alert"
	"github.com/scrubline/scrubline/detect/book"
)

func TestAlertsOverHTTP(t *testing.T) {
	s := serve(t)
	doc := document(t)
	first := now.Add(-time.Hour).Truncate(time.Millisecond)
	for i, id := range []string{"aaaa", "bbbb"} {
		from := first.Add(time.Duration(i) * time.Minute)
		if err := s.book.Alerts(t.Context(), []*alert.Part{{
			ID: id, Batch: "v1/f/1/0", Rule: "r", Version: "1", Title: "Bucket deleted", Level: "high", Kind: alert.Record, Source: "aws_cloudtrail",
			Group: []alert.Label{{Name: "actor_id", Value: "alice"}}, From: from, To: from.Add(time.Hour), First: from, Last: from, Matches: 2,
			Evidence: []alert.Ref{{Batch: "v1/f/1/0", Record: 3}}, Summary: "alice did DeleteBucket",
		}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.book.Runs(t.Context(), []book.Run{
		{ID: "r1", Kind: book.Schedule, Rule: "r", Version: "1", Title: "Bucket deleted", From: first, To: first, Status: "skipped", Reason: "too long ago", At: first},
		{ID: "r2", Kind: book.Retro, Rule: "r", Version: "1", Title: "Bucket deleted", From: first, To: first, Status: "ok", At: first},
	}); err != nil {
		t.Fatal(err)
	}
	meets := func(method, path, described string, code int, body []byte) {
		t.Helper()
		var v any
		if err := json.Unmarshal(body, &v); err != nil {
			t.Fatal(err)
		}
		schema := at(doc, "paths", described, method, "responses", "200", "content", "application/json", "schema")
		if err := check(doc, schema, v, path); err != nil {
			t.Error(err)
		}
	}
	get := func(path, described string, pairs ...string) string {
		t.Helper()
		resp, body := s.get(t, path, values(pairs...))
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d %s", path, resp.StatusCode, body)
		}
		meets("get", path, described, resp.StatusCode, body)
		return string(body)
	}
	if got := get("/v1/alerts", "/v1/alerts", "limit", "1"); !strings.Contains(got, "bbbb") || strings.Contains(got, "aaaa") || !strings.Contains(got, `"next":`) {
		t.Error(got)
	}
	if got := get("/v1/alerts", "/v1/alerts", "order", "level", "limit", "1"); !strings.Contains(got, "bbbb") || !strings.Contains(got, `"next":`) {
		t.Error(got)
	}
	if resp, body := s.get(t, "/v1/alerts", values("order", "size")); resp.StatusCode != http.StatusBadRequest {
		t.Errorf("an order that there is not: %d %s", resp.StatusCode, body)
	}
	if got := get("/v1/alerts", "/v1/alerts", "state", "open", "level", "medium", "since", "2h"); !strings.Contains(got, "aaaa") {
		t.Error(got)
	}
	post := func(path, body string) (int, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		var v json.RawMessage
		_ = json.NewDecoder(resp.Body).Decode(&v)
		return resp.StatusCode, string(v)
	}
	if code, got := post("/v1/alerts/aaaa/ack", `{"note":"looking"}`); code != http.StatusOK || !strings.Contains(got, `"state":"acknowledged"`) {
		t.Errorf("%d %s", code, got)
	}
	if code, _ := post("/v1/alerts/aaaa/close", ``); code != http.StatusBadRequest {
		t.Errorf("closed without a note: %d", code)
	}
	code, got := post("/v1/alerts/aaaa/close", `{"note":"ours"}`)
	if code != http.StatusOK {
		t.Fatalf("%d %s", code, got)
	}
	meets("post", "/v1/alerts/aaaa/close", "/v1/alerts/{id}/close", code, []byte(got))
	if got := get("/v1/alerts/aaaa", "/v1/alerts/{id}"); strings.Count(got, `"who":"local"`) != 3 || !strings.Contains(got, `"note":"looking"`) || !strings.Contains(got, `"state":"closed"`) {
		t.Error(got)
	}
	if got := get("/v1/alerts/routes", "/v1/alerts/routes"); !strings.Contains(got, `"state":"unused"`) {
		t.Error(got)
	}
	if got := get("/v1/rules/runs", "/v1/rules/runs", "kind", "schedule"); !strings.Contains(got, `"status":"skipped"`) || strings.Contains(got, `"retro"`) {
		t.Error(got)
	}
	for path, want := range map[string]int{
		"/v1/rules/runs?kind=odd": http.StatusBadRequest, "/v1/alerts/zzzz": http.StatusNotFound, "/v1/alerts?state=odd": http.StatusBadRequest, "/v1/alerts?level=odd": http.StatusBadRequest, "/v1/alerts?cursor=odd": http.StatusBadRequest,
	} {
		u, err := url.Parse(path)
		if err != nil {
			t.Fatal(err)
		}
		if resp, body := s.get(t, u.Path, u.Query()); resp.StatusCode != want {
			t.Errorf("%s: %d %s", path, resp.StatusCode, body)
		}
	}
}
