package recognizer

import "github.com/scrubline/scrubline/schemas"

// Street addresses, cities and counties (B). In prose: a number, one to five
// words and a street suffix of USPS Publication 28, appendix C1; or a key.
var streetAddress = Recognizer{
	Name: "street_address", Letter: 'B', Treat: schemas.Label,
	Keys:  []string{"address", "street", "street address", "streetaddress", "address line", "address line1", "address line2", "address1", "address2", "addr", "addr1", "addr2", "home address", "mailing address", "patient address", "city", "town", "county", "address city", "address line 1", "address line 2", "residence", "lives at", "address line one", "streetline", "streetline1", "addressline1", "addressline2", "line1", "line2", "line 1", "line 2", "home addr", "mailing addr", "addrline1", "billing address", "shipping address", "delivery address", "residential address", "patient city", "patient county", "city of residence", "place of residence", "resides at", "residing at", "living at", "living in", "lives in", "lives on", "home city", "birth city", "street name", "street line", "direccion", "dirección", "domicilio", "calle", "ciudad", "colonia", "municipio", "street1", "street2", "street 1", "street 2", "address text", "residential addr", "city name", "cityname", "locality", "neighborhood", "streetaddressline", "street address line", "pickup address", "dropoff address", "drop off address", "home street", "shipping street", "mail to", "geocode address", "vive en", "moved to", "relocated to", "lives near"},
	Value: addressValue,
	Shape: addressShape, Runs: []int{1, 2, 3, 4, 5},
	Next:   func(_ int, c byte) bool { return c == ' ' || c == '+' || c == '_' },
	Before: func(c byte) bool { return c == 0 || borders(c) },
}

var suffixes = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range []string{"street", "st", "avenue", "ave", "road", "rd", "boulevard", "blvd", "lane", "ln", "drive", "dr", "court", "ct", "place", "pl", "terrace", "ter", "circle", "cir", "way", "parkway", "pkwy", "highway", "hwy", "square", "sq", "trail", "trl", "loop", "alley", "aly", "plaza", "plz", "crescent", "run", "path", "row", "center", "ctr", "route", "pike", "walk", "view", "ridge", "hollow", "crossing", "commons", "esplanade", "extension", "fork", "glen", "grove", "heights", "junction", "landing", "manor", "meadow", "mill", "mission", "orchard", "overpass", "park", "pass", "point", "port", "shore", "spring", "station", "summit", "track", "union", "valley", "viaduct", "village", "vista", "annex", "anex", "arcade", "bayou", "bay", "beach", "bend", "bluff", "bottom", "branch", "bridge", "brook", "brooks", "burg", "bypass", "camp", "canyon", "cape", "causeway", "cliff", "cliffs", "club", "common", "corner", "corners", "course", "cove", "coves", "creek", "crest", "curve", "dale", "dam", "divide", "estate", "estates", "expressway", "expy", "falls", "ferry", "field", "fields", "flat", "flats", "ford", "forest", "forge", "fort", "freeway", "fwy", "garden", "gardens", "gateway", "gate", "green", "groves", "harbor", "haven", "hill", "hills", "inlet", "island", "isle", "key", "knoll", "knolls", "lake", "lakes", "land", "light", "lodge", "mall", "meadows", "mews", "mills", "motorway", "mount", "mountain", "neck", "oval", "parade", "parks", "parkways", "passage", "pine", "pines", "plain", "plains", "points", "prairie", "radial", "ramp", "ranch", "rapid", "rapids", "rest", "ridges", "river", "roads", "rue", "shoal", "shores", "skyway", "springs", "spur", "squares", "stravenue", "stream", "streets", "throughway", "trace", "trafficway", "trailer", "tunnel", "turnpike", "tpke", "underpass", "unions", "valleys", "views", "villages", "ville", "walks", "wall", "ways", "well", "wells", "approach", "byway", "close", "crossroad", "quay", "croft", "drives", "place", "frontage"} {
		m[w] = true
	}
	return m
}()

