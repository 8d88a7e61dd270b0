package identity

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// How many logins may fail, and how soon another may.
const (
	loginBurst   = 10
	loginEvery   = 6 * time.Second
	maxAddresses = 4096
)

// Limiter bounds how often logins from one place may fail. A place is an IPv4
// address or an IPv6 network of /64, which one machine has at the least. Its methods
// may be called from many goroutines.
type Limiter struct {
	now func() time.Time

	mu     sync.Mutex
	places map[netip.Prefix]*rate.Limiter
}

// NewLimiter returns a limiter that lives by a clock.
func NewLimiter(now func() time.Time) *Limiter {
	return &Limiter{now: now, places: map[netip.Prefix]*rate.Limiter{}}
}

// place is where an address of a connection (host:port) belongs.
func place(remote string) netip.Prefix {
	ap, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Prefix{} // those without an address share one place
	}
	a := ap.Addr().Unmap().WithZone("")
	bits := 64
	if a.Is4() {
		bits = 32
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}

// Blocked reports whether too many logins from there have failed lately.
func (l *Limiter) Blocked(remote string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.places[place(remote)]
	return r != nil && r.TokensAt(l.now()) < 1
}

// Failed counts a login from there that failed.
func (l *Limiter) Failed(remote string) {
	p, now := place(remote), l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.places[p]
	if r == nil {
		l.makeRoom(now)
		r = rate.NewLimiter(rate.Every(loginEvery), loginBurst)
		l.places[p] = r
	}
	r.AllowN(now, 1)
}

// makeRoom forgets places that are not limited any more, or all if none is.
func (l *Limiter) makeRoom(now time.Time) {
	if len(l.places) < maxAddresses {
		return
	}
	for p, r := range l.places {
		if r.TokensAt(now) >= loginBurst {
			delete(l.places, p)
		}
	}
	if len(l.places) >= maxAddresses {
		clear(l.places)
	}
}
