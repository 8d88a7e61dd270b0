package api_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/scrubline/scrubline/query/api"
	"github.com/scrubline/scrubline/query/audit/audittest"
	"github.com/scrubline/scrubline/query/identity"
	"github.com/scrubline/scrubline/query/querytest"
)

// Behind a proxy that has the certificate, cookies are those of HTTPS, the page may
// post under its public name, and the holder of the machine must come to it directly.
func TestBehindAProxy(t *testing.T) {
	s := serve(t)
	origin := &url.URL{Scheme: "https", Host: "audit.example.org"}
	behind, err := api.New(api.Options{Token: token, Registry: prometheus.NewRegistry(), Log: zerolog.Nop(), Audit: &audittest.Log{}, Service: s.service, Now: func() time.Time { return now }, Access: api.Access{Tokens: s.tokens, Origin: origin}})
	if err != nil {
		t.Fatal(err)
	}
	s.Server = httptest.NewServer(behind.Handler())
	t.Cleanup(s.Close)
	_, bearer := s.as(t, identity.Analyst, nil)
	shown := strings.TrimPrefix(bearer, "Bearer ")
	form := func(token string, headers ...string) attack {
		return attack{method: http.MethodPost, path: "/login", body: url.Values{"token": {token}}.Encode(),
			headers: append([]string{"Content-Type", "application/x-www-form-urlencoded", "Host", "audit.example.org", "X-Forwarded-For", "192.0.2.7"}, headers...)}
	}
	resp, _ := s.send(t, form(shown, "Origin", "https://audit.example.org"), nil)
	if len(resp.Cookies()) != 1 || resp.StatusCode != http.StatusSeeOther {
		t.Fatalf("logging in: %d", resp.StatusCode)
	}
	c := resp.Cookies()[0]
	if c.Name != "__Host-scrubline_session" || !c.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" || resp.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("cookie %+v, %v", c, resp.Header)
	}
	for name, want := range map[string]struct {
		attack
		code int
	}{
		"the local token, through the proxy":            {form(token), http.StatusUnauthorized},
		"a login of another origin":                     {form(shown, "Origin", "https://evil.example.org"), http.StatusForbidden},
		"a login link, through the proxy":               {attack{path: "/" + strings.TrimPrefix(behind.LoginURL("x"), "http://x/"), headers: []string{"Host", "audit.example.org"}}, http.StatusUnauthorized},
		"the session":                                   {attack{path: "/v1/whoami", headers: []string{"Host", "audit.example.org", "Cookie", c.Name + "=" + c.Value}}, http.StatusOK},
		"the session by plain HTTP":                     {attack{path: "/v1/whoami", headers: []string{"Cookie", c.Name + "=" + c.Value}}, http.StatusUnauthorized},
		"the session under a plain name":                {attack{path: "/v1/whoami", headers: []string{"Host", "audit.example.org", "Cookie", "scrubline_session=" + c.Value}}, http.StatusUnauthorized},
		"the page's own post":                           {attack{method: "POST", path: "/v1/exports", params: []string{"format", "csv"}, headers: []string{"Host", "audit.example.org", "Origin", "https://audit.example.org", "Cookie", c.Name + "=" + c.Value}}, http.StatusNotFound},
		"the page's post by a proxy that renames hosts": {attack{method: "POST", path: "/v1/exports", params: []string{"format", "csv"}, headers: []string{"Origin", "https://audit.example.org", "Authorization", bearer}}, http.StatusNotFound},
		"a link to the page from elsewhere":             {attack{path: "/", headers: []string{"Host", "audit.example.org", "Cookie", c.Name + "=" + c.Value, "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}}, http.StatusOK},
		"the page in a frame elsewhere":                 {attack{path: "/", headers: []string{"Host", "audit.example.org", "Cookie", c.Name + "=" + c.Value, "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe"}}, http.StatusUnauthorized},
	} {
		if resp, body := s.send(t, want.attack, nil); resp.StatusCode != want.code {
			t.Errorf("%s: %d, want %d: %.200s", name, resp.StatusCode, want.code, body)
		}
	}
}

// A tail ends when its token does.
func TestTailsEndWithTheirToken(t *testing.T) {
	s := serve(t)
	k, shown, err := s.tokens.Create(identity.Token{Name: "tail", Role: identity.Analyst, Scope: identity.Scope{Tenant: querytest.Tenant}, Expires: now.Add(1)})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/v1/tail?q=action:nothing", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+shown)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if err := s.tokens.Revoke(k.ID); err != nil {
		t.Fatal(err)
	}
	said := new(strings.Builder)
	for b := make([]byte, 1024); ; {
		n, err := resp.Body.Read(b)
		said.Write(b[:n])
		if err != nil {
			break
		}
	}
	if resp.StatusCode != http.StatusOK || !strings.Contains(said.String(), "event: end\ndata: {\"detail\":\"this access has ended\"}") {
		t.Errorf("%d %q", resp.StatusCode, said)
	}
}
