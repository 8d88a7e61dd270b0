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
	if f-e < 4 || f < len(b) && b[f] == '.' {
		return 0
	}
	return f
}
