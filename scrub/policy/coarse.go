package policy

import (
	"net/netip"
	"strconv"

	"github.com/scrubline/scrubline/scrub/link"
	"github.com/scrubline/scrubline/scrub/recognizer"
	"github.com/scrubline/scrubline/scrub/token"
)

// sparse lists the first three digits of ZIP codes whose area has 20,000 people
// or fewer, or none: 45 CFR 164.514(b)(2)(i)(B) wants 000 in their place. The
// union of the lists by the censuses of 2000 and 2010, and of territories.
var sparse = map[string]bool{
	"008": true, "036": true, "059": true, "063": true, "102": true, "202": true, "203": true, "204": true, "205": true, "369": true,
	"556": true, "692": true, "753": true, "772": true, "790": true, "821": true, "823": true, "830": true, "831": true, "878": true,
	"879": true, "884": true, "890": true, "893": true, "969": true,
}

// Coarse says whether a kind of identifier has a coarse form that may stand:
// dates their year, ZIP codes three digits, ages over 89 that they are, network
// addresses their network.
func Coarse(k recognizer.Kind) bool {
	switch k {
	case recognizer.BirthDate, recognizer.CareDate, recognizer.ZIP, recognizer.Age, recognizer.IPAddress:
		return true
	}
	return false
}

// AppendCoarse appends the coarse form of a value, of the characters that a label
// may hold; nothing if it has none or it cannot be told. year is the present one:
// a year that tells an age over 89 is not named.
func AppendCoarse(dst []byte, k recognizer.Kind, value []byte, year int) []byte {
	switch k {
	case recognizer.BirthDate, recognizer.CareDate:
		switch y := yearOf(value); {
		case y == 0:
		case k == recognizer.BirthDate && y <= year-90:
			dst = append(dst, "over_89"...)
		default:
			dst = strconv.AppendInt(dst, int64(y), 10)
		}
	case recognizer.ZIP:
		if len(value) < 5 || !digits(value[:5]) {
			return dst
		}
		if z := value[:3]; sparse[string(z)] {
			dst = append(dst, "000"...)
		} else {
			dst = append(dst, z...)
		}
	case recognizer.Age:
		dst = append(dst, "over_89"...)
	case recognizer.IPAddress:
		if a, ok := token.ParseAddr(value); ok {
			dst = appendNetwork(dst, a)
		}
	}
	return dst
}

// appendNetwork writes 198.51.100.0_24 or 2001_db8_1___48: a colon and a slash
// mean something in the formats that labels stand in.
func appendNetwork(dst []byte, a netip.Addr) []byte {
	a = link.Prefix(a)
	n := len(dst)
	dst = a.AppendTo(dst)
	for i := n; i < len(dst); i++ {
		if dst[i] == ':' {
			dst[i] = '_'
		}
	}
	if a.Is4() {
		return append(dst, "_24"...)
	}
	return append(dst, "_48"...)
}

// yearOf finds the year in a date as the recognizers take them; 0 if it has two
// digits only, which could be of either century.
func yearOf(b []byte) int {
	for i := 0; i < len(b); {
		if b[i]-'0' > 9 {
			i++
			continue
		}
		from := i
		for i < len(b) && b[i]-'0' <= 9 {
			i++
		}
		switch run := b[from:i]; len(run) {
		case 4:
			return plausible(run)
		case 8, 12, 14: // 19500309 or 03091950
			if y := plausible(run[:4]); y > 0 || len(run) > 8 {
				return y
			}
			return plausible(run[4:])
		}
	}
	return 0
}

func plausible(b []byte) (y int) {
	for _, c := range b {
		y = y*10 + int(c-'0')
	}
	if y < 1880 || y > 2100 {
		return 0
	}
	return y
}
