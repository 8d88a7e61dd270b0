package link

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"net/netip"
)

// Judge decides about the addresses of one goroutine's records, by a policy and
// by what a window knows. Its methods do not allocate, but for what is noted.
type Judge struct {
	policy Policy
	v4     [256]byte // what is exempt of the IPv4 addresses that start with a byte
	window *Window   // nil: records stand alone

	block   cipher.Block
	in, out [aes.BlockSize]byte

	last   *day // the day asked about last, nil if nothing was noted on it
	number int64
	made   int64
}

const (
	noneExempt = iota
	someExempt
	allExempt
)

// NewJudge returns a judge. w may be nil: then only what stands in a record
// counts. The policy's modes that link nothing leave the window alone.
func NewJudge(p Policy, w *Window) *Judge {
	j := &Judge{policy: p, number: -1}
	if w != nil && p.Mode != Off && p.Across != Nowhere {
		block, err := aes.NewCipher(w.key)
		if err != nil {
			panic("link: " + err.Error()) // a key of another length than New takes
		}
		j.window, j.block = w, block
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
	n := dayOf(ms)
	if n != j.number || j.made != j.window.made.Load() {
		j.made = j.window.made.Load()
		j.number, j.last = n, j.window.find(n)
	}
	if j.last == nil {
		return n <= j.window.lostTo && !j.exempts(addr)
	}
	if j.exempts(addr) {
		return false
	}
	return !addr.IsValid() || j.window.resident(j.last).has(j.fingerprint(addr))
}

func (j *Judge) note(addr netip.Addr, ms int64) {
	w, f := j.window, j.fingerprint(addr)
	if w.oneDay {
		w.note(w.make(dayOf(0)), f)
		return
	}
	ms = min(max(ms, firstDay*dayLength.Milliseconds()), lastDay*dayLength.Milliseconds())
	for n, last := dayOf(ms-w.reach), dayOf(ms+w.reach); n <= last; n++ {
		w.note(w.make(n), f)
	}
}

// exempts is Policy.Exempts, quicker for IPv4.
func (j *Judge) exempts(addr netip.Addr) bool {
	if addr = addr.Unmap(); addr.Is4() {
		switch j.v4[addr.As4()[0]] {
		case noneExempt:
			return false
		case allExempt:
			return true
		}
	}
	return j.policy.Exempts(addr)
}

// fingerprint is the first half of the address under the window's key, never 0.
func (j *Judge) fingerprint(addr netip.Addr) uint64 {
	j.in = household(addr)
	j.block.Encrypt(j.out[:], j.in[:])
	return max(1, binary.LittleEndian.Uint64(j.out[:]))
}
