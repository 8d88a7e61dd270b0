package sigma

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Fold returns s in the form in which strings are compared when case does not
// matter: each letter in lower case. It is what ClickHouse's lowerUTF8 gives (İ
// becomes two characters), but for the final sigma, which is a sigma here.
func Fold(s string) string {
	if ascii(s) {
		return strings.ToLower(s)
	}
	return string(AppendFold(nil, []byte(s)))
}

func ascii(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// AppendFold appends the folded b to dst.
func AppendFold(dst, b []byte) []byte {
	for i := 0; i < len(b); {
		c := b[i]
		if c < utf8.RuneSelf {
			if c >= 'A' && c <= 'Z' {
				c |= 0x20
			}
			dst = append(dst, c)
			i++
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			dst = append(dst, c)
		case r == 'İ':
			dst = append(dst, "i̇"...)
		case r == 'ς':
			dst = append(dst, "σ"...)
		default:
			dst = utf8.AppendRune(dst, unicode.ToLower(r))
		}
		i += n
	}
	return dst
}
