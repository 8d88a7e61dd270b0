package sigma

import "time"

// TimePart returns a part of the time that text says: a date or a date and time
// in ISO 8601's order (2006-01-02, 2006-01-02T15:04:05…, a blank for the T), or
// Unix seconds or milliseconds (10 or 13 digits), of the years 1900 to 2299. Zones are not converted: what
// the text says counts, Unix times are UTC.
func TimePart(text []byte, p Part) (int, bool) {
	var t time.Time
	if n := len(text); (n == 10 || n == 13) && integer(text) {
		v := number(text)
		if n == 13 {
			v /= 1000
		}
		t = time.Unix(int64(v), 0).UTC()
	} else {
		var ok bool
		if t, ok = iso(text, p == Hour || p == Minute); !ok {
			return 0, false
		}
	}
	switch p {
	case Minute:
		return t.Minute(), true
	case Hour:
		return t.Hour(), true
	case Day:
		return t.Day(), true
	case Week:
		_, w := t.ISOWeek()
		return w, true
	case Month:
		return int(t.Month()), true
	}
	return t.Year(), true
}

func iso(b []byte, clock bool) (time.Time, bool) {
	shape := "0000-00-00"
	if len(b) > 10 || clock {
		shape = "0000-00-00T00:00"
	}
	if len(b) < len(shape) {
		return time.Time{}, false
	}
	for i := range len(shape) {
		switch c := b[i]; {
		case shape[i] == '0' && (c < '0' || c > '9'),
			shape[i] == 'T' && c != 'T' && c != ' ',
			shape[i] != '0' && shape[i] != 'T' && c != shape[i]:
			return time.Time{}, false
		}
	}
	y, mo, d, h, m := number(b[:4]), number(b[5:7]), number(b[8:10]), 0, 0
	if len(shape) > 10 {
		h, m = number(b[11:13]), number(b[14:16])
	}
	t := time.Date(y, time.Month(mo), d, h, m, 0, 0, time.UTC)
	// A date that is none, such as the 31st of February, comes out as another.
	return t, y >= 1900 && y < 2300 && t.Day() == d && int(t.Month()) == mo && t.Hour() == h && t.Minute() == m
}

// number reads digits that were looked at before.
func number(b []byte) int {
	n := 0
	for _, c := range b {
		n = n*10 + int(c-'0')
	}
	return n
}
