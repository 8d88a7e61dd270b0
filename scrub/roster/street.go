package roster

import "github.com/scrubline/scrubline/scrub/recognizer"

// An address is its number and the words of its street, abbreviated as the Postal
// Service does it (Publication 28, appendices B and C1): 123 North Main Street is
// 123 main st. Directions before a street's name are left out, for people do, and
// what follows the street: flats, towns, ZIP codes.

const streetMax = 6 // words of a street

var shortened = map[string]string{
	"street": "st", "str": "st", "saint": "st", "avenue": "ave", "av": "ave", "aven": "ave", "road": "rd", "boulevard": "blvd", "boul": "blvd",
	"lane": "ln", "drive": "dr", "drv": "dr", "court": "ct", "crt": "ct", "place": "pl", "terrace": "ter", "terr": "ter", "circle": "cir", "circ": "cir",
	"parkway": "pkwy", "parkwy": "pkwy", "pky": "pkwy", "highway": "hwy", "hiway": "hwy", "square": "sq", "trail": "trl", "tr": "trl", "alley": "aly",
	"plaza": "plz", "crescent": "cres", "center": "ctr", "centre": "ctr", "route": "rte", "rt": "rte", "crossing": "xing", "expressway": "expy",
	"freeway": "fwy", "turnpike": "tpke", "heights": "hts", "hills": "hls", "hill": "hl", "point": "pt", "ridge": "rdg", "valley": "vly", "view": "vw",
	"village": "vlg", "manor": "mnr", "estates": "ests", "gardens": "gdns", "garden": "gdn", "grove": "grv", "hollow": "holw", "junction": "jct",
	"landing": "lndg", "meadows": "mdws", "mountain": "mtn", "mount": "mt", "fort": "ft", "cove": "cv", "creek": "crk", "bend": "bnd", "bluff": "blf",
	"branch": "br", "bridge": "brg", "brook": "brk", "beach": "bch", "canyon": "cyn", "causeway": "cswy", "club": "clb", "common": "cmn", "corner": "cor",
	"estate": "est", "falls": "fls", "ferry": "fry", "field": "fld", "fields": "flds", "forest": "frst", "glen": "gln", "harbor": "hbr", "haven": "hvn",
	"island": "is", "knoll": "knl", "lake": "lk", "meadow": "mdw", "mill": "ml", "mission": "msn", "orchard": "orch", "spring": "spg", "springs": "spgs",
	"station": "sta", "summit": "smt", "trace": "trce", "viaduct": "via", "vista": "vis", "walk": "walk", "wy": "way",
	"first": "1st", "second": "2nd", "third": "3rd", "fourth": "4th", "fifth": "5th", "sixth": "6th", "seventh": "7th", "eighth": "8th", "ninth": "9th", "tenth": "10th",
	"north": "n", "south": "s", "east": "e", "west": "w", "northeast": "ne", "northwest": "nw", "southeast": "se", "southwest": "sw",
}

// written lists all ways in which a short form is written.
var written = func() map[string][]string {
	m := map[string][]string{}
	for long, short := range shortened {
		m[short] = append(m[short], long)
	}
	return m
}()

var suffixes = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range []string{
		"st", "ave", "rd", "blvd", "ln", "dr", "ct", "pl", "ter", "cir", "way", "pkwy", "hwy", "sq", "trl", "loop", "aly", "plz", "cres", "run", "path", "row",
		"ctr", "rte", "pike", "walk", "xing", "expy", "fwy", "tpke", "hts", "hls", "hl", "pt", "rdg", "vly", "vw", "vlg", "mnr", "ests", "gdns", "gdn", "grv",
		"holw", "jct", "lndg", "mdws", "mtn", "cv", "crk", "bnd", "blf", "br", "brg", "brk", "bch", "cyn", "cswy", "clb", "cmn", "cor", "est", "fls", "fry",
		"fld", "flds", "frst", "gln", "hbr", "hvn", "is", "knl", "lk", "mdw", "ml", "msn", "orch", "spg", "spgs", "sta", "smt", "trce", "via", "vis", "pass", "oval", "mews", "close", "park",
	} {
		m[w] = true
	}
	return m
}()

// direction says that a short form is one of the compass.
func direction(w []byte) bool {
	switch string(w) {
	case "n", "s", "e", "w", "ne", "nw", "se", "sw":
		return true
	}
	return false
}

// compass says that a word is a direction, long or short, in any case.
func compass(w []byte) bool {
	var f [9]byte
	if len(w) == 0 || len(w) > len(f) {
		return false
	}
	if c := w[0] | 0x20; c != 'n' && c != 's' && c != 'e' && c != 'w' {
		return false
	}
	for i, c := range w {
		f[i] = c | 0x20
	}
	switch string(f[:len(w)]) {
	case "n", "s", "e", "w", "ne", "nw", "se", "sw", "north", "south", "east", "west", "northeast", "northwest", "southeast", "southwest":
		return true
	}
	return false
}

// unitWord says that a word begins what stands behind the street.
func unitWord(w []byte) bool {
	switch string(w) {
	case "apt", "apartment", "suite", "ste", "unit", "floor", "fl", "room", "rm", "bldg", "building", "lot", "box":
		return true
	}
	return false
}

