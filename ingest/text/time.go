package text

const (
	second = 1000
	minute = 60 * second
	hour   = 60 * minute
	day    = 24 * hour
)

// RFC3339 reads 2006-01-02T15:04:05.999Z or with an offset (+07:00, +0700), any
// number of decimals, T or t or a space, in the years 1970 to 2299, which is
// what the store can hold. A leap second counts as the second after.
func RFC3339(b []byte) (ms int64, ok bool) {
	ms, rest, ok := dateTime(b)
	if !ok {
		return 0, false
	}
	off, ok := zone(rest)
	return ms - off, ok && ms >= off
}

// DateTime is RFC3339 with the zone optional: none means UTC.
func DateTime(b []byte) (ms int64, ok bool) {
	ms, rest, ok := dateTime(b)
	if !ok || len(rest) == 0 {
		return ms, ok
	}
	off, ok := zone(rest)
	return ms - off, ok && ms >= off
}

// dateTime reads up to the zone.
func dateTime(b []byte) (ms int64, rest []byte, ok bool) {
	if len(b) < 19 || b[4] != '-' || b[7] != '-' || b[10]|0x20 != 't' && b[10] != ' ' {
		return 0, nil, false
	}
	year, ok1 := two(b[0], b[1])
	yy, ok2 := two(b[2], b[3])
	month, ok3 := two(b[5], b[6])
	dom, ok4 := two(b[8], b[9])
	clock, ok5 := clock(b[11:19])
	year = year*100 + yy
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || !validDate(year, month, dom) {
		return 0, nil, false
	}
	frac, rest, ok := fraction(b[19:])
	return days(year, month, dom)*day + clock + frac, rest, ok
}

// fraction reads .999 or ,999 if it is there.
func fraction(b []byte) (ms int64, rest []byte, ok bool) {
	if len(b) == 0 || b[0] != '.' && b[0] != ',' {
		return 0, b, true
	}
	i := 1
	for unit := int64(100); i < len(b) && b[i]-'0' < 10; i++ {
		ms += int64(b[i]-'0') * unit
		unit /= 10
	}
	return ms, b[i:], i > 1
}

// clock reads 15:04:05.
func clock(b []byte) (ms int64, ok bool) {
	h, ok1 := two(b[0], b[1])
	m, ok2 := two(b[3], b[4])
	s, ok3 := two(b[6], b[7])
	ok = ok1 && ok2 && ok3 && b[2] == ':' && b[5] == ':' && h < 24 && m < 60 && s <= 60
	return int64(h)*hour + int64(m)*minute + int64(s)*second, ok
}

// zone reads Z, +07:00 or +0700 as milliseconds east of UTC.
func zone(b []byte) (off int64, ok bool) {
	if len(b) == 1 && b[0]|0x20 == 'z' {
		return 0, true
	}
	if len(b) == 6 && b[3] == ':' {
		return offset(b[0], b[1], b[2], b[4], b[5])
	}
	if len(b) == 5 {
		return offset(b[0], b[1], b[2], b[3], b[4])
	}
	return 0, false
}

func offset(sign, h1, h2, m1, m2 byte) (off int64, ok bool) {
	h, ok1 := two(h1, h2)
	m, ok2 := two(m1, m2)
	off = int64(h)*hour + int64(m)*minute
	if sign == '-' {
		off = -off
	} else if sign != '+' {
		return 0, false
	}
	return off, ok1 && ok2 && h < 24 && m < 60
}

func two(a, b byte) (n int, ok bool) {
	a, b = a-'0', b-'0'
	return int(a)*10 + int(b), a < 10 && b < 10
}

var monthDays = [13]int{0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

func validDate(year, month, dom int) bool {
	if year < 1970 || year > 2299 || month < 1 || month > 12 || dom < 1 || dom > monthDays[month] {
		return false
	}
	return month != 2 || dom < 29 || year%4 == 0 && (year%100 != 0 || year%400 == 0)
}

// days counts the days from 1970-01-01, in years that start in March so that
// the leap day is the last of them.
func days(year, month, dom int) int64 {
	y, m := int64(year), int64(month)
	if m <= 2 {
		y--
		m += 12
	}
	return 365*y + y/4 - y/100 + y/400 + (153*(m-3)+2)/5 + int64(dom) - 719469
}
