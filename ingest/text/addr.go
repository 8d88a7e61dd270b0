package text

import (
	"bytes"
	"net/netip"
)

// Addr reads an IPv4 or IPv6 address. It takes what netip.ParseAddr takes except
// zones. Unlike that it cannot allocate.
func Addr(b []byte) (netip.Addr, bool) {
	if q, ok := quad(b); ok {
		return netip.AddrFrom4(q), true
	}
	if len(b) < 2 || len(b) > 45 || bytes.IndexByte(b[:min(5, len(b))], ':') < 0 {
		return netip.Addr{}, false
	}
	return addr6(b)
}

// quad reads four octets. A leading zero is refused: it may mean octal.
func quad(b []byte) (q [4]byte, ok bool) {
	if len(b) < 7 || len(b) > 15 {
		return q, false
	}
	at := 0
	for i := range q {
		if i > 0 {
			if at >= len(b) || b[at] != '.' {
				return q, false
			}
			at++
		}
		if at >= len(b) {
			return q, false
		}
		n := uint(b[at] - '0')
		if n > 9 {
			return q, false
		}
		at++
		if at < len(b) && b[at] != '.' {
			d := uint(b[at] - '0')
			if d > 9 || n == 0 {
				return q, false
			}
			n = n*10 + d
			at++
			if at < len(b) && b[at] != '.' {
				d := uint(b[at] - '0')
				if n = n*10 + d; d > 9 || n > 255 {
					return q, false
				}
				at++
			}
		}
		q[i] = byte(n)
	}
	return q, at == len(b)
}

func addr6(b []byte) (netip.Addr, bool) {
	var a [16]byte
	n, gap := 0, -1 // bytes filled, where :: stands
	if len(b) >= 2 && b[0] == ':' && b[1] == ':' {
		gap, b = 0, b[2:]
	}
	for len(b) > 0 {
		if n == 16 {
			return netip.Addr{}, false
		}
		v, i := 0, 0
		for ; i < len(b) && i < 5; i++ {
			d := hex[b[i]]
			if d == noHex {
				break
			}
			v = v<<4 | int(d)
		}
		if i < len(b) && b[i] == '.' {
			q, ok := quad(b)
			if !ok || n > 12 || gap < 0 && n != 12 {
				return netip.Addr{}, false
			}
			copy(a[n:], q[:])
			n, b = n+4, nil
			break
		}
		if i == 0 || i == 5 {
			return netip.Addr{}, false
		}
		a[n], a[n+1] = byte(v>>8), byte(v)
		n, b = n+2, b[i:]
		if len(b) == 0 {
			break
		}
		if b[0] != ':' || len(b) == 1 {
			return netip.Addr{}, false
		}
		b = b[1:]
		if b[0] == ':' {
			if gap >= 0 {
				return netip.Addr{}, false
			}
			gap, b = n, b[1:]
		}
	}
	if gap >= 0 {
		if n == 16 {
			return netip.Addr{}, false
		}
		copy(a[gap+16-n:], a[gap:n])
		clear(a[gap : gap+16-n])
	} else if n < 16 {
		return netip.Addr{}, false
	}
	return netip.AddrFrom16(a), true
}

const noHex = 0xff

var hex = func() (t [256]byte) {
	for c := range t {
		switch {
		case c >= '0' && c <= '9':
			t[c] = byte(c - '0')
		case c >= 'a' && c <= 'f':
			t[c] = byte(c - 'a' + 10)
		case c >= 'A' && c <= 'F':
			t[c] = byte(c - 'A' + 10)
		default:
			t[c] = noHex
		}
	}
	return t
}()

// HostPort cuts host:port, [host]:port and an IPv6 address with a port but no
// brackets at the last colon. host is [from,to) of b, without brackets; port is
// empty if there is none.
func HostPort(b []byte) (from, to int, port []byte) {
	colon := bytes.LastIndexByte(b, ':')
	to = len(b)
	if colon >= 0 && (len(b) == 0 || b[len(b)-1] != ']') {
		to, port = colon, b[colon+1:]
	}
	if to >= 2 && b[0] == '[' && b[to-1] == ']' {
		return 1, to - 1, port
	}
	return 0, to, port
}
