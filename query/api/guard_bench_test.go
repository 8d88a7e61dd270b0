package api_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/scrubline/scrubline/query"
	"github.com/scrubline/scrubline/query/api"
	"github.com/scrubline/scrubline/query/audit/audittest"
	"github.com/scrubline/scrubline/query/identity"
	"github.com/scrubline/scrubline/query/querytest"
)

// BenchmarkWhoAsks measures a request that asks the store nothing: recognising who
// asks, their right, and all that is around it.
func BenchmarkWhoAsks(b *testing.B) {
	tokens := identity.OpenTokens(b.TempDir(), time.Now)
	_, shown, err := tokens.Create(identity.Token{Name: "b", Role: identity.Analyst, Scope: identity.Scope{Tenant: querytest.Tenant}, Expires: time.Now().Add(time.Hour)})
	if err != nil {
		b.Fatal(err)
	}
	s, err := api.New(api.Options{Token: token, Registry: prometheus.NewRegistry(), Log: zerolog.Nop(), Audit: &audittest.Log{}, Service: query.New(nil, query.Options{Tenant: querytest.Tenant}), Access: api.Access{Tokens: tokens}})
	if err != nil {
		b.Fatal(err)
	}
	request := func(path string) *http.Request {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Host, r.RemoteAddr = "127.0.0.1", "127.0.0.1:1"
		return r
	}
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, request("/"+s.LoginURL("x")[len("http://x/"):]))
	cookies := w.Result().Cookies()
	if len(cookies) != 1 {
		b.Fatal(w.Code)
	}
	for name, who := range map[string]func(*http.Request){
		"nobody": func(*http.Request) {}, "local": func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) },
		"token": func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+shown) }, "session": func(r *http.Request) { r.AddCookie(cookies[0]) },
	} {
		b.Run(name, func(b *testing.B) {
			path := "/v1/whoami"
			if name == "nobody" {
				path = "/livez"
			}
			for b.Loop() {
				r := request(path)
				who(r)
				w := httptest.NewRecorder()
				if s.Handler().ServeHTTP(w, r); w.Code != http.StatusOK {
					b.Fatal(w.Code)
				}
			}
		})
	}
}
