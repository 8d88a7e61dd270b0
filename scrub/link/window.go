package link

import (
	"encoding/binary"
	"hash/maphash"
	"math"
	"net/netip"
	"sync"
	"time"
)

const (
	ways      = 8  // addresses of a set
	lockCount = 64 // a power of two

	// DefaultTTL is how far apart a session and another record of its address
	// may be: a working session, and the delay of flow logs.
	DefaultTTL = 30 * time.Minute
	// DefaultMax addresses take about 4.5 MiB.
	DefaultMax = 1 << 17
)

// Window remembers for one tenant which addresses were seen beside an identity,
// and when; not which identity. Its methods may be called from many goroutines
// and do not allocate.
//
// Times are the records' own. Logs arrive late and out of order (flow logs ten
// minutes behind), so an address is linked TTL before and after each note, and
// between two notes. An IPv6 address stands for its /64: one household, whose
// devices change the rest by themselves.
//
// # Forgetting
//
// Memory is bounded by Max, so notes are forgotten, the oldest of a set of
// eight first. What was forgotten must not read as "never seen": the set keeps
// the span of time that its forgotten notes covered, and says linked for every
// unknown address at a time in that span. So a window that is too small makes
// more tokens than needed and never fewer; and because the oldest go first, a
// window that is large enough only says so about times long gone. The span
// costs 16 bytes a set, and only addresses of that eighth part share its fate.
//
// A new window knows nothing of what came before it: see Lost.
type Window struct {
	ttl   int64 // milliseconds
	seed  maphash.Seed
	mask  uint64
	locks [lockCount]paddedLock
	sets  []set
}

type paddedLock struct {
	sync.Mutex
	_ [56]byte // a cache line each
}

// span is a closed interval of Unix milliseconds; empty if from > to.
type span struct{ from, to int64 }

var empty = span{math.MaxInt64, math.MinInt64}

func (s span) has(at int64) bool { return s.from <= at && at <= s.to }

func (s span) with(o span) span { return span{min(s.from, o.from), max(s.to, o.to)} }

type set struct {
	used int // of keys and seen
	lost span
	keys [ways][16]byte
	seen [ways]span // first and last note
}

// NewWindow returns a window. ttl and max take their defaults when 0 or less;
// max is rounded up so that the number of sets is a power of two.
func NewWindow(ttl time.Duration, max int) *Window {
	if ttl <= 0 {
		ttl = DefaultTTL
	}
	if max <= 0 {
		max = DefaultMax
	}
	n := 1
	for n*ways < max {
		n *= 2
	}
	w := &Window{ttl: ttl.Milliseconds(), seed: maphash.MakeSeed(), mask: uint64(n - 1), sets: make([]set, n)}
	for i := range w.sets {
		w.sets[i].lost = empty
	}
	return w
}

// Note records that addr stood beside an identity at the time when. The caller
// has asked Policy first: exempt addresses are not noted. An invalid address is
// ignored, because Linked calls all of them linked.
func (w *Window) Note(addr netip.Addr, when time.Time) {
	if !addr.IsValid() {
		return
	}
	at, k := when.UnixMilli(), key(addr)
	s, mu := w.lockSet(k)
	defer mu.Unlock()
	for i := range s.used {
		if s.keys[i] == k {
			s.seen[i] = s.seen[i].with(span{at, at})
			return
		}
	}
	i := s.used
	if i < ways {
		s.used++
	} else {
		i = s.oldest()
		s.lost = s.lost.with(w.widen(s.seen[i]))
	}
	s.keys[i], s.seen[i] = k, span{at, at}
}

// Linked tells whether addr stood beside an identity at about the time when,
// or may have: see Window.
func (w *Window) Linked(addr netip.Addr, when time.Time) bool {
	if !addr.IsValid() {
		return true
	}
	at, k := when.UnixMilli(), key(addr)
	s, mu := w.lockSet(k)
	defer mu.Unlock()
	if s.lost.has(at) {
		return true
	}
	for i := range s.used {
		if s.keys[i] == k {
			return w.widen(s.seen[i]).has(at)
		}
	}
	return false
}

// Lost says that notes of the time from first to last may be missing, because
// the process was down or its window is new: in that time and TTL around it
// every address is linked.
func (w *Window) Lost(first, last time.Time) {
	gap := w.widen(span{first.UnixMilli(), last.UnixMilli()})
	for i := range w.locks {
		mu := &w.locks[i].Mutex
		mu.Lock()
		for j := i; j < len(w.sets); j += lockCount {
			w.sets[j].lost = w.sets[j].lost.with(gap)
		}
		mu.Unlock()
	}
}

func (w *Window) lockSet(k [16]byte) (*set, *sync.Mutex) {
	i := maphash.Bytes(w.seed, k[:]) & w.mask
	mu := &w.locks[i%lockCount].Mutex
	mu.Lock()
	return &w.sets[i], mu
}

func (s *set) oldest() int {
	o := 0
	for i := range s.seen {
		if s.seen[i].to < s.seen[o].to {
			o = i
		}
	}
	return o
}

// widen adds TTL on both sides; times near the ends of int64 stay there.
func (w *Window) widen(s span) span {
	if s.from > math.MinInt64+w.ttl {
		s.from -= w.ttl
	}
	if s.to < math.MaxInt64-w.ttl {
		s.to += w.ttl
	}
	return s
}

// key is an IPv4 address in its IPv6 form, or the /64 of an IPv6 address.
func key(addr netip.Addr) [16]byte {
	k := addr.As16()
	if !addr.Unmap().Is4() {
		binary.BigEndian.PutUint64(k[8:], 0)
	}
	return k
}
