package main

import (
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/scrubline/scrubline/deploy/components"
)

// person is a browser, as far as logging in needs one.
type person struct {
	http.Client
	base string
}

func newPerson(t *testing.T, base string) *person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &person{http.Client{Jar: jar, Timeout: time.Minute}, base}
}

func (p *person) read(t *testing.T, resp *http.Response, err error) (*http.Response, string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(b)
}

func (p *person) get(t *testing.T, path string) (*http.Response, string) {
	t.Helper()
	resp, err := p.Get(p.base + path)
	return p.read(t, resp, err)
}

func (p *person) say(t *testing.T, reason string) (*http.Response, string) {
	t.Helper()
	resp, err := p.Post(p.base+"/v1/reason", "application/json", strings.NewReader(fmt.Sprintf(`{"reason":%q}`, reason)))
	return p.read(t, resp, err)
}

var (
	action = regexp.MustCompile(`<form[^>]* action="([^"]+)"`)
	prompt = regexp.MustCompile(`name="prompt" value="([^"]+)"`)
)

// login goes to the sign-in page's link and answers the forms of the provider until
// it is back.
func (p *person) login(t *testing.T, name, next string) (*http.Response, string) {
	t.Helper()
	resp, page := p.get(t, "/login?next="+url.QueryEscape(next))
	for range 5 {
		if strings.HasPrefix(resp.Request.URL.String(), p.base) {
			return resp, page
		}
		to, what := action.FindStringSubmatch(page), prompt.FindStringSubmatch(page)
		if to == nil || what == nil {
			break
		}
		answer, err := p.PostForm(html.UnescapeString(to[1]), url.Values{"prompt": {what[1]}, "login": {name}, "password": {"any"}})
		resp, page = p.read(t, answer, err)
	}
	t.Fatalf("%s is not back from the provider: %d at %s\n%s", name, resp.StatusCode, resp.Request.URL, page)
	return nil, ""
}

// whoami asks the server who the person is.
func (p *person) whoami(t *testing.T) (who struct {
	Subject, Name, Role, Via, Reason string
	NeedsReason                      bool `json:"needs_reason"`
}) {
	t.Helper()
	resp, body := p.get(t, "/v1/whoami")
	if resp.StatusCode != http.StatusOK {
		return who
	}
	if err := json.Unmarshal([]byte(body), &who); err != nil {
		t.Fatal(err)
	}
	return who
}

// People log in at a provider that is none of ours, both servers being processes.
func TestLoginAtAProvider(t *testing.T) {
	addr, dir := components.Address(t), t.TempDir()
	base := "http://" + addr
	issuer, _ := components.OIDC(t, base+"/login/callback")
	secret, config := filepath.Join(dir, "secret"), filepath.Join(dir, "scrubline.yaml")
	if err := os.WriteFile(secret, []byte(components.OIDCSecret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(config, fmt.Appendf(nil, `identity:
  url: %s
  oidc:
    name: Example SSO
    issuer: %s
    client_id: %s
    client_secret_file: %s
    grants:
      - {group: soc, role: analyst, sources: [app]}
      - {group: audit, role: auditor}
`, base, issuer, components.OIDCClient, secret), 0o600); err != nil {
		t.Fatal(err)
	}
	c := proc(t, "run", "--data", filepath.Join(dir, "d"), "--config", config, "--log", "info", "--listen", addr)
	stderr, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	said, _ := readUntilServing(t, c, stderr)

	ann := newPerson(t, base)
	if resp, page := ann.get(t, "/?q=actor%3Aann"); resp.StatusCode != http.StatusUnauthorized || !strings.Contains(page, "Sign in with Example SSO") || !strings.Contains(page, "/login?next=%2f%3fq%3dactor%253Aann") {
		t.Errorf("the sign-in page: %d %s", resp.StatusCode, page)
	}
	resp, _ := ann.login(t, "soc-ann", "/?q=actor:ann")
	if resp.StatusCode != http.StatusOK || resp.Request.URL.String() != base+"/?q=actor:ann" {
		t.Errorf("back at %s: %d", resp.Request.URL, resp.StatusCode)
	}
	if who := ann.whoami(t); who.Subject != issuer+" soc-ann" || who.Name != "Name of soc-ann" || who.Role != "analyst" || who.Via != "oidc" {
		t.Errorf("ann is %+v", who)
	}
	if resp, body := ann.get(t, "/v1/events"); resp.StatusCode != http.StatusOK {
		t.Errorf("ann asks: %d %s", resp.StatusCode, body)
	}
	if resp, _ := ann.get(t, "/v1/reports"); resp.StatusCode != http.StatusForbidden {
		t.Errorf("ann, who sees a part, reads reports: %d", resp.StatusCode)
	}

	eve := newPerson(t, base)
	for _, next := range []string{"https://evil.example.org/", "//evil.example.org/", `/\evil.example.org`, "/?token=x", "javascript:alert(1)", "/v1/events", "\t//evil.example.org"} {
		if resp, _ := eve.login(t, "audit-eve", next); resp.Request.URL.String() != base+"/" {
			t.Errorf("%q led to %s", next, resp.Request.URL)
		}
	}
	if who := eve.whoami(t); who.Role != "auditor" || !who.NeedsReason {
		t.Errorf("eve is %+v", who)
	}
	if resp, body := eve.get(t, "/v1/events"); resp.StatusCode != http.StatusForbidden || !strings.Contains(body, "reason-needed") {
		t.Errorf("eve asks without a reason: %d %s", resp.StatusCode, body)
	}
	for _, reason := range []string{"", "x", "two\nlines of it", strings.Repeat("a", 501)} {
		if resp, _ := eve.say(t, reason); resp.StatusCode != http.StatusBadRequest {
			t.Errorf("the reason %.20q: %d", reason, resp.StatusCode)
		}
	}
	if resp, body := eve.say(t, "audit of the third quarter"); resp.StatusCode != http.StatusOK {
		t.Errorf("eve's reason: %d %s", resp.StatusCode, body)
	}
	if resp, _ := eve.get(t, "/v1/events"); resp.StatusCode != http.StatusOK || eve.whoami(t).Reason != "audit of the third quarter" {
		t.Errorf("eve asks with a reason: %d", resp.StatusCode)
	}

	guest := newPerson(t, base)
	if resp, page := guest.login(t, "guest-bob", "/"); resp.StatusCode != http.StatusUnauthorized || !strings.Contains(page, "none of your groups") {
		t.Errorf("a guest: %d", resp.StatusCode)
	}
	if who := guest.whoami(t); who.Subject != "" {
		t.Errorf("a guest is %+v", who)
	}
	if resp, _ := guest.get(t, "/login/callback?code=x&state=y"); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("an answer that nobody asked for: %d", resp.StatusCode)
	}

	resp, err = ann.PostForm(base+"/logout", nil)
	if resp, _ = ann.read(t, resp, err); resp.StatusCode != http.StatusUnauthorized || ann.whoami(t).Subject != "" {
		t.Errorf("after logging out: %d", resp.StatusCode)
	}
	_ = c.Process.Signal(os.Interrupt)
	all := string(<-said)
	if err := c.Wait(); err != nil {
		t.Errorf("the server ended: %v\n%s", err, all)
	}
	for _, line := range []string{"none of your groups", "soc-ann", "audit-eve", "guest-bob", "browser logged out"} {
		if !strings.Contains(all, line) {
			t.Errorf("the log lacks %q:\n%s", line, all)
		}
	}
}
