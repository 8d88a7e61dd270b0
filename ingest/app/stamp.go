package app

import "github.com/scrubline/scrubline/ingest/text"

// stamp reads the time that b starts with and how many bytes it takes, brackets
// included. What it takes is made of digits, a month's name and punctuation
// only, so it needs no scan. Numbers alone are taken only with decimals, as Squid
// writes them: others can be anybody's.
func (d *decoder) stamp(b []byte) (ms int64, n int, ok bool) {
	if len(b) < 14 {
		return 0, 0, false
	}
	if len(b) > len(d.second) && d.second[0] != 0 && string(b[:len(d.second)]) == string(d.second[:]) {
		if ms, n, ok = d.sameSecond(b); ok {
			return ms, n, true
		}
	}
	if b[0] == '[' {
		ms, n, ok = d.stamp(b[1:])
		if ok && n+1 < len(b) && b[n+1] == ']' {
			return ms, n + 2, true
		}
		return 0, 0, false
	}
	switch {
	case b[0]-'0' > 9:
		ms, n, ok = text.RFC3164(b, d.written)
	case len(b) >= 19 && (b[4] == '-' || b[4] == '/'):
		ms, n, ok = dateTime(b)
		if ok && ms >= earliest {
			d.remember(b, ms, n)
		}
	case len(b) >= 26 && b[2] == '/' && b[6] == '/':
		ms, ok = text.CLF(b[:26])
		n = 26
	case b[10] == '.':
		for n = 11; n < len(b) && b[n]-'0' < 10; n++ {
		}
		if n >= 14 {
			ms, ok = d.epoch(b[:n])
		}
	}
	if !ok || ms < earliest || n < len(b) && !isEdge(b[n]) {
		return 0, 0, false
	}
	return ms, n, true
}

// sameSecond reads a time that starts like the last one, 2006-01-02 15:04:05,
// with milli- or microseconds, and is UTC or says no zone. It leaves others to
// dateTime.
func (d *decoder) sameSecond(b []byte) (ms int64, n int, ok bool) {
	n = len(d.second)
	if c := b[n]; c == '.' || c == ',' {
		n++
		from := n
		unit := int64(100)
		for ; n < len(b) && b[n]-'0' < 10; n++ {
			ms += int64(b[n]-'0') * unit
			unit /= 10
		}
		if n == from || n > 32 {
			return 0, 0, false
		}
	}
	ms += d.base
	if n == len(b) {
		return ms, n, true
	}
	switch c := b[n]; {
	case c|0x20 == 'z':
		n++
	case c == '+' || c == '-':
		return 0, 0, false
	case c == ' ' && n+1 < len(b) && (b[n+1] == '+' || b[n+1] == '-'):
		return 0, 0, false
	}
	return ms, n, n == len(b) || isEdge(b[n])
}

// remember keeps what b starts with, a time that takes n bytes, for sameSecond.
func (d *decoder) remember(b []byte, ms int64, n int) {
	unit := int64(1000)
	for i := len(d.second); i < n; i++ {
		switch c := b[i]; {
		case c == '+' || c == '-':
			return // not UTC
		case c-'0' < 10:
			unit /= 10
			ms -= int64(c-'0') * unit
		}
	}
	copy(d.second[:], b)
	d.base = ms
}

// earliest is the second 1,000,000,000, in 2001: what is before it is sooner a
// birthday than the time of a log.
const earliest = 1e12

// epoch reads seconds or parts of them since 1970. It takes none that lie more
// than a year after the payload was written: numbers of ten digits can be phones,
// and those begin with 2 or more, which is 2033.
func (d *decoder) epoch(b []byte) (ms int64, ok bool) {
	ms, ok = text.Epoch(b)
	return ms, ok && ms >= earliest && ms <= d.written.UnixMilli()+366*24*3600*1000
}

// dateTime reads 2006-01-02 15:04:05, with T or a blank in it, with hyphens or
// slashes, with or without decimals and a zone, which a blank may precede.
func dateTime(b []byte) (ms int64, n int, ok bool) {
	var buf [48]byte
	end := 19
	if end < len(b) && (b[end] == '.' || b[end] == ',') {
		for end++; end < len(b) && b[end]-'0' < 10; end++ {
		}
	}
	if end > 32 {
		return 0, 0, false
	}
	size := copy(buf[:], b[:end])
	if buf[4] == '/' && buf[7] == '/' {
		buf[4], buf[7] = '-', '-'
	}
	rest := b[end:]
	blank := 0
	if len(rest) > 5 && rest[0] == ' ' && (rest[1] == '+' || rest[1] == '-') && rest[2]-'0' < 10 {
		blank, rest = 1, rest[1:]
	}
	zone := 0
	switch {
	case len(rest) > 0 && rest[0]|0x20 == 'z':
		zone = 1
	case len(rest) >= 6 && (rest[0] == '+' || rest[0] == '-') && rest[3] == ':':
		zone = 6
	case len(rest) >= 5 && (rest[0] == '+' || rest[0] == '-') && rest[4]-'0' < 10:
		zone = 5
	}
	if zone == 0 {
		blank = 0
	}
	size += copy(buf[size:], rest[:zone])
	ms, ok = text.DateTime(buf[:size])
	if !ok && blank > 0 { // a hyphen and a number, not a zone
		ms, ok = text.DateTime(buf[:end])
		return ms, end, ok
	}
	return ms, end + blank + zone, ok
}

// isEdge says whether c can stand behind a time.
func isEdge(c byte) bool {
	return c <= ' ' || c == ']' || c == ':' || c == '|' || c == ',' || c == ';' || c == ')' || c == '['
}
