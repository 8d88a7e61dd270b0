package api

import (
	"net/http"
	"time"

	"github.com/scrubline/scrubline/query/identity"
)

// loginTime is how long a browser may take at the identity provider.
const loginTime = 10 * time.Minute

// secure reports whether a request came by HTTPS, here or at a proxy before us.
func (a *auth) secure(r *http.Request) bool {
	return r.TLS != nil || a.access.Origin != nil && a.access.Origin.Scheme == "https" && r.Host == a.access.Origin.Host
}

// cookieName is the name of a cookie. With __Host- browsers take it from this host
// alone, by HTTPS alone; plain HTTP on this machine cannot have that.
func (a *auth) cookieName(r *http.Request, what string) string {
	if a.secure(r) {
		return "__Host-scrubline_" + what
	}
	return "scrubline_" + what
}

// cookie returns the secret of the browser's session. Two cookies of the name are none:
// one of them was planted.
func (a *auth) cookie(r *http.Request) (string, bool) {
	list := r.CookiesNamed(a.cookieName(r, "session"))
	if len(list) != 1 {
		return "", false
	}
	return list[0].Value, true
}

// sessionCookie gives the browser a session's secret, or takes it away. Whoever comes
// back from an identity provider comes from elsewhere, which Strict does not allow.
func (a *auth) sessionCookie(r *http.Request, p identity.Principal, secret string, maxAge int) *http.Cookie {
	same := http.SameSiteStrictMode
	if p.Via == identity.ViaOIDC {
		same = http.SameSiteLaxMode
	}
	return &http.Cookie{Name: a.cookieName(r, "session"), Value: secret, Path: "/", MaxAge: maxAge, HttpOnly: true, Secure: a.secure(r), SameSite: same}
}

// loginCookie ties a login that has begun to the browser.
func (s *Server) loginCookie(r *http.Request, secret string, maxAge int) *http.Cookie {
	return &http.Cookie{Name: s.auth.cookieName(r, "login"), Value: secret, Path: "/", MaxAge: maxAge, HttpOnly: true, Secure: s.auth.secure(r), SameSite: http.SameSiteLaxMode}
}
