package link

import (
	"math"
	"net/netip"
	"time"
)

// Judge decides about the addresses of one goroutine's records, by a policy and
// by what a window knows. Its methods do not allocate, but for what is noted.
type Judge struct {
	policy Policy
	v4     [256]byte // what is exempt of the IPv4 addresses that start with a byte
	window *Window   // nil: records stand alone

	// The day asked about last: records come in about their order.
	last     *day // nil if nothing was noted on it
	from, to int64
	made     int64

	reached []*day // by the note before
	digits  []byte // of the trace id in hand

	awaiting []await // not handed over yet
}

const (
	noneExempt = iota
	someExempt
	allExempt
)

// NewJudge returns a judge. w may be nil: then only what stands in a record
// counts. The policy's modes that link nothing leave the window alone.
func NewJudge(p Policy, w *Window) *Judge {
	j := &Judge{policy: p}
	if w != nil && p.Mode != Off && p.Across != Nowhere {
		j.window = w
	}
	for i := range j.v4 {
		lo, hi := netip.AddrFrom4([4]byte{byte(i)}), netip.AddrFrom4([4]byte{byte(i), 255, 255, 255})
		for _, e := range p.Exempt {
			switch {
			case !e.Addr().Is4():
			case e.Contains(lo) && e.Contains(hi):
				j.v4[i] = allExempt
			case e.Overlaps(netip.PrefixFrom(lo, 8)) && j.v4[i] != allExempt:
				j.v4[i] = someExempt
			}
		}
	}
	return j
}

// Notes tells whether anything can be noted.
func (j *Judge) Notes() bool { return j.window != nil }

// Joint tells whether identities of these kinds make the addresses beside them
// linked.
func (j *Judge) Joint(hasSession, hasUser, hasPatient bool) bool {
	return j.policy.Links(hasSession, hasUser, hasPatient)
}

// Linked tells whether an address in a record of the time ms is linked. joint
// says that an identity stands beside it; then it is also noted. flow says that
// the record is one of a flow log. An invalid addr stands for one that could not
// be parsed: it counts as linked wherever one may be.
func (j *Judge) Linked(addr netip.Addr, ms int64, joint, flow bool) bool {
	if joint {
		if j.exempts(addr) {
			return false
		}
		if j.window != nil && addr.IsValid() {
			j.note(addr, ms)
		}
		return true
	}
	if j.window == nil || j.policy.Across == InFlows && !flow {
		return false
	}
	if j.window.oneDay {
		ms = 0
	}
	if ms < j.from || ms >= j.to || j.made != j.window.made.Load() {
		j.turn(ms)
	}
	if j.last == nil || j.exempts(addr) {
		return false
	}
	return !addr.IsValid() || j.window.resident(j.last).has(household(addr))
}

// turn turns to the day that ms is in.
func (j *Judge) turn(ms int64) {
	w, n := j.window, dayOf(ms)
	j.made = w.made.Load()
	if j.last = w.find(n); j.last == nil && n <= w.lostTo {
		j.last = w.make(n)
	}
	const length = int64(dayLength / time.Millisecond)
	j.from, j.to = n*length, (n+1)*length
	switch n { // the days that stand for all before or after
	case firstDay:
		j.from = math.MinInt64
	case lastDay:
		j.to = math.MaxInt64
	}
}

func (j *Judge) note(addr netip.Addr, ms int64) { j.noteHousehold(household(addr), ms) }

func (j *Judge) noteHousehold(h uint64, ms int64) {
	w := j.window
	first, last := dayOf(0), dayOf(0)
	if !w.oneDay {
		ms = min(max(ms, firstDay*dayLength.Milliseconds()), lastDay*dayLength.Milliseconds())
		first, last = dayOf(ms-w.reach), dayOf(ms+w.reach)
	}
	if len(j.reached) == 0 || j.reached[0].number != first || int64(len(j.reached)) != last-first+1 {
		j.reached = j.reached[:0]
		for n := first; n <= last; n++ {
			j.reached = append(j.reached, w.make(n))
		}
	}
	for _, d := range j.reached {
		w.note(d, h)
	}
}

// exempts is Policy.Exempts, quicker for IPv4.
func (j *Judge) exempts(addr netip.Addr) bool {
	if addr.Is4() {
		switch a := addr.As4(); j.v4[a[0]] {
		case noneExempt:
			return false
		case allExempt:
			return true
		}
	}
	return j.policy.Exempts(addr)
}
