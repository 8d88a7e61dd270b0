package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/scrubline/scrubline/query/api"
	"github.com/scrubline/scrubline/query/audit"
	"github.com/scrubline/scrubline/query/export"
	"github.com/scrubline/scrubline/query/identity"
)

// unaudited are the routes that show nothing of the events: what is asked of them is
// not on record.
var unaudited = []string{"GET /v1/fields", "GET /fhir/metadata", "GET /metrics", "GET /v1/whoami", "GET /openapi.json", "GET /livez", "GET /readyz"}

// asks is a good question for each route that takes one.
var asks = map[string]url.Values{
	"GET /v1/access":       values("patient", "MRN-103"),
	"GET /v1/timeline":     values("patient", "MRN-103"),
	"GET /v1/facets":       values("fields", "action"),
	"GET /v1/sql":          values("sql", "SELECT count() FROM events"),
	"POST /v1/exports":     values("format", "csv"),
	"GET /v1/reports/{id}": values("since", "2026-11-16", "until", "2026-11-22"),
	"POST /v1/packs":       values("since", "2026-11-16", "until", "2026-11-22"),
}

// TestNothingIsAnsweredOffTheRecord takes the audit log down, and asks everything of
// everybody.
func TestNothingIsAnsweredOffTheRecord(t *testing.T) {
	s := serve(t)
	resp, body := s.do(t, http.MethodPost, "/v1/exports", values("format", "csv"))
	var made export.Manifest
	if err := json.Unmarshal(body, &made); err != nil || resp.StatusCode != http.StatusAccepted {
		t.Fatal(resp.StatusCode, err)
	}
	made = s.waitFor(t, made.ID)
	s.audit.Down(true)
	routes, refused := api.Routes(), 0
	for route := range routes {
		if slices.Contains(unaudited, route) {
			continue
		}
		method, path, _ := strings.Cut(route, " ")
		id := "x"
		switch {
		case strings.HasPrefix(path, "/v1/exports"):
			id = made.ID
		case strings.HasPrefix(path, "/v1/reports"):
			id = "R08"
		}
		path = strings.ReplaceAll(path, "{id}", id)
		for _, role := range identity.Roles {
			right, _ := identity.RightTo(route)
			if !slices.Contains(right.Roles, role) {
				continue
			}
			for _, format := range []string{"", "csv", "ndjson"} {
				params := asks[route]
				if format != "" {
					if !slices.Contains(routes[route], "format") || method == http.MethodPost {
						continue
					}
					params = url.Values{"format": {format}}
					for k, v := range asks[route] {
						params[k] = v
					}
				}
				header, value := s.as(t, role, nil)
				if route == "POST /v1/reason" {
					continue // wants a session: TestLoginsWaitForTheRecord
				}
				resp, body := s.do(t, method, path, params, header, value)
				refused++
				if resp.StatusCode != http.StatusServiceUnavailable || !strings.Contains(string(body), "put on record") || len(body) > 400 {
					t.Errorf("%s %v for %s: %d %.200s", route, params, role, resp.StatusCode, body)
				}
				for _, h := range []string{"Content-Disposition", "Location", "ETag", "Repr-Digest", "Link", "X-Scrubline-Next"} {
					if resp.Header.Get(h) != "" {
						t.Errorf("%s %v: the refusal has the answer's %s", route, params, h)
					}
				}
				if resp.Header.Get("Content-Security-Policy") == "" {
					t.Errorf("%s: the refusal has no safe headers", route)
				}
			}
		}
	}
	if refused < 100 {
		t.Errorf("only %d questions were refused", refused)
	}
	s.audit.Down(false)
	if list := s.audit.Take(); len(list) == 0 {
		t.Error("what was asked before is not there")
	}
	if resp, body := s.get(t, "/v1/exports", nil); resp.StatusCode != http.StatusOK || strings.Count(string(body), `"id"`) != 1 {
		t.Errorf("an export was started off the record: %s", body)
	}
	if resp, _ := s.get(t, "/v1/events", nil); resp.StatusCode != http.StatusOK {
		t.Errorf("the log is up again: %d", resp.StatusCode)
	}
}

// TestLoginsWaitForTheRecord: without it nobody gets a session, and nobody's reason
// is taken.
func TestLoginsWaitForTheRecord(t *testing.T) {
	s := serve(t)
	s.audit.Down(true)
	u, err := url.Parse(s.api.LoginURL(strings.TrimPrefix(s.URL, "http://")))
	if err != nil {
		t.Fatal(err)
	}
	if resp, _ := s.get(t, "/", u.Query(), "Authorization", ""); resp.StatusCode != http.StatusServiceUnavailable || len(resp.Cookies()) != 0 {
		t.Errorf("a login off the record: %d %v", resp.StatusCode, resp.Cookies())
	}
	s.audit.Down(false)
	if u, err = url.Parse(s.api.LoginURL(strings.TrimPrefix(s.URL, "http://"))); err != nil {
		t.Fatal(err)
	}
	resp, _ := s.get(t, "/", u.Query(), "Authorization", "")
	if list := s.audit.Take(); resp.StatusCode != http.StatusSeeOther || len(list) != 1 || list[0].Action != audit.Login || list[0].Outcome != audit.OK || list[0].Subject != "local" {
		t.Fatalf("%d %+v", resp.StatusCode, list)
	}
	if resp, _ := s.get(t, "/", u.Query(), "Authorization", ""); resp.StatusCode != http.StatusUnauthorized {
		t.Fatal(resp.StatusCode)
	}
	list := s.audit.Take()
	if len(list) != 1 || list[0].Action != audit.Login || list[0].Outcome != "refused" || list[0].Subject != "" || list[0].Address == "" {
		t.Errorf("a login that failed: %+v", list)
	}
}

