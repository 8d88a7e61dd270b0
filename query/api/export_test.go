package api

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/scrubline/scrubline/query/audit/audittest"
	"github.com/scrubline/scrubline/query/identity"
)

// Routes lists what a server serves, as "GET /path", with its parameters.
func Routes() map[string][]string {
	s, err := New(Options{Token: "0123456789abcdef", Registry: prometheus.NewRegistry(), Audit: &audittest.Log{}})
	if err != nil {
		panic(err)
	}
	out := map[string][]string{}
	for _, r := range s.routes {
		method := r.method
		if method == "" {
			method = "GET"
		}
		out[method+" "+r.path] = r.params
	}
	return out
}

// LogIn logs a browser in as p, as if it came back from the identity provider, and
// returns its cookie.
func (s *Server) LogIn(p identity.Principal) string {
	return "scrubline_session=" + s.auth.sessions.Start(p, identity.Lifetimes{Idle: time.Hour, Absolute: time.Hour}, "")
}
