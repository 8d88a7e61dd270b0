package api

import (
	"net/http"
	"strings"

	"github.com/scrubline/scrubline/query/audit"
	"github.com/scrubline/scrubline/query/identity"
)

// home serves the page to browsers that are logged in.
func (s *Server) home(page http.Handler) (http.Handler, error) {
	guarded, err := s.guarded("GET /{$}", page, func(w http.ResponseWriter, r *http.Request, err error) {
		if forbids(err) {
			s.signIn(w, r, http.StatusForbidden, "You are known, but may not see this page.")
			return
		}
		s.signIn(w, r, http.StatusUnauthorized, "")
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if secret := r.URL.Query().Get("token"); secret != "" {
			s.useLink(w, r, secret)
			return
		}
		guarded.ServeHTTP(w, r)
	}), err
}

// useLink logs in a browser that brings the secret of a link.
func (s *Server) useLink(w http.ResponseWriter, r *http.Request, secret string) {
	local := identity.Local(s.auth.tenant)
	switch {
	case strings.Contains(r.Header.Get("Sec-Purpose"), "prefetch"):
		w.WriteHeader(http.StatusServiceUnavailable) // a browser that loads ahead must not spend the link
	case !near(r):
		s.loginFailed(w, r, local, errAfar, "Login links are for browsers of the server's own machine.")
	case s.auth.failures.Blocked(r.RemoteAddr):
		s.loginFailed(w, r, local, errTooOften, tooOften)
	case !s.auth.useLink(secret):
		s.loginFailed(w, r, local, identity.ErrNobody, "This login link was used before or is not from this server.")
	default:
		s.startSession(w, r, local, "/")
	}
}

// login takes a token from the sign-in form: the local one, or a service token.
func (s *Server) login(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4096)
	if s.auth.failures.Blocked(r.RemoteAddr) {
		s.loginFailed(w, r, identity.Principal{Via: identity.ViaToken}, errTooOften, tooOften)
		return
	}
	if err := r.ParseForm(); err != nil {
		s.loginFailed(w, r, identity.Principal{Via: identity.ViaToken}, identity.ErrNoToken, notToken)
		return
	}
	p, err := s.auth.bearer(r, strings.TrimSpace(r.PostForm.Get("token")))
	if err != nil {
		s.loginFailed(w, r, identity.Principal{Via: identity.ViaToken}, err, notToken)
		return
	}
	s.startSession(w, r, p, "/")
}

const (
	tooOften = "Too many logins from there failed. Wait a minute."
	notToken = "That is no token of this server, or it may not be used from there."
)

// loginFailed notes a login that failed, and by what way, and shows the sign-in page.
func (s *Server) loginFailed(w http.ResponseWriter, r *http.Request, p identity.Principal, why error, message string) {
	s.auth.failures.Failed(r.RemoteAddr)
	s.opt.Log.Warn().Str("audit", "login").Str("request", requestID(r)).Str("who", p.Subject).Str("via", string(p.Via)).Str("from", r.RemoteAddr).
		Str("outcome", "refused").Str("why", why.Error()).Msg("login refused")
	s.note(r, identity.Principal{Name: p.Name, Via: p.Via}, audit.Login, "refused")
	s.signIn(w, r, http.StatusUnauthorized, message)
}

// startSession logs a browser in as p and sends it to next. A session it had ends;
// it gets a new secret whatever it came with.
func (s *Server) startSession(w http.ResponseWriter, r *http.Request, p identity.Principal, next string) {
	life := s.auth.access.Session
	if p.Via == identity.ViaLocal {
		life = identity.Lifetimes{Idle: localTime, Absolute: localTime}
	}
	e := entryOf(r.WithContext(identity.With(r.Context(), p)))
	e.Action, e.Status = audit.Login, http.StatusSeeOther
	if s.record(e) != nil {
		s.signIn(w, r, http.StatusServiceUnavailable, "Logins cannot be put on record now. Try again in a moment.")
		return
	}
	before, _ := s.auth.cookie(r)
	http.SetCookie(w, s.auth.sessionCookie(r, p, s.auth.sessions.Start(p, life, before), int(life.Absolute.Seconds())))
	s.opt.Log.Info().Str("audit", "login").Str("request", requestID(r)).Str("who", p.Subject).Str("role", string(p.Role)).Str("via", string(p.Via)).
		Str("from", r.RemoteAddr).Str("outcome", "ok").Msg("browser logged in")
	http.Redirect(w, r, next, http.StatusSeeOther)
}

func (s *Server) logout(w http.ResponseWriter, r *http.Request) {
	if secret, ok := s.auth.cookie(r); ok {
		p, _ := s.auth.sessions.Find(secret)
		s.auth.sessions.End(secret)
		s.opt.Log.Info().Str("audit", "logout").Str("request", requestID(r)).Str("who", p.Subject).Str("from", r.RemoteAddr).Msg("browser logged out")
		s.note(r, p, audit.Logout, audit.OK)
	}
	http.SetCookie(w, s.auth.sessionCookie(r, identity.Principal{}, "", -1))
	http.Redirect(w, r, "/", http.StatusSeeOther)
}
