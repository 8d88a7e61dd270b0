package api_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/scrubline/scrubline/query/api"
	"github.com/scrubline/scrubline/query/audit/audittest"
	"github.com/scrubline/scrubline/query/querytest"
)

func TestListenRefusesOtherMachines(t *testing.T) {
	for _, addr := range []string{":8080", "0.0.0.0:0", "[::]:0", "192.0.2.1:80", "example.org:80"} {
		if l, err := api.Listen(addr); !errors.Is(err, api.ErrNotLoopback) {
			if err == nil {
				_ = l.Close()
			}
			t.Errorf("%s: %v", addr, err)
		}
	}
	l, err := api.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if !l.Addr().(*net.TCPAddr).IP.IsLoopback() {
		t.Error("not loopback")
	}
	_ = l.Close()
}

func TestShortTokensAreRefused(t *testing.T) {
	if _, err := api.New(api.Options{Token: "short", Registry: prometheus.NewRegistry()}); err == nil {
		t.Error("a token of 5 characters was taken")
	}
}

func TestOnlyKnownAskersGetAnswers(t *testing.T) {
	s := serve(t)
	f := func(path string, want int, headers ...string) {
		t.Helper()
		resp, body := s.get(t, path, nil, headers...)
		if resp.StatusCode != want {
			t.Errorf("%s %v: %d %s, want %d", path, headers, resp.StatusCode, body, want)
		}
		for _, h := range []string{"X-Request-Id", "Content-Security-Policy", "X-Content-Type-Options"} {
			if resp.Header.Get(h) == "" {
				t.Errorf("%s: no %s", path, h)
			}
		}
	}
	for _, path := range []string{"/v1/events", "/v1/access", "/v1/summary", "/v1/sources", "/v1/fields", "/metrics"} {
		f(path, http.StatusUnauthorized, "Authorization", "")
		f(path, http.StatusUnauthorized, "Authorization", "Bearer "+token+"x")
		f(path, http.StatusUnauthorized, "Authorization", "Basic "+token)
		f(path, http.StatusMisdirectedRequest, "Host", "rebound.example.org")
	}
	f("/v1/events", http.StatusOK)
	f("/metrics", http.StatusOK)
	f("/", http.StatusUnauthorized, "Authorization", "")
	f("/v1/nothing", http.StatusNotFound)
	for _, path := range []string{"/livez", "/readyz", "/openapi.json", "/assets/main.js"} {
		f(path, http.StatusOK, "Authorization", "")
	}
	resp, err := http.Post(s.URL+"/v1/events", "text/plain", nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", resp.StatusCode)
	}
}

func TestLoginLinkWorksOnce(t *testing.T) {
	s := serve(t)
	u, err := url.Parse(s.api.LoginURL(strings.TrimPrefix(s.URL, "http://")))
	if err != nil {
		t.Fatal(err)
	}
	resp, _ := s.get(t, "/", u.Query(), "Authorization", "", "Sec-Purpose", "prefetch")
	if resp.StatusCode == http.StatusSeeOther {
		t.Error("a prefetch spent the link")
	}
	resp, _ = s.get(t, "/", u.Query(), "Authorization", "")
	cookies := resp.Cookies()
	if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != "/" || len(cookies) != 1 {
		t.Fatalf("login: %d to %q with %d cookies", resp.StatusCode, resp.Header.Get("Location"), len(cookies))
	}
	if c := cookies[0]; !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Value == token {
		t.Errorf("cookie %+v", c)
	}
	cookie := cookies[0].Name + "=" + cookies[0].Value
	if resp, _ := s.get(t, "/", nil, "Authorization", "", "Cookie", cookie); resp.StatusCode != http.StatusOK {
		t.Errorf("the page with the cookie: %d", resp.StatusCode)
	}
	if resp, _ := s.get(t, "/v1/events", nil, "Authorization", "", "Cookie", cookie, "Sec-Fetch-Site", "same-site"); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("a page on another port used the cookie: %d", resp.StatusCode)
	}
	if resp, _ := s.get(t, "/", u.Query(), "Authorization", ""); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("the link worked twice: %d", resp.StatusCode)
	}
}

