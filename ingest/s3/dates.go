package s3

import (
	"strconv"
	"strings"
	"time"
)

// span reads the time that a folder is of: AWS's services write …/2026/,
// …/2026/03/, …/2026/03/01/ and …/2026/03/01/05/, or the same with year=, month=,
// day= and hour= before. ok is false if the folder has no year.
func span(prefix string) (from, to time.Time, ok bool) {
	parts := strings.Split(strings.TrimSuffix(prefix, "/"), "/")
	for i := len(parts) - 1; i >= 0; i-- { // the last year of the name: a key may begin with another
		y, good := number(parts[i], "year=", 4, 2006, 2100)
		if !good {
			continue
		}
		v, n := [3]int{1, 1, 0}, 0 // month, day, hour
		for n < 3 && i+1+n < len(parts) {
			x, good := number(parts[i+1+n], [...]string{"month=", "day=", "hour="}[n], 2, [...]int{1, 1, 0}[n], [...]int{12, 31, 23}[n])
			if !good {
				break
			}
			v[n] = x
			n++
		}
		from = time.Date(y, time.Month(v[0]), v[1], v[2], 0, 0, 0, time.UTC)
		switch n {
		case 0:
			to = from.AddDate(1, 0, 0)
		case 1:
			to = from.AddDate(0, 1, 0)
		case 2:
			to = from.AddDate(0, 0, 1)
		default:
			to = from.Add(time.Hour)
		}
		return from, to, true
	}
	return from, to, false
}

// number reads a part of a date.
func number(s, name string, digits, least, most int) (int, bool) {
	s = strings.TrimPrefix(s, name)
	n, err := strconv.Atoi(s)
	return n, err == nil && len(s) == digits && n >= least && n <= most
}
