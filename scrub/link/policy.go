// Package link keeps a person of the public and their network address apart.
//
// A session user together with the client address of the same request is
// considered PHI in some situations (AWS's HIPAA guidance on ELB logs): either
// side alone may stay, the pair may not. The identity of a session, user or
// patient is a token wherever it stands; this package decides when the address
// must become one, too: a token plus its network prefix, so that analysts can
// still group by network. docs/linking.md says what that promises.
//
// Words: an identity is a session, a user of the public or a patient. An address
// is linked in a record when an identity stands in the same record, or stood
// beside it in another at about the same time, or in another of the same request
// (its trace id). A note is the knowledge of the
// latter: this address, on this day. A Window keeps notes; a Judge decides by a
// Policy and a Window.
//
// # Order
//
// What becomes of a record must not depend on when it is read: a run that was
// killed and is repeated must make the same rows. So a Window only learns, its
// notes are on disk before any row that follows from them, and the pipeline reads
// what it was given twice: first for the notes in it, then for the rows.
package link

import (
	"errors"
	"fmt"
	"net/netip"
)

// Mode says which identities make an address linked. The zero Mode is the
// strictest.
type Mode uint8

const (
	Strict            Mode = iota // a session, a user or a patient
	AuthenticatedOnly             // a user or a patient; an anonymous session does not
	Off                           // none: for sources whose identities are all workforce
)

var modeNames = [...]string{"strict", "authenticated_only", "off"}

func (m Mode) String() string {
	if int(m) >= len(modeNames) {
		return "invalid"
	}
	return modeNames[m]
}

// MarshalText writes the name used in the policy file.
func (m Mode) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads the names used in the policy file.
func (m *Mode) UnmarshalText(b []byte) error {
	for i, n := range modeNames {
		if n == string(b) {
			*m = Mode(i)
			return nil
		}
	}
	return fmt.Errorf("unknown link mode (want one of %v)", modeNames)
}

// Across says in which records an address is linked by what stands in others. The
// zero Across is the strictest.
type Across uint8

const (
	Everywhere Across = iota
	InFlows           // in records of flow logs, which name nobody themselves
	Nowhere           // in none: records stand alone
)

// Policy decides about addresses. It is a value that nothing changes while it
// is in use; any number of goroutines may ask it. The zero Policy is Strict and
// exempts nothing.
type Policy struct {
	Mode   Mode
	Across Across
	// Exempt are networks whose addresses identify nobody of the public. An
	// IPv4-mapped address is compared as IPv4.
	Exempt []netip.Prefix
}

// Default returns the policy for sources that face the public.
func Default() Policy { return Policy{Mode: Strict, Exempt: DefaultExempt()} }

// DefaultExempt lists the networks that are no client's address on the
// internet: private, loopback, link-local, unspecified and carrier-grade NAT.
// Documentation networks count as public. AWS's own networks are not listed:
// customers rent them, so an address there can be a person's virtual desktop.
func DefaultExempt() []netip.Prefix {
	p := netip.MustParsePrefix
	return []netip.Prefix{
		p("10.0.0.0/8"), p("172.16.0.0/12"), p("192.168.0.0/16"), p("100.64.0.0/10"), p("127.0.0.0/8"), p("169.254.0.0/16"), p("0.0.0.0/32"),
		p("fc00::/7"), p("fe80::/10"), p("::1/128"), p("::/128"),
	}
}

// Validate names what can't be meant.
func (p Policy) Validate() error {
	if int(p.Mode) >= len(modeNames) || p.Across > Nowhere {
		return errors.New("link policy: unknown mode")
	}
	for _, e := range p.Exempt {
		if !e.IsValid() || e.Masked() != e {
			return fmt.Errorf("link policy: %s is not a network", e)
		}
		if e.Addr().Is4In6() {
			return fmt.Errorf("link policy: write %s as an IPv4 network", e)
		}
		if e.Bits() == 0 {
			return fmt.Errorf("link policy: %s exempts every address; use mode off", e)
		}
	}
	return nil
}

// Exempts tells whether addr identifies nobody of the public. What is not a
// valid address is not exempt.
func (p *Policy) Exempts(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	for i := range p.Exempt {
		if p.Exempt[i].Contains(addr) {
			return true
		}
	}
	return false
}

// Links tells whether identities of these kinds make an address beside them
// linked.
func (p *Policy) Links(hasSession, hasUser, hasPatient bool) bool {
	switch p.Mode {
	case Strict:
		return hasSession || hasUser || hasPatient
	case AuthenticatedOnly:
		return hasUser || hasPatient
	}
	return false
}

// Prefix returns what stays of a linked address: the /24 of IPv4, the /48 of
// IPv6, the rest zero. A 6to4 address has a whole IPv4 address in its first 48
// bits: it keeps the /24 of that. An invalid address gives an invalid one.
func Prefix(addr netip.Addr) netip.Addr {
	addr = addr.Unmap().WithZone("")
	bits := 48
	switch {
	case addr.Is4():
		bits = 24
	case sixToFour.Contains(addr):
		bits = 16 + 24
	}
	p, err := addr.Prefix(bits)
	if err != nil {
		return netip.Addr{}
	}
	return p.Addr()
}

var sixToFour = netip.MustParsePrefix("2002::/16")