func TestPagesAndExportsGiveTheSameRows(t *testing.T) {
	s := serve(t)
	ids := func(lines []string) (out []string) {
		for _, line := range lines {
			var r struct {
				Batch    string `json:"batch"`
				RecordNo int    `json:"record_no"`
			}
			if err := json.Unmarshal([]byte(line), &r); err != nil {
				t.Fatal(err)
			}
			out = append(out, r.Batch+"#"+string(rune(r.RecordNo)))
		}
		return out
	}
	resp, body := s.get(t, "/v1/events", values("q", "source:*"), "Accept", "application/x-ndjson")
	whole := ids(strings.Split(strings.TrimSpace(string(body)), "\n"))
	if resp.StatusCode != http.StatusOK || len(whole) != 2001 {
		t.Fatalf("export: %d, %d rows, want 2001", resp.StatusCode, len(whole))
	}
	var paged []string
	p := values("q", "source:*", "limit", "700")
	for {
		var page struct {
			Rows []json.RawMessage
			More bool
			Next string
		}
		_, body := s.get(t, "/v1/events", p)
		if err := json.Unmarshal(body, &page); err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Rows {
			paged = append(paged, ids([]string{string(r)})...)
		}
		if !page.More {
			break
		}
		p.Set("cursor", page.Next)
	}
	if strings.Join(paged, " ") != strings.Join(whole, " ") {
		t.Errorf("pages gave %d rows, the export %d, or in another order", len(paged), len(whole))
	}
	resp, _ = s.get(t, "/v1/events", values("limit", "3", "format", "ndjson"))
	if !strings.Contains(resp.Header.Get("Link"), `rel="next"`) || resp.Header.Get("X-Scrubline-Next") == "" {
		t.Error("a page of lines does not say that there is more")
	}
}

func TestCSVRunsNothing(t *testing.T) {
	s := serve(t)
	resp, body := s.get(t, "/v1/events", values("q", "action:evil", "format", "csv"))
	rows, err := csv.NewReader(strings.NewReader(string(body))).ReadAll()
	if err != nil || len(rows) != 2 {
		t.Fatal(len(rows), err)
	}
	if !strings.HasPrefix(resp.Header.Get("Content-Disposition"), "attachment") {
		t.Error("CSV is not an attachment")
	}
	for i, name := range rows[0] {
		switch name {
		case "actor_name":
			if want := `'=HYPERLINK("http://x","y")`; rows[1][i] != want {
				t.Errorf("actor_name %q, want %q", rows[1][i], want)
			}
		case "native":
			if rows[1][i] != "line one\nline two" {
				t.Errorf("native %q", rows[1][i])
			}
		}
	}
}

func TestErrorsPointAndKeepQuiet(t *testing.T) {
	s := serve(t)
	resp, body := s.get(t, "/v1/events", values("q", "actor:alice acion:GetObject"))
	var p struct {
		Detail, Parameter string
		Position, Length  int
		Near              string `json:"did_you_mean"`
	}
	if err := json.Unmarshal(body, &p); err != nil {
		t.Fatal(err)
	}
	if resp.Header.Get("Content-Type") != "application/problem+json" || p.Parameter != "q" || p.Position != 12 || p.Length != 5 || p.Near != "action" {
		t.Errorf("%s", body)
	}
	for _, word := range []string{"ClickHouse", "clickhouse", ".go:", "SELECT"} {
		if strings.Contains(string(body), word) {
			t.Errorf("%q in %s", word, body)
		}
	}
}

func TestQueriesAreLoggedWithoutRawIdentifiers(t *testing.T) {
	s := serve(t)
	for _, p := range []url.Values{
		values("q", "patient:MRN-103 ip:198.51.100.3 session:abcdef"), values("q", `"123-45-6789" OR resource:John-Smith`), values("q", "acion:MRN-103"),
	} {
		s.get(t, "/v1/events", p)
	}
	s.get(t, "/v1/access", values("patient", "MRN-103"))
	log := s.log.String()
	for _, raw := range []string{"MRN-103", "198.51.100.3", "abcdef", "123-45-6789", "John"} {
		if strings.Contains(log, raw) {
			t.Errorf("%q is in the log:\n%s", raw, log)
		}
	}
	if n := strings.Count(log, `"audit":"query"`); n != 4 {
		t.Errorf("%d audit lines, want 4:\n%s", n, log)
	}
	if !strings.Contains(log, querytest.Token("patient", "MRN-103")) || !strings.Contains(log, `"who":"local"`) || !strings.Contains(log, "took_ms") {
		t.Errorf("the log says too little:\n%s", log)
	}
}

func TestServeStopsWithItsContext(t *testing.T) {
	s, err := api.New(api.Options{Token: token, Registry: prometheus.NewRegistry(), Audit: &audittest.Log{}})
	if err != nil {
		t.Fatal(err)
	}
	l, err := api.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	stop()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(time.Minute):
		t.Error("still serving")
	}
}
