package api

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

const (
	cookieName  = "scrubline_session"
	sessionTime = 12 * time.Hour
	maxSessions = 64 // of browsers; the oldest goes
	maxLinks    = 16 // login links not used yet
)

// auth knows who may ask: holders of the bearer token, and browsers that came
// through a login link. It keeps hashes, so nothing it holds opens a door.
type auth struct {
	token [32]byte
	now   func() time.Time

	mu       sync.Mutex
	links    [][32]byte
	sessions []session
}

type session struct {
	hash [32]byte
	ends time.Time
}

func newAuth(token string, now func() time.Time) *auth {
	return &auth{token: sha256.Sum256([]byte(token)), now: now}
}

func randomSecret() string {
	var b [24]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// equal compares in constant time.
func equal(a, b [32]byte) bool { return subtle.ConstantTimeCompare(a[:], b[:]) == 1 }

func (a *auth) isToken(s string) bool { return equal(sha256.Sum256([]byte(s)), a.token) }

// newLink returns a secret that logs one browser in, once.
func (a *auth) newLink() string {
	secret := randomSecret()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.links = append(a.links, sha256.Sum256([]byte(secret)))
	if len(a.links) > maxLinks {
		a.links = a.links[1:]
	}
	return secret
}

// useLink spends a link's secret.
func (a *auth) useLink(secret string) bool {
	h := sha256.Sum256([]byte(secret))
	a.mu.Lock()
	defer a.mu.Unlock()
	for i, link := range a.links {
		if equal(h, link) {
			a.links = append(a.links[:i], a.links[i+1:]...)
			return true
		}
	}
	return false
}

// newSession returns the secret of a new browser session.
func (a *auth) newSession() string {
	secret := randomSecret()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sessions = append(a.sessions, session{sha256.Sum256([]byte(secret)), a.now().Add(sessionTime)})
	if len(a.sessions) > maxSessions {
		a.sessions = a.sessions[1:]
	}
	return secret
}

func (a *auth) isSession(secret string) bool {
	h := sha256.Sum256([]byte(secret))
	now := a.now()
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, s := range a.sessions {
		if equal(h, s.hash) && now.Before(s.ends) {
			return true
		}
	}
	return false
}

func (a *auth) endSession(secret string) {
	h := sha256.Sum256([]byte(secret))
	a.mu.Lock()
	defer a.mu.Unlock()
	for i, s := range a.sessions {
		if equal(h, s.hash) {
			a.sessions = append(a.sessions[:i], a.sessions[i+1:]...)
			return
		}
	}
}

// who says who asks: token, page, or "" for nobody known.
func (a *auth) who(r *http.Request) string {
	if h := r.Header.Get("Authorization"); h != "" {
		scheme, token, _ := strings.Cut(h, " ")
		if strings.EqualFold(scheme, "Bearer") && a.isToken(strings.TrimSpace(token)) {
			return "token"
		}
		return ""
	}
	c, err := r.Cookie(cookieName)
	if err != nil || !a.isSession(c.Value) {
		return ""
	}
	// Cookies know no ports: a page on another port of this machine sends ours
	// along. Only our own page may use it.
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		return ""
	}
	return "page"
}

// LoginURL returns a link that logs one browser in, once. addr is the
// listener's address.
func (s *Server) LoginURL(addr string) string {
	u := url.URL{Scheme: "http", Host: addr, Path: "/", RawQuery: url.Values{"token": {s.auth.newLink()}}.Encode()}
	return u.String()
}

// authenticated lets known askers through.
func (s *Server) authenticated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who := s.auth.who(r)
		if who == "" {
			w.Header().Set("WWW-Authenticate", `Bearer realm="scrubline"`)
			writeProblem(w, r, problem{Status: http.StatusUnauthorized, Kind: "unauthorized",
				Detail: "send Authorization: Bearer and the token this server was started with"})
			return
		}
		next.ServeHTTP(w, r.WithContext(withWho(r.Context(), who)))
	})
}
