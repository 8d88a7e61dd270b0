package jsonwalk

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// Unescape appends the text of a JSON string, given without its quotes, to dst.
// What is not a valid escape is taken as it stands.
func Unescape(dst, s []byte) []byte {
	for {
		i := bytes.IndexByte(s, '\\')
		if i < 0 {
			return append(dst, s...)
		}
		r, raw, n := Escape(s[i:])
		if raw {
			dst = append(dst, s[:i+n]...)
		} else {
			dst = append(dst, s[:i]...)
			dst = utf8.AppendRune(dst, r)
		}
		s = s[i+n:]
	}
}

// Escape reads one character of a JSON string's text: n bytes of s. raw says
// that they stand for themselves, else they stand for r.
func Escape(s []byte) (r rune, raw bool, n int) {
	if s[0] != '\\' || len(s) < 2 {
		return 0, true, 1
	}
	switch s[1] {
	case '"', '\\', '/':
		return rune(s[1]), false, 2
	case 'b':
		return '\b', false, 2
	case 'f':
		return '\f', false, 2
	case 'n':
		return '\n', false, 2
	case 'r':
		return '\r', false, 2
	case 't':
		return '\t', false, 2
	case 'u':
		hi, ok := hex4(s[2:])
		if !ok {
			return 0, true, 1
		}
		if utf16.IsSurrogate(hi) && len(s) >= 12 && s[6] == '\\' && s[7] == 'u' {
			if lo, ok := hex4(s[8:]); ok {
				if r := utf16.DecodeRune(hi, lo); r != utf8.RuneError {
					return r, false, 12
				}
			}
		}
		return hi, false, 6
	}
	return 0, true, 1
}
