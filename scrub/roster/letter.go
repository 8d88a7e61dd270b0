package roster

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Classes of bytes in text.
const (
	clsOther = iota
	clsDigit
	clsLetter
	clsHigh // part of a character beyond ASCII, or a letter in Latin-1
	clsAt
)

var class = func() (t [256]uint8) {
	for c := range t {
		switch b := byte(c); {
		case b-'0' < 10:
			t[c] = clsDigit
		case b|0x20-'a' < 26:
			t[c] = clsLetter
		case b >= 0x80:
			t[c] = clsHigh
		}
	}
	t['@'] = clsAt
	return t
}()

const (
	isLink   = 1 << iota // may stand between the words of a name
	isJoin               // may stand between the groups of a number
	isDial               // may stand between the groups of a telephone number
	isMail               // may stand in an e-mail address
	notAfter             // a word that it follows must be looked at
)

var marks = func() (t [256]uint8) {
	for _, c := range " \t,._-+^/|~;&'\"\\*" {
		t[c] |= isLink
	}
	for _, c := range "- ./_" {
		t[c] |= isJoin
	}
	for _, c := range " -.()/" {
		t[c] |= isDial
	}
	for c := range t {
		if class[c] != clsOther && c != '@' {
			t[c] |= isMail
		}
	}
	for c := range t {
		if class[c] == clsDigit || class[c] == clsHigh {
			t[c] |= notAfter
		}
	}
	for _, c := range "._%+-'" {
		t[c] |= isMail
	}
	return t
}()

func digit(c byte) bool  { return c-'0' < 10 }
func letter(c byte) bool { return c|0x20-'a' < 26 }
func alnum(c byte) bool  { return class[c] == clsDigit || class[c] == clsLetter }
func upper(c byte) bool  { return c-'A' < 26 }

// latin gives the letters that a Latin letter beyond ASCII is folded to: é is e,
// ß is ss. Entries of other characters are empty.
var latin = func() (t [0x1f00][2]byte) {
	for r := rune(0xc0); r < 0x1f00; r++ {
		if r >= 0x250 && r < 0x1e00 {
			continue
		}
		if d := norm.NFD.String(string(r)); letter(d[0]) {
			t[r][0] = d[0] | 0x20
		}
	}
	for r, s := range map[rune]string{
		'ß': "ss", 'ẞ': "ss", 'æ': "ae", 'Æ': "ae", 'œ': "oe", 'Œ': "oe", 'þ': "th", 'Þ': "th", 'ĳ': "ij", 'Ĳ': "ij",
		'ø': "o", 'Ø': "o", 'đ': "d", 'Đ': "d", 'ð': "d", 'Ð': "d", 'ħ': "h", 'Ħ': "h", 'ı': "i", 'ł': "l", 'Ł': "l", 'ŧ': "t", 'Ŧ': "t",
	} {
		copy(t[r][:], s)
	}
	return t
}()

// appendFolded appends the canonical form of the character that b starts with, if
// it is a letter, and returns its length; ok says whether a word goes on with it.
// A byte that is no UTF-8 is taken for Latin-1, in which old systems write é.
func appendFolded(dst, b []byte) (out []byte, n int, ok bool) {
	c := b[0]
	if c < utf8.RuneSelf {
		if letter(c) {
			return append(dst, c|0x20), 1, true
		}
		return dst, 1, false
	}
	r, n := utf8.DecodeRune(b)
	if r == utf8.RuneError && n == 1 {
		r = rune(c)
	}
	if int(r) < len(latin) && latin[r][0] != 0 {
		if dst = append(dst, latin[r][0]); latin[r][1] != 0 {
			dst = append(dst, latin[r][1])
		}
		return dst, n, true
	}
	switch {
	case r >= 0x300 && r < 0x370: // a mark over the letter before it
		return dst, n, true
	case unicode.IsLetter(r) || unicode.IsMark(r):
		return utf8.AppendRune(dst, unicode.ToLower(r)), n, true
	}
	return dst, n, false
}

// dashLen is the length of a blank or hyphen beyond ASCII at b[i]: U+00A0 and
// U+2010 to U+2015; 0 if there is none.
func dashLen(b []byte, i int) int {
	switch {
	case i+1 < len(b) && b[i] == 0xc2 && b[i+1] == 0xa0:
		return 2
	case i+2 < len(b) && b[i] == 0xe2 && b[i+1] == 0x80 && b[i+2] >= 0x90 && b[i+2] <= 0x99: // and quotes
		return 3
	}
	return 0
}
