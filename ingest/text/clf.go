package text

import "time"

// CLF reads the time of Apache and nginx access logs and of S3 server access
// logs, 02/Jan/2006:15:04:05 -0700, without the brackets.
func CLF(b []byte) (ms int64, ok bool) {
	if len(b) != 26 || b[2] != '/' || b[6] != '/' || b[11] != ':' || b[20] != ' ' {
		return 0, false
	}
	dom, ok1 := two(b[0], b[1])
	mon := month(b[3], b[4], b[5])
	y1, ok2 := two(b[7], b[8])
	y2, ok3 := two(b[9], b[10])
	t, ok4 := clock(b[12:20])
	off, ok5 := zone(b[21:26])
	year := y1*100 + y2
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || !validDate(year, mon, dom) {
		return 0, false
	}
	ms = days(year, mon, dom)*day + t - off
	return ms, ms >= 0
}

// RFC3164 reads the time at the start of a BSD syslog message, Jan _2 15:04:05,
// as UTC, and how many bytes it takes. It has no year: it gets the one that puts
// it at most a day after ref, the time the log was written.
func RFC3164(b []byte, ref time.Time) (ms int64, n int, ok bool) {
	if len(b) < 15 || b[3] != ' ' || b[6] != ' ' {
		return 0, 0, false
	}
	mon := month(b[0], b[1], b[2])
	if b[4] == ' ' {
		b4 := [2]byte{'0', b[5]}
		return yearless(mon, b4, b[7:15], ref)
	}
	return yearless(mon, [2]byte{b[4], b[5]}, b[7:15], ref)
}

func yearless(mon int, d [2]byte, hms []byte, ref time.Time) (ms int64, n int, ok bool) {
	dom, ok1 := two(d[0], d[1])
	t, ok2 := clock(hms)
	if !ok1 || !ok2 || !validDate(2000, mon, dom) {
		return 0, 0, false
	}
	latest := ref.UnixMilli() + day
	for year := ref.UTC().Year() + 1; year > ref.UTC().Year()-9; year-- {
		if !validDate(year, mon, dom) {
			continue // 29 February
		}
		if ms = days(year, mon, dom)*day + t; ms <= latest {
			return ms, 15, true
		}
	}
	return 0, 0, false
}

func month(a, b, c byte) int {
	switch uint32(a|0x20)<<16 | uint32(b|0x20)<<8 | uint32(c|0x20) {
	case 'j'<<16 | 'a'<<8 | 'n':
		return 1
	case 'f'<<16 | 'e'<<8 | 'b':
		return 2
	case 'm'<<16 | 'a'<<8 | 'r':
		return 3
	case 'a'<<16 | 'p'<<8 | 'r':
		return 4
	case 'm'<<16 | 'a'<<8 | 'y':
		return 5
	case 'j'<<16 | 'u'<<8 | 'n':
		return 6
	case 'j'<<16 | 'u'<<8 | 'l':
		return 7
	case 'a'<<16 | 'u'<<8 | 'g':
		return 8
	case 's'<<16 | 'e'<<8 | 'p':
		return 9
	case 'o'<<16 | 'c'<<8 | 't':
		return 10
	case 'n'<<16 | 'o'<<8 | 'v':
		return 11
	case 'd'<<16 | 'e'<<8 | 'c':
		return 12
	}
	return 0
}

// Epoch reads seconds, milliseconds, microseconds or nanoseconds since 1970,
// told apart by their size, with or without decimals. It takes the years 1973
// to 2286; a smaller number is more likely something else.
func Epoch(b []byte) (ms int64, ok bool) {
	whole, frac := b, []byte(nil)
	for i, c := range b {
		if c == '.' {
			whole, frac = b[:i], b[i:]
			break
		}
	}
	n, ok := Uint(whole)
	if !ok {
		return 0, false
	}
	if frac != nil {
		dec, rest, ok := fraction(frac)
		if !ok || len(rest) > 0 {
			return 0, false
		}
		if n >= 1e8 && n < 1e10 {
			return int64(n)*second + dec, true
		}
	}
	switch {
	case n < 1e8:
		return 0, false
	case n < 1e10:
		return int64(n) * second, true
	case n < 1e11: // in none of the units a time of this age
		return 0, false
	case n < 1e13:
		return int64(n), true
	case n < 1e14:
		return 0, false
	case n < 1e16:
		return int64(n / 1e3), true
	case n < 1e17:
		return 0, false
	case n < 1e19:
		return int64(n / 1e6), true
	}
	return 0, false
}
