package token

import (
	"bytes"
	"net/netip"
)

// AppendAddr appends the canonical form of an address: the value to make an IP
// token of when the address is already parsed.
func AppendAddr(dst []byte, a netip.Addr) []byte { return a.Unmap().WithZone("").AppendTo(dst) }

// ParseAddr reads an IPv4 or IPv6 address, the latter perhaps in brackets or
// with a zone, which is dropped. It takes what net/netip takes, but neither
// allocates nor makes an error that quotes its input.
func ParseAddr(b []byte) (netip.Addr, bool) {
	if n := len(b); n > 2 && b[0] == '[' && b[n-1] == ']' {
		b = b[1 : n-1]
	}
	if bytes.IndexByte(b, ':') < 0 {
		a, ok := parseV4(b)
		return netip.AddrFrom4(a), ok
	}
	if i := bytes.IndexByte(b, '%'); i >= 0 {
		if i == len(b)-1 {
			return netip.Addr{}, false
		}
		b = b[:i]
	}
	a, ok := parseV6(b)
	if !ok {
		return netip.Addr{}, false
	}
	return netip.AddrFrom16(a), true
}

// parseV4 reads four decimal numbers without leading zeros.
func parseV4(b []byte) (a [4]byte, ok bool) {
	i := 0
	for part := range a {
		if part > 0 {
			if i == len(b) || b[i] != '.' {
				return a, false
			}
			i++
		}
		first, v := i, 0
		for i < len(b) && i-first < 3 && isDigit(b[i]) {
			v = v*10 + int(b[i]-'0')
			i++
		}
		if i == first || v > 255 || i-first > 1 && b[first] == '0' {
			return a, false
		}
		a[part] = byte(v)
	}
	return a, i == len(b)
}

// parseV6 reads up to eight groups; one :: stands for at least one zero group,
// and the last two groups may be written as IPv4.
func parseV6(b []byte) (a [16]byte, ok bool) {
	at, gap := 0, -1 // bytes written, where :: stands
	if len(b) >= 2 && b[0] == ':' && b[1] == ':' {
		gap, b = 0, b[2:]
	}
	for len(b) > 0 {
		if at == 16 {
			return a, false
		}
		n, v := 0, 0
		for n < len(b) && n < 4 {
			d, ok := hexDigit(b[n])
			if !ok {
				break
			}
			v, n = v<<4|d, n+1
		}
		if n == 0 {
			return a, false
		}
		if n < len(b) && b[n] == '.' {
			v4, ok := parseV4(b)
			if !ok || at > 12 || gap < 0 && at != 12 {
				return a, false
			}
			at += copy(a[at:], v4[:])
			break
		}
		a[at], a[at+1] = byte(v>>8), byte(v)
		at += 2
		b = b[n:]
		if len(b) == 0 {
			break
		}
		if b[0] != ':' || len(b) == 1 {
			return a, false
		}
		if b = b[1:]; b[0] == ':' {
			if gap >= 0 {
				return a, false
			}
			gap, b = at, b[1:]
		}
	}
	if gap < 0 {
		return a, at == 16
	}
	if at == 16 {
		return a, false
	}
	copy(a[16-(at-gap):], a[gap:at])
	clear(a[gap : 16-(at-gap)])
	return a, true
}

func hexDigit(c byte) (int, bool) {
	switch {
	case isDigit(c):
		return int(c - '0'), true
	case lower(c)-'a' <= 5:
		return int(lower(c)-'a') + 10, true
	}
	return 0, false
}
