package api

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"unicode"

	"github.com/scrubline/scrubline/query/identity"
	"github.com/scrubline/scrubline/query/web"
)

// toProvider serves GET /login: it sends a browser to the identity provider.
func (s *Server) toProvider(w http.ResponseWriter, r *http.Request) {
	p := s.auth.access.Provider
	if p == nil {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	to, secret, err := p.Begin(r.Context(), ownPage(r.URL.Query().Get("next")))
	if err != nil {
		s.opt.Log.Error().Str("request", requestID(r)).Err(err).Msg("beginning a login")
		s.signIn(w, r, http.StatusServiceUnavailable, "The identity provider does not answer. Try again in a moment.")
		return
	}
	http.SetCookie(w, s.loginCookie(r, secret, int(loginTime.Seconds())))
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// fromProvider serves GET /login/callback: the browser comes back.
func (s *Server) fromProvider(w http.ResponseWriter, r *http.Request) {
	p := s.auth.access.Provider
	if p == nil {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	list := r.CookiesNamed(s.loginCookie(r, "", 0).Name)
	http.SetCookie(w, s.loginCookie(r, "", -1))
	if len(list) != 1 || s.auth.failures.Blocked(r.RemoteAddr) {
		s.loginFailed(w, r, identity.Principal{Via: identity.ViaOIDC}, identity.ErrNotBegun, "This browser began no login here, or long ago. Try again.")
		return
	}
	who, next, err := p.Finish(r.Context(), list[0].Value, r.URL.Query())
	switch {
	case errors.Is(err, identity.ErrNoGrant):
		s.loginFailed(w, r, who, err, "You are known, but none of your groups may use this server.")
	case err != nil:
		s.loginFailed(w, r, identity.Principal{Via: identity.ViaOIDC}, err, "The login did not succeed. Try again.")
	default:
		s.startSession(w, r, who, next)
	}
}

// ownPage is a path of the page, with its query: where a browser may be sent after a
// login. Whatever else it is given, that is the start page.
func ownPage(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" || u.Path != "/" || u.Query().Has("token") ||
		strings.ContainsFunc(next, unicode.IsControl) {
		return "/"
	}
	return (&url.URL{Path: "/", RawQuery: u.RawQuery}).String()
}

// signIn shows the sign-in page, from where the browser goes on to what it asked for.
func (s *Server) signIn(w http.ResponseWriter, r *http.Request, code int, message string) {
	o := web.SignInOptions{Message: message}
	if p := s.auth.access.Provider; p != nil {
		o.Provider = p.Name()
		if r.URL.Path == "/" {
			o.Next = ownPage(r.URL.RequestURI())
		}
	}
	web.SignIn(w, code, o)
}
