package api

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/scrubline/scrubline/query/identity"
)

// Access says who besides the holder of this machine may ask, and how browsers
// reach the server. The zero value is nobody, over plain HTTP on this machine.
type Access struct {
	Tokens    *identity.Tokens   // service tokens; nil: none are taken
	Provider  *identity.Provider // where people log in; nil: nowhere
	Origin    *url.URL           // scheme and host that browsers elsewhere use; nil: this machine's only
	Session   identity.Lifetimes // of those who log in
	Workspace time.Duration      // how long the reason that an auditor gives holds
}

// Defaults of Access.
const (
	DefaultIdle      = 30 * time.Minute
	DefaultAbsolute  = 8 * time.Hour
	DefaultWorkspace = 8 * time.Hour
	localTime        = 12 * time.Hour // of a session of this machine's holder, idle or not
	maxLinks         = 16             // login links not used yet
)

func (a Access) withDefaults() Access {
	if a.Session.Idle == 0 {
		a.Session.Idle = DefaultIdle
	}
	if a.Session.Absolute == 0 {
		a.Session.Absolute = DefaultAbsolute
	}
	if a.Workspace == 0 {
		a.Workspace = DefaultWorkspace
	}
	return a
}

// auth recognises who asks: by the local token, a service token, or a browser's
// session. It keeps hashes, so nothing it holds opens a door.
type auth struct {
	access   Access
	local    identity.Hash // of the token in keys/api.token
	tenant   string
	now      func() time.Time
	sessions *identity.Sessions
	failures *identity.Limiter

	mu    sync.Mutex
	links []identity.Hash
}

func newAuth(opt *Options) *auth {
	a := &auth{access: opt.Access.withDefaults(), local: identity.HashOf(opt.Token), now: opt.Now,
		sessions: identity.NewSessions(opt.Now), failures: identity.NewLimiter(opt.Now)}
	if opt.Service != nil {
		a.tenant = opt.Service.Tenant()
	}
	return a
}

// Why somebody was not recognised; told to the log only.
var (
	errTwoWays  = errors.New("an Authorization header that is no bearer token, or several")
	errForeign  = errors.New("the session of another page's request")
	errAfar     = errors.New("the local token or a login link from elsewhere")
	errTooOften = errors.New("too many logins failed")
)

// recognise says who asks.
func (a *auth) recognise(r *http.Request) (identity.Principal, error) {
	if given := r.Header.Get("Authorization"); given != "" {
		scheme, shown, _ := strings.Cut(given, " ")
		if len(r.Header.Values("Authorization")) > 1 || !strings.EqualFold(scheme, "Bearer") {
			return identity.Principal{}, errTwoWays
		}
		return a.bearer(r, strings.TrimSpace(shown))
	}
	c, ok := a.cookie(r)
	if !ok {
		return identity.Principal{}, identity.ErrNobody
	}
	// Cookies know no ports: a page on another port of this machine sends ours
	// along. Only our own page may use it.
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" && !visits(r) {
		return identity.Principal{}, errForeign
	}
	p, ok := a.sessions.Find(c)
	if !ok {
		return identity.Principal{}, identity.ErrNobody
	}
	if p.Via == identity.ViaToken {
		return p, a.access.Tokens.Stands(p)
	}
	return p, nil
}

// bearer says who a token stands for.
func (a *auth) bearer(r *http.Request, shown string) (identity.Principal, error) {
	if a.local.Equal(identity.HashOf(shown)) {
		if !near(r) {
			return identity.Principal{}, errAfar
		}
		return identity.Local(a.tenant), nil
	}
	if a.access.Tokens == nil {
		return identity.Principal{}, identity.ErrNoToken
	}
	return a.access.Tokens.Find(shown)
}

// visits reports whether a browser comes to the page itself, as from a link elsewhere
// or from the identity provider: the page is no data.
func visits(r *http.Request) bool {
	return r.Method == http.MethodGet && r.URL.Path == "/" && r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document"
}

// near reports whether a request comes from this machine, and by no proxy.
func near(r *http.Request) bool {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && from.Addr().Unmap().IsLoopback() && loopback(hostOf(r)) &&
		len(r.Header.Values("Forwarded"))+len(r.Header.Values("X-Forwarded-For")) == 0
}

// hostOf is the host that a request names, without its port.
func hostOf(r *http.Request) string {
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.Trim(host, "[]")
}

// newLink returns a secret that logs one browser in, once.
func (a *auth) newLink() string {
	secret := identity.NewSecret()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.links = append(a.links, identity.HashOf(secret))
	if len(a.links) > maxLinks {
		a.links = a.links[1:]
	}
	return secret
}

// useLink spends a link's secret.
func (a *auth) useLink(secret string) bool {
	h := identity.HashOf(secret)
	a.mu.Lock()
	defer a.mu.Unlock()
	for i, link := range a.links {
		if h.Equal(link) {
			a.links = append(a.links[:i], a.links[i+1:]...)
			return true
		}
	}
	return false
}

// LoginURL returns a link that logs one browser in, once. addr is the
// listener's address.
func (s *Server) LoginURL(addr string) string {
	u := url.URL{Scheme: "http", Host: addr, Path: "/", RawQuery: url.Values{"token": {s.auth.newLink()}}.Encode()}
	return u.String()
}
