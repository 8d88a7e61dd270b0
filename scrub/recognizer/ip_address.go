package recognizer

import "github.com/scrubline/scrubline/schemas"

// IP addresses (O). They stay unless the record ties them to a session or a
// patient; package link decides, so Value and Shape only say where one is.
var ipAddress = Recognizer{
	Name: "ip_address", Letter: 'O', Treat: schemas.Token, Token: "ip",
	Keys:  []string{"ip", "ip address", "client ip", "remote addr", "remote ip", "x forwarded for", "source ip", "clientip", "remoteaddr", "ipaddress"},
	Value: func(b []byte, i int, _ bool) int { return IPv4At(b, i) },
	Shape: IPv4At, Runs: []int{1, 2, 3},
	Next:   func(_ int, c byte) bool { return c == '.' },
	Before: func(c byte) bool { return c != '-' },
}

// IPv4At returns the end of the dotted quad at i, or 0; neither a fifth part nor
// a letter may touch it.
func IPv4At(b []byte, i int) int {
	j := i
	for part := 0; part < 4; part++ {
		if part > 0 {
			if j >= len(b) || b[j] != '.' {
				return 0
			}
			j++
		}
		e := run(b, j)
		if e == j || e-j > 3 || num(b[j:e]) > 255 {
			return 0
		}
		j = e
	}
	if i > 4 && b[i-1] == ':' && string(b[i-4:i-1]) == "oid" { // urn:oid:2.5.4.42
		return 0
	}
	if !boundary(b, j) || j+1 < len(b) && b[j] == '.' && IsDigit(b[j+1]) || i > 1 && b[i-1] == '.' || i > 0 && (b[i-1] == '/' && i > 1 && IsLetter(b[i-2]) || b[i-1] == '-') {
		return 0
	}
	return j
}

// IPv6At returns the end of the IPv6 address at i, or 0: it needs two colons in
// a row or seven in all.
func IPv6At(b []byte, i int) int {
	j, colons, double, hex := i, 0, false, 0
	for j < len(b) && j-i < 45 {
		c := b[j]
		if c == ':' {
			colons++
			if j > i && b[j-1] == ':' {
				if double {
					return 0
				}
				double = true
			}
			hex = 0
		} else if IsDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' {
			if hex++; hex > 4 {
				return 0
			}
		} else {
			break
		}
		j++
	}
	if colons < 2 || colons > 7 || !double && colons != 7 || j-i < 4 || !boundary(b, j) || b[j-1] == ':' && !double {
		return 0
	}
	return j
}
