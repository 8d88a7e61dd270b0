package roster

import (
	"slices"

	"github.com/scrubline/scrubline/scrub/recognizer"
)

const (
	partsMax = 6  // words of a name
	idMax    = 24 // letters and digits of a number
	mailMax  = 96
	digitMin = 3 // digits of a number, at least
	freeMin  = 6 // digits of a number that is found without a word that announces it
)

// splitWords appends the canonical words of a name to dst.
func splitWords(dst [][]byte, name []byte) [][]byte {
	var word []byte
	for i := 0; i < len(name); {
		out, n, ok := appendFolded(word, name[i:])
		if ok {
			word = out
		} else if len(word) > 0 {
			dst = append(dst, word)
			word = nil
		}
		i += n
	}
	if len(word) > 0 {
		dst = append(dst, word)
	}
	dst = slices.DeleteFunc(dst, func(w []byte) bool { return len(w) > wordMax })
	if slices.ContainsFunc(dst, func(w []byte) bool { return !title(w) }) {
		dst = slices.DeleteFunc(dst, title)
	}
	return dst
}

// title says that a word stands beside a name and is none.
func title(w []byte) bool {
	switch string(w) {
	case "jr", "sr", "ii", "iii", "iv", "mr", "mrs", "ms", "dr", "md", "phd", "esq":
		return true
	}
	return false
}

// placeholder says that a word stands where a name is not known.
func placeholder(words [][]byte) bool {
	for _, w := range words {
		switch string(w) {
		case "unknown", "unk", "none", "null", "nan", "na", "tbd", "xxx", "undefined", "test":
			return true
		}
	}
	return false
}

// compound are the words of a name as a set of one to partsMax: the order in which
// they stand in text does not matter.
type compound [][]byte

// variants lists the ways in which a person is written: one or all given names
// with all, the first or the last of the family names, and each of them in one
// word too (Mary Ann, Maryann; De La Cruz, Delacruz, Cruz; O'Brien, Obrien).
func variants(givenNames, familyNames [][]byte) []compound {
	var gs, fs []compound
	gs = append(gs, compound{givenNames[0]})
	fs = append(fs, familyNames)
	if len(givenNames) > 1 {
		gs = append(gs, givenNames, compound{slices.Concat(givenNames...)})
	}
	if len(familyNames) > 1 {
		fs = append(fs, compound{slices.Concat(familyNames...)})
		for _, w := range [][]byte{familyNames[0], familyNames[len(familyNames)-1]} {
			if len(w) > 3 { // not the De of De La Cruz, not the O of O'Brien
				fs = append(fs, compound{w})
			}
		}
	}
	var out []compound
	for _, g := range gs {
		for _, f := range fs {
			if n := len(g) + len(f); n <= partsMax {
				out = append(out, append(append(make(compound, 0, n), g...), f...))
			}
		}
	}
	return out
}

// appendSet appends the words in an order that does not depend on theirs, for HMAC.
func appendSet(dst []byte, words [][]byte) []byte {
	for i := 1; i < len(words); i++ {
		for j := i; j > 0 && string(words[j]) < string(words[j-1]); j-- {
			words[j], words[j-1] = words[j-1], words[j]
		}
	}
	for _, w := range words {
		dst = append(append(dst, w...), ' ')
	}
	return dst
}

// canonicalID appends the letters and digits of raw, upper case, without a leading
// MRN and the zeros its digits start with; ok is false if that can be no number of
// a person.
func canonicalID(dst, raw []byte) (out []byte, ok bool) {
	from := len(dst)
	for _, c := range raw {
		if alnum(c) {
			if letter(c) {
				c &^= 0x20
			}
			if dst = append(dst, c); len(dst)-from > 2*idMax {
				return dst, false
			}
		}
	}
	id := trimID(dst[from:])
	dst = append(dst[:from], id...)
	return dst, usefulID(id)
}