// TestEntries says what is on record of questions.
func TestEntries(t *testing.T) {
	s := serve(t)
	one := func(path string, params url.Values, headers ...string) audit.Entry {
		t.Helper()
		s.audit.Take()
		s.get(t, path, params, headers...)
		list := s.audit.Take()
		if len(list) != 1 {
			t.Fatalf("%s: %d entries: %+v", path, len(list), list)
		}
		return list[0]
	}
	e := one("/v1/events", values("q", "patient:MRN-103", "limit", "3"))
	if e.Action != audit.Query || e.Route != "/v1/events" || e.Subject != "local" || e.Role != "admin" || e.Rows != 3 || !e.More || e.Status != 200 || e.Outcome != audit.OK || e.Phase != audit.Whole || e.Address != "127.0.0.1" || e.Request == "" {
		t.Errorf("%+v", e)
	}
	if strings.Contains(e.Asked, "MRN") || !strings.Contains(e.Asked, "patient:t1.patient.") {
		t.Errorf("asked %q", e.Asked)
	}
	header, value := s.as(t, identity.Auditor, nil)
	if e = one("/v1/access", values("patient", "MRN-103"), header, value); e.Reason != "audit 7" || e.Role != "auditor" || !strings.HasPrefix(e.Subject, "token+") || e.Via != "token" {
		t.Errorf("%+v", e)
	}
	if e = one("/v1/sql", values("sql", "SELECT count() FROM events WHERE actor_name = 'MRN-103'"), header, value); e.Action != audit.Denied || e.Outcome != "forbidden" || e.Role != "auditor" {
		t.Errorf("%+v", e)
	}
	if e = one("/v1/sql", values("sql", "SELECT action FROM events WHERE actor_name = 'Jane Doe' LIMIT 7")); strings.Contains(e.Asked, "Jane") || !strings.Contains(e.Asked, "SELECT action FROM events WHERE actor_name = ? LIMIT ?") {
		t.Errorf("asked %q", e.Asked)
	}
	if e = one("/v1/events", values("q", "actor:Jane nofield:Doe")); e.Outcome != "bad-query" || e.Status != 400 || strings.Contains(e.Asked, "Jane") {
		t.Errorf("%+v", e)
	}
	if e = one("/v1/events", nil, "Authorization", "Bearer wrong"); e.Action != audit.Denied || e.Outcome != "unauthorized" || e.Subject != "" {
		t.Errorf("%+v", e)
	}
	for range 300 {
		s.get(t, "/v1/events", nil, "Authorization", "Bearer wrong")
	}
	if n := len(s.audit.Take()); n > 100 {
		t.Errorf("a stranger wrote %d entries", n)
	}
}

// TestStreamsHaveTwoEntries: one before the first byte, and one before the last.
func TestStreamsHaveTwoEntries(t *testing.T) {
	s := serve(t)
	s.audit.Take()
	_, body := s.get(t, "/v1/events", values("format", "ndjson"))
	rows := strings.Count(string(body), "\n")
	list := s.audit.Take()
	if len(list) != 2 || list[0].Phase != audit.Begin || list[1].Phase != audit.End || list[1].Action != audit.Export || list[1].Rows != rows || list[0].Request != list[1].Request {
		t.Fatalf("%d rows, %+v", rows, list)
	}
	s.audit.DownAfter(1)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/v1/events?format=csv", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err == nil {
		lines := bufio.NewScanner(resp.Body)
		for lines.Scan() { //nolint:revive // to its end
		}
		err = lines.Err()
		_ = resp.Body.Close()
	}
	if err == nil {
		t.Error("an export whose end is not on record looks finished")
	}
	s.audit.Down(false)
	s.audit.Take()
	ctx, cancel := context.WithCancel(t.Context())
	if req, err = http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/v1/tail", nil); err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	if resp, err = http.DefaultClient.Do(req); err != nil {
		t.Fatal(err)
	}
	if list := s.audit.Take(); len(list) != 1 || list[0].Phase != audit.Begin || list[0].Route != "/v1/tail" {
		t.Errorf("%+v", list)
	}
	cancel()
	_ = resp.Body.Close()
	for list = nil; len(list) == 0; list = s.audit.Take() { // the server hears of it in its time
	}
	if len(list) != 1 || list[0].Phase != audit.End || list[0].Route != "/v1/tail" {
		t.Errorf("%+v", list)
	}
}
