package api

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/scrubline/scrubline/query"
	"github.com/scrubline/scrubline/query/audit"
	"github.com/scrubline/scrubline/query/identity"
)

// guarded puts who asks into the request of a route, and lets those through who
// may use it. deny answers the others; nil: with a problem.
func (s *Server) guarded(route string, next http.Handler, deny func(http.ResponseWriter, *http.Request, error)) (http.Handler, error) {
	right, ok := identity.RightTo(route)
	if !ok {
		return nil, fmt.Errorf("api: %s has no right in identity.Rights", route)
	}
	if right.Open() {
		return next, nil
	}
	if deny == nil {
		deny = refuse
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, err := s.auth.recognise(r)
		if err == nil {
			err = right.Allows(p, s.opt.Now())
		}
		if err == nil && p.Scope.Tenant != s.auth.tenant {
			err = query.ErrTenant
		}
		if err == nil {
			next.ServeHTTP(w, r.WithContext(identity.With(r.Context(), p)))
			return
		}
		s.denied(r, route, p, err)
		deny(w, r, err)
	}), nil
}

// errEnded means that a right ended while an answer went on.
var errEnded = errors.New("this access has ended")

// still looks again whether whoever asked may: for answers that go on and on. What
// they see stays what it was when they asked.
func (s *Server) still(r *http.Request) error {
	asked := whoAsks(r)
	right, ok := identity.RightTo(r.Pattern)
	p, err := s.auth.recognise(r)
	if !ok || err != nil || p.Subject != asked.Subject || !p.Scope.Covers(asked.Scope) || right.Allows(p, s.opt.Now()) != nil {
		return errEnded
	}
	return nil
}

// denied notes that somebody was kept from a route.
func (s *Server) denied(r *http.Request, route string, p identity.Principal, err error) {
	s.opt.Log.Warn().Str("audit", "denied").Str("request", requestID(r)).Str("who", p.Subject).Str("role", string(p.Role)).
		Str("from", r.RemoteAddr).Str("route", route).Str("why", err.Error()).Msg("access denied")
	s.note(r, p, audit.Denied, kindOf(err))
}

// kindOf is the kind of problem that being denied for err is.
func kindOf(err error) string {
	switch {
	case errors.Is(err, identity.ErrReason):
		return "reason-needed"
	case errors.Is(err, errCrossOrigin):
		return "cross-origin"
	case errors.Is(err, errNotYours), forbids(err):
		return "forbidden"
	}
	return "unauthorized"
}

// refuse tells whoever asks why not, as far as it is theirs to know.
func refuse(w http.ResponseWriter, r *http.Request, err error) {
	p := problem{Status: http.StatusForbidden, Kind: "forbidden", Detail: err.Error()}
	switch {
	case errors.Is(err, identity.ErrReason):
		p.Kind = "reason-needed"
	case !forbids(err):
		w.Header().Set("WWW-Authenticate", `Bearer realm="scrubline"`)
		p = problem{Status: http.StatusUnauthorized, Kind: "unauthorized",
			Detail: "send Authorization: Bearer and a token of this server that is neither expired nor revoked"}
	}
	writeProblem(w, r, p)
}

// forbids reports whether an error is about what a principal may do, not about who
// it is.
func forbids(err error) bool {
	for _, e := range []error{query.ErrTenant, identity.ErrRole, identity.ErrReadOnly, identity.ErrFields, identity.ErrNarrow, identity.ErrReason} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