// streetWord appends the short form of the word of letters and digits at b[i:] to
// dst, and returns where it ends: i if there is none.
func streetWord(dst, b []byte, i int) (out []byte, end int) {
	from := len(dst)
	for i < len(b) {
		if digit(b[i]) {
			dst = append(dst, b[i])
			i++
		} else {
			out, n, ok := appendFolded(dst, b[i:])
			if !ok && !(b[i] == '\'' && len(dst) > from && i+1 < len(b) && letter(b[i+1])) {
				break
			}
			dst = out
			i += n
		}
		if len(dst)-from > wordMax {
			return dst[:from], i
		}
	}
	if short, ok := shortened[string(dst[from:])]; ok {
		dst = append(dst[:from], short...)
	}
	return dst, i
}

// streetGap returns the length of what may stand between the words of an address.
func streetGap(b []byte, i int) int {
	n := 0
	for i+n < len(b) && n < 3 {
		switch b[i+n] {
		case ' ', '+', '_', '-', '\t':
		case '.':
			if n > 0 {
				return n
			}
		default:
			if d := dashLen(b, i+n); d > 0 && b[i+n] == 0xc2 {
				n += d
				continue
			}
			return n
		}
		n++
	}
	return n
}

// houseNumber returns the digits that b[i:] starts with, without zeros, and where
// the number ends: 12, 12B.
func houseNumber(b []byte, i int) (number []byte, end int) {
	for i < len(b) && b[i] == '0' {
		i++
	}
	end = i
	for end < len(b) && digit(b[end]) {
		end++
	}
	number = b[i:end]
	if end < len(b) && letter(b[end]) && (end+1 == len(b) || !alnum(b[end+1])) {
		end++
	}
	return number, end
}

// parseStreet takes an address of the table apart. number or words are empty if
// it is none: a box, a place without a number.
func parseStreet(b []byte) (number []byte, words [][]byte) {
	i := 0
	for i < len(b) && !digit(b[i]) {
		if !(b[i] == ' ' || b[i] == '#' || b[i] == '"') {
			return nil, nil
		}
		i++
	}
	number, i = houseNumber(b, i)
	if len(number) == 0 || len(number) > 6 {
		return nil, nil
	}
	for len(words) < streetMax {
		gap := streetGap(b, i)
		w, end := streetWord(nil, b, i+gap)
		if gap == 0 || len(w) == 0 || unitWord(w) {
			break
		}
		words = append(words, w)
		i = end
	}
	if len(words) > 2 && direction(words[0]) || len(words) > 1 && direction(words[0]) && !suffixes[string(words[1])] {
		words = words[1:]
	}
	for k := 1; k < len(words); k++ {
		if !suffixes[string(words[k])] || k+1 < len(words) && suffixes[string(words[k+1])] {
			continue
		}
		if k+1 < len(words) && digit(words[k+1][0]) {
			k++
		}
		return number, words[:k+1]
	}
	return number, words
}

// firstForms lists how the first word behind the number may be written.
func firstForms(first []byte) [][]byte {
	out := [][]byte{first}
	for _, long := range written[string(first)] {
		out = append(out, []byte(long))
	}
	return out
}

// street looks for an address of the roster that starts at b[i], a digit, and
// returns where it ends.
func (s *Scanner) street(b []byte, i int) int {
	if len(s.r.tables[addresses].parts) == 0 {
		return 0
	}
	number, j := houseNumber(b, i)
	if len(number) == 0 || len(number) > 6 || j == len(b) || alnum(b[j]) {
		return 0
	}
	if !s.streetRole(b, j) {
		return 0
	}
	to := s.streetFrom(b, i, number, j)
	if gap := streetGap(b, j); to == 0 && gap > 0 {
		// The direction that the street's name may start with was left out.
		if end := wordEnd(b, j+gap); compass(b[j+gap : end]) {
			to = s.streetFrom(b, i, number, end)
		}
	}
	return to
}

// streetFrom looks for the address that has the number, at b[i], and the words at
// b[j:], and returns where it ends.
func (s *Scanner) streetFrom(b []byte, i int, number []byte, j int) int {
	h := &s.r.hash
	x, found := h.bytes(number), 0
	input := append(s.macs.start(Address), number...)
	for n := 1; n <= streetMax; n++ {
		gap := streetGap(b, j)
		w, end := streetWord(s.word[:0], b, j+gap)
		if gap == 0 || len(w) == 0 {
			break
		}
		j = end
		x = h.next(x, h.bytes(w))
		input = append(append(input, ' '), w...)
		if s.r.index.Streets>>n&1 == 0 {
			continue
		}
		if mac, ok := s.r.tables[addresses].get(h.entry(addresses, x, n)); ok && s.macs.bits(input) == mac {
			found = j
		}
	}
	if found > 0 {
		s.hit(i, found, recognizer.StreetAddress)
	}
	return found
}

func wordEnd(b []byte, i int) int {
	for i < len(b) && letter(b[i]) {
		i++
	}
	return i
}

// streetRole says that the words at b[j:] may be of a street: the first, or the
// one behind a direction. Ordinals (5th) are always looked at.
func (s *Scanner) streetRole(b []byte, j int) bool {
	for range 2 {
		gap := streetGap(b, j)
		if j += gap; gap == 0 || j == len(b) {
			return false
		}
		if digit(b[j]) {
			e := j
			for e < len(b) && digit(b[e]) {
				e++
			}
			return e < len(b) && letter(b[e])
		}
		if class[b[j]] != clsLetter && class[b[j]] != clsHigh {
			return false
		}
		end, hash, ok := s.wordAt(b, j)
		if !ok || end == j {
			return false
		}
		if s.r.roles.has(hash, street) {
			return true
		}
		if !compass(b[j:end]) {
			return false
		}
		j = end
	}
	return false
}
