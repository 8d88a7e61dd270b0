package identity

import (
	"sync"
	"time"
)

// Lifetimes of a browser's session.
type Lifetimes struct {
	Idle     time.Duration // without a request
	Absolute time.Duration // since the login
}

// Most sessions that are kept. Somebody who logs in again and again ends their own.
const (
	maxSessions = 10_000
	maxOfOne    = 32
)

// Sessions are the browsers that are logged in. They are in memory and know hashes
// only: whoever reads them can be nobody, and a restart logs everybody out. Its
// methods may be called from many goroutines.
type Sessions struct {
	now func() time.Time

	mu     sync.Mutex
	byHash map[Hash]*session
}

type session struct {
	principal Principal
	life      Lifetimes
	began     time.Time
	used      time.Time
	reasonEnd time.Time
}

// NewSessions returns sessions that live by a clock.
func NewSessions(now func() time.Time) *Sessions {
	return &Sessions{now: now, byHash: map[Hash]*session{}}
}

// Start logs a browser in and returns the secret that its cookie carries. The one
// it came with, if any, is no session any more.
func (s *Sessions) Start(p Principal, life Lifetimes, before string) string {
	secret, now := NewSecret(), s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byHash, HashOf(before))
	s.makeRoom(p.Subject)
	s.byHash[HashOf(secret)] = &session{principal: p, life: life, began: now, used: now}
	return secret
}

// makeRoom ends what is over, and the sessions that were not used for longest.
func (s *Sessions) makeRoom(subject string) {
	var oldest, own Hash
	n, mine := 0, 0
	now := s.now()
	for h, each := range s.byHash {
		if each.over(now) {
			delete(s.byHash, h)
			continue
		}
		if n++; n == 1 || each.used.Before(s.byHash[oldest].used) {
			oldest = h
		}
		if each.principal.Subject != subject {
			continue
		}
		if mine++; mine == 1 || each.used.Before(s.byHash[own].used) {
			own = h
		}
	}
	switch {
	case mine >= maxOfOne:
		delete(s.byHash, own)
	case n >= maxSessions:
		delete(s.byHash, oldest)
	}
}

func (s *session) ends() time.Time { return s.began.Add(s.life.Absolute) }

func (s *session) over(now time.Time) bool {
	return !now.Before(s.ends()) || !now.Before(s.used.Add(s.life.Idle))
}

// Find returns who is logged in with a secret. It counts as use.
func (s *Sessions) Find(secret string) (Principal, bool) {
	h, now := HashOf(secret), s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	each := s.byHash[h]
	if each == nil {
		return Principal{}, false
	}
	if each.over(now) {
		delete(s.byHash, h)
		return Principal{}, false
	}
	each.used = now
	p := each.principal
	if end := each.ends(); p.Expires.IsZero() || end.Before(p.Expires) {
		p.Expires = end
	}
	if !each.reasonEnd.IsZero() && !now.Before(each.reasonEnd) {
		p.Reason = ""
	}
	return p, true
}

// Say notes why whoever is logged in asks, for a time. It reports false if nobody is.
func (s *Sessions) Say(secret, reason string, how time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	each := s.byHash[HashOf(secret)]
	if each == nil || each.over(s.now()) {
		return false
	}
	each.principal.Reason, each.reasonEnd = reason, s.now().Add(how)
	return true
}

// End logs a browser out.
func (s *Sessions) End(secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byHash, HashOf(secret))
}