// trimID cuts MRN, and the zeros before the first other digit, from upper-case
// letters and digits. It works in place.
func trimID(id []byte) []byte {
	if len(id) > 3 && string(id[:3]) == "MRN" {
		id = id[3:]
	}
	p := 0
	for p < len(id) && !digit(id[p]) {
		p++
	}
	z := p
	for z < len(id)-1 && id[z] == '0' && digit(id[z+1]) {
		z++
	}
	if z > p {
		copy(id[z-p:], id[:p])
		id = id[z-p:]
	}
	return id
}

// usefulID says that an id has digits enough, not all the same: 99999999 and
// 0 stand where a number is not known.
func usefulID(id []byte) bool {
	digits, same := 0, true
	first := byte(0)
	for _, c := range id {
		if digit(c) {
			if digits++; digits == 1 {
				first = c
			}
			same = same && c == first
		}
	}
	return digits >= digitMin && len(id) <= idMax && !(same && digits == len(id))
}

// canonicalPhone appends the digits of a telephone number up to an extension,
// without the country code of North America.
func canonicalPhone(dst, raw []byte) (out []byte, ok bool) {
	from := len(dst)
	for _, c := range raw {
		if digit(c) {
			dst = append(dst, c)
		} else if len(dst)-from >= 7 && (c == '#' || letter(c)) {
			break
		}
	}
	d := dst[from:]
	if len(d) == 11 && d[0] == '1' {
		d = d[1:]
	}
	dst = append(dst[:from], d...)
	same := true
	for _, c := range d {
		same = same && c == d[0]
	}
	return dst, len(d) >= 9 && len(d) <= 15 && !same
}

// canonicalEmail appends raw in lower case if it is an address.
func canonicalEmail(dst, raw []byte) (out []byte, ok bool) {
	at := -1
	for i, c := range raw {
		if c == '@' {
			at = i
		}
		if upper(c) {
			c |= 0x20
		}
		dst = append(dst, c)
	}
	return dst, at > 0 && at < len(raw)-1 && len(raw) <= mailMax
}

// leads marks the lengths of numbers and the three digits they start with.
type leads [idMax + 1][16]uint64

func lead(d []byte) int { return int(d[0]-'0')*100 + int(d[1]-'0')*10 + int(d[2]-'0') }

func (l *leads) add(d []byte) {
	n := lead(d)
	l[len(d)][n>>6] |= 1 << (n & 63)
	l[0][n>>6] |= 1 << (n & 63) // no number has no digits: here stand those of all lengths
}

// has is asked of three digits or more.
func (l *leads) has(d []byte) bool {
	if len(d) > idMax {
		return false
	}
	n := lead(d)
	return l[len(d)][n>>6]>>(n&63)&1 != 0
}

// some says that a number of whatever length starts with these three digits.
func (l *leads) some(d []byte) bool {
	n := lead(d)
	return l[0][n>>6]>>(n&63)&1 != 0
}

// shapes marks where the ids of letters and digits have their digits.
type shapes [64]uint64

// shape is a number below 4096 that tells most shapes of ids apart; pure says that
// there are digits only.
func shape(id []byte) (n uint32, pure bool) {
	mask := uint32(1)
	for _, c := range id {
		mask <<= 1
		if digit(c) {
			mask |= 1
		}
	}
	return mask * 0x9e3779b1 >> 20, mask == 1<<(len(id)+1)-1
}

func (s *shapes) add(n uint32)      { s[n>>6] |= 1 << (n & 63) }
func (s *shapes) has(n uint32) bool { return s[n>>6]>>(n&63)&1 != 0 }

func joinWords(words [][]byte) []byte { return slices.Concat(words...) }

func trimSpace(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t') {
		b = b[1:]
	}
	for len(b) > 0 && (b[len(b)-1] == ' ' || b[len(b)-1] == '\t') {
		b = b[:len(b)-1]
	}
	return b
}

// ordinary says that a word is one of English, that names may be too.
func ordinary(w []byte) bool { return recognizer.Ordinary(w) }

// runDigits counts the digits that id starts with.
func runDigits(id []byte) int {
	n := 0
	for n < len(id) && digit(id[n]) {
		n++
	}
	return n
}

// leading counts the letters before the first digit.
func leading(id []byte) int {
	n := 0
	for n < len(id) && !digit(id[n]) {
		n++
	}
	return n
}
