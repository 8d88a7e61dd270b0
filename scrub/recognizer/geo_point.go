package recognizer

import "github.com/scrubline/scrubline/schemas"

// Coordinates (B): finer than a state. Three decimals are about 100 m.
var geoPoint = Recognizer{
	Name: "geo_point", Letter: 'B', Treat: schemas.Label,
	Keys: []string{"lat", "latitude", "lon", "lng", "long", "longitude", "latlng", "lat lon", "lat long", "geo", "gps", "coordinates", "geolocation", "near"},
	Value: func(b []byte, i int, _ bool) int {
		e := coordinate(b, i)
		if e == 0 {
			return 0
		}
		j := e
		for j < len(b) && j < e+2 && (b[j] == ',' || b[j] == ' ' || b[j] == ';' || b[j] == '|') {
			j++
		}
		if e2 := coordinate(b, j); j > e && e2 > 0 {
			return e2
		}
		return e
	},
}

// coordinate reads [-]d{1,3}.d{3,}.
func coordinate(b []byte, i int) int {
	if i < len(b) && (b[i] == '-' || b[i] == '+') {
		i++
	}
	e := run(b, i)
	if e == i || e-i > 3 || e >= len(b) || b[e] != '.' || num(b[i:e]) > 180 {
		return 0
	}
	f := run(b, e+1)
	if f-e < 4 || f+1 < len(b) && b[f] == '.' && IsDigit(b[f+1]) {
		return 0
	}
	return f
}

// PointAt returns the span of a pair of coordinates whose first digit is b[i]:
// four decimals or more each, and one of them has a sign or both are announced;
// in the US the longitude is negative.
func PointAt(b []byte, i int) (from, to int) {
	e := run(b, i)
	if e-i > 3 || e+5 > len(b) || b[e] != '.' || !IsDigit(b[e+4]) || num(b[i:e]) > 90 {
		return 0, 0
	}
	f := run(b, e+1)
	if f-e < 5 || f-e > 12 {
		return 0, 0
	}
	j := f
	for j < len(b) && j < f+2 && (b[j] == ',' || b[j] == ' ' || b[j] == ';') {
		j++
	}
	if j == f || j >= len(b) {
		return 0, 0
	}
	from = i
	if i > 0 && b[i-1] == '-' {
		from--
	} else if i > 0 && IsWord(b[i-1]) {
		return 0, 0
	}
	if b[j] != '-' && from == i {
		return 0, 0
	}
	to = coordinate(b, j)
	if to == 0 || to-j < 7 || !boundary(b, to) {
		return 0, 0
	}
	return from, to
}