// borders says that an address can start behind c.
func borders(c byte) bool {
	switch c {
	case ' ', '"', '\'', '=', ':', '(', '|', '^', ',', '\n', '>', '\t', ';', '[':
		return true
	}
	return false
}

func addressShape(b []byte, i int) int {
	if i > 0 && !borders(b[i-1]) {
		return 0
	}
	if e := NumberedRoad(b, i); e > 0 {
		return e
	}
	j := run(b, i)
	for words := 0; words < 6; words++ {
		k := j
		for k < len(b) && k < j+2 && (b[k] == ' ' || b[k] == '+' || b[k] == '_') {
			k++
		}
		if k == j || k >= len(b) || words == 0 && !IsUpper(b[k]) && !IsDigit(b[k]) {
			return 0
		}
		e := k
		for e < len(b) && (IsWord(b[e]) || (b[e] == '\'' || b[e] == '-') && e+1 < len(b) && IsWord(b[e+1])) {
			e++
		}
		low := e > k && !IsUpper(b[k]) && !IsDigit(b[k])
		if e == k || e-k > 20 || low && words == 0 {
			return 0
		}
		if words > 0 && e-k <= 12 {
			var f [12]byte
			for x, c := range b[k:e] {
				f[x] = c | 0x20
			}
			if suffixes[string(f[:e-k])] && !suffixNext(b, e) {
				return unit(b, e)
			}
		}
		if low {
			return 0
		}
		j = e
		if j < len(b) && b[j] == '.' {
			j++
		}
	}
	return 0
}

// suffixNext says that a word behind a suffix is one too: "Old Mill Road".
func suffixNext(b []byte, i int) bool {
	if i+2 >= len(b) || b[i] != ' ' || !IsLetter(b[i+1]) {
		return false
	}
	e := wordEnd(b, i+1)
	if e-i > 13 || e < len(b) && b[e] == '=' {
		return false
	}
	var f [13]byte
	for x, c := range b[i+1 : e] {
		f[x] = c | 0x20
	}
	return suffixes[string(f[:e-i-1])]
}

// unit takes ". Apt 4B", ", Suite 100", "#12" after a street.
func unit(b []byte, e int) int {
	j := e
	if j < len(b) && b[j] == '.' {
		j++
		e = j
	}
	for j < len(b) && j < e+2 && (b[j] == ',' || b[j] == ' ') {
		j++
	}
	if j < len(b) && b[j] == '#' {
		if k := wordEnd(b, j+1); k > j+1 {
			return k
		}
	}
	for _, w := range [...]string{"apt", "apartment", "suite", "ste", "unit", "floor", "room", "bldg"} {
		if k := j + len(w); folded(b[j:], w) && k < len(b) && (b[k] == ' ' || b[k] == '.') {
			for k < len(b) && (b[k] == ' ' || b[k] == '.' || b[k] == '#') {
				k++
			}
			if e2 := wordEnd(b, k); e2 > k {
				return e2
			}
		}
	}
	return e
}

func wordEnd(b []byte, i int) int {
	for i < len(b) && (IsWord(b[i]) || b[i] == '-' && i+1 < len(b) && IsWord(b[i+1])) {
		i++
	}
	return i
}

// addressValue takes the words of an announced address up to a delimiter.
func addressValue(b []byte, i int, _ bool) int {
	if e := addressShape(b, i); e > 0 {
		return e
	}
	j, letters := i, 0
	for j < len(b) && j-i < 100 {
		c := b[j]
		switch {
		case IsLetter(c):
			letters++
		case IsDigit(c), c == ' ', c == '#', c == '\'', c == '+', c == '-':
		case c == '.' && (j+1 >= len(b) || b[j+1] == ' '):
		default:
			goto end
		}
		j++
	}
end:
	for j > i && !IsWord(b[j-1]) {
		j--
	}
	if letters < 3 || j < len(b) && (b[j] == ':' || b[j] == '/' || b[j] == '=' || b[j] == '@' || b[j] == '.' || b[j] == '(' || b[j] == '{') {
		return 0
	}
	return j
}
