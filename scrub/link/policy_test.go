package link

import (
	"net/netip"
	"testing"

	"pgregory.net/rapid"
)

func TestExempts(t *testing.T) {
	p := Default()
	f := func(addr string, want bool) {
		t.Helper()
		a, _ := netip.ParseAddr(addr) // the zero Addr for what is none
		j := NewJudge(p, nil)
		if p.Exempts(a) != want || j.Linked(a, noon, true, false) == want || j.Linked(a, noon, false, false) {
			t.Errorf("%s: exempt %t", addr, p.Exempts(a))
		}
	}
	for _, public := range []string{
		"198.51.100.7", "203.0.113.9", "192.0.2.1", "8.8.8.8", "172.15.255.255", "172.32.0.0", "11.0.0.0", "100.63.255.255", "100.128.0.0", "0.0.0.1",
		"2001:db8::1", "2a00::1", "::ffff:198.51.100.7", "64:ff9b::c633:6407", "2002:c633:6407::1", "::198.51.100.7", "not an address",
	} {
		f(public, false)
	}
	for _, exempt := range []string{
		"10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "127.0.0.1", "169.254.169.254", "0.0.0.0",
		"::", "::1", "fe80::1%eth0", "fd00::1", "::ffff:10.1.2.3",
	} {
		f(exempt, true)
	}
}

func TestModes(t *testing.T) {
	f := func(m Mode, session, user, patient, want bool) {
		t.Helper()
		j := NewJudge(Policy{Mode: m}, nil)
		if got := j.Joint(session, user, patient); got != want {
			t.Errorf("%v, session %v, user %v, patient %v: %t", m, session, user, patient, got)
		}
	}
	f(Strict, true, false, false, true)
	f(Strict, false, true, false, true)
	f(Strict, false, false, true, true)
	f(Strict, false, false, false, false)
	f(AuthenticatedOnly, true, false, false, false)
	f(AuthenticatedOnly, false, true, false, true)
	f(AuthenticatedOnly, true, false, true, true)
	f(Off, true, true, true, false)
	if !NewJudge(Policy{}, nil).Linked(netip.MustParseAddr("10.0.0.1"), noon, true, false) {
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
		{Across: 3},
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
