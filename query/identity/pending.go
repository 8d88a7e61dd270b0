package identity

import (
	"sync"
	"time"
)

const (
	pendingTime = 10 * time.Minute // to log in at the provider
	maxPending  = 10_000
)

// login is a browser on its way to the provider and back.
type login struct {
	state, nonce, verifier, next string
	ends                         time.Time
}

// pending are logins that have begun, by the hash of what the browser was given: only
// that browser can end one, and only once.
type pending struct {
	now func() time.Time

	mu     sync.Mutex
	logins map[Hash]login
}

func newPending(now func() time.Time) *pending {
	return &pending{now: now, logins: map[Hash]login{}}
}

// begin keeps a login and returns the secret for the browser.
func (p *pending) begin(l login) string {
	secret, now := NewSecret(), p.now()
	l.ends = now.Add(pendingTime)
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.logins) >= maxPending {
		p.makeRoom(now)
	}
	p.logins[HashOf(secret)] = l
	return secret
}

// makeRoom forgets logins that took too long, or the oldest.
func (p *pending) makeRoom(now time.Time) {
	var oldest Hash
	first := time.Time{}
	for h, l := range p.logins {
		if !now.Before(l.ends) {
			delete(p.logins, h)
		} else if first.IsZero() || l.ends.Before(first) {
			oldest, first = h, l.ends
		}
	}
	if len(p.logins) >= maxPending {
		delete(p.logins, oldest)
	}
}

// take ends the wait for a browser. ok is false if it waits for none.
func (p *pending) take(secret string) (l login, ok bool) {
	h := HashOf(secret)
	p.mu.Lock()
	defer p.mu.Unlock()
	l, ok = p.logins[h]
	delete(p.logins, h)
	return l, ok && p.now().Before(l.ends)
}
