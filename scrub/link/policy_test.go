package link

import (
	"net/netip"
	"testing"

	"pgregory.net/rapid"
)

func TestDecide(t *testing.T) {
	p := Default()
	f := func(addr string, want Decision) {
		t.Helper()
		a, _ := netip.ParseAddr(addr) // the zero Addr for what is none
		if got := p.Decide(true, false, false, a); got != want {
			t.Errorf("%s: got %d, want %d", addr, got, want)
		}
		if got := p.Decide(false, false, false, a); got != Apart {
			t.Errorf("%s without an identity: got %d", addr, got)
		}
	}
	for _, public := range []string{
		"198.51.100.7", "203.0.113.9", "192.0.2.1", "8.8.8.8", "172.15.255.255", "172.32.0.0", "11.0.0.0", "100.63.255.255", "100.128.0.0", "0.0.0.1",
		"2001:db8::1", "2a00::1", "::ffff:198.51.100.7", "64:ff9b::c633:6407", "2002:c633:6407::1", "::198.51.100.7", "not an address",
	} {
		f(public, TokenAddress)
	}
	for _, exempt := range []string{
		"10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "127.0.0.1", "169.254.169.254", "0.0.0.0",
		"::", "::1", "fe80::1%eth0", "fd00::1", "::ffff:10.1.2.3",
	} {
		f(exempt, Apart)
	}
}

func TestModes(t *testing.T) {
	public := netip.MustParseAddr("198.51.100.7")
	f := func(m Mode, session, user, patient bool, want Decision) {
		t.Helper()
		p := Policy{Mode: m}
		if got := p.Decide(session, user, patient, public); got != want {
			t.Errorf("%v, session %v, user %v, patient %v: got %d, want %d", m, session, user, patient, got, want)
		}
	}
	f(Strict, true, false, false, TokenAddress)
	f(Strict, false, true, false, TokenAddress)
	f(Strict, false, false, true, TokenAddress)
	f(Strict, false, false, false, Apart)
	f(AuthenticatedOnly, true, false, false, Apart)
	f(AuthenticatedOnly, false, true, false, TokenAddress)
	f(AuthenticatedOnly, true, false, true, TokenAddress)
	f(Off, true, true, true, Apart)
	var zero Policy
	if zero.Decide(true, false, false, netip.MustParseAddr("10.0.0.1")) != TokenAddress {
		t.Error("the zero policy is not the strictest")
	}
	for m := Strict; m <= Off; m++ {
		var back Mode
		if text, _ := m.MarshalText(); back.UnmarshalText(text) != nil || back != m {
			t.Errorf("%v does not read itself", m)
		}
	}
	if err := new(Mode).UnmarshalText([]byte("Strict")); err == nil {
		t.Error("an unknown mode was read")
	}
}

func TestValidate(t *testing.T) {
	if err := Default().Validate(); err != nil {
		t.Error(err)
	}
	for _, bad := range []Policy{
		{Mode: 3},
		{Exempt: []netip.Prefix{{}}},
		{Exempt: []netip.Prefix{netip.MustParsePrefix("10.0.0.1/8")}},
		{Exempt: []netip.Prefix{netip.MustParsePrefix("::ffff:10.0.0.0/104")}},
		{Exempt: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}},
		{Exempt: []netip.Prefix{netip.MustParsePrefix("::/0")}},
	} {
		if bad.Validate() == nil {
			t.Errorf("%+v is valid", bad)
		}
	}
}

func TestPrefix(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		if got := Prefix(netip.MustParseAddr(in)); got.String() != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
	f("198.51.100.7", "198.51.100.0")
	f("::ffff:198.51.100.7", "198.51.100.0")
	f("2001:db8:1:2:3:4:5:6", "2001:db8:1::")
	f("fe80::1%eth0", "fe80::")
	f("2002:c633:6407::1", "2002:c633:6400::")
	f("64:ff9b::c633:6407", "64:ff9b::")
	f("::198.51.100.7", "::")
	if Prefix(netip.Addr{}).IsValid() {
		t.Error("the prefix of no address is one")
	}
}

// Addresses that differ only in what a prefix must hide have the same prefix.
func TestPrefixHidesTheRest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := [16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "address"))
		b := a
		copy(b[6:], rapid.SliceOfN(rapid.Byte(), 10, 10).Draw(t, "rest"))
		if pa, pb := Prefix(netip.AddrFrom16(a)), Prefix(netip.AddrFrom16(b)); a[0]|a[1]|a[2]|a[3]|a[4]|a[5] != 0 && pa != pb {
			t.Fatalf("%v and %v", pa, pb)
		}
		v4, w4 := [4]byte(a[:4]), [4]byte(a[:4])
		w4[3] = b[15]
		if Prefix(netip.AddrFrom4(v4)) != Prefix(netip.AddrFrom4(w4)) {
			t.Fatalf("%v and %v", v4, w4)
		}
		if p := Prefix(netip.AddrFrom16(a)); Prefix(p) != p {
			t.Fatalf("the prefix of %v is %v", p, Prefix(p))
		}
	})
}
