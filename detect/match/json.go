package match

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/scrubline/scrubline/detect/sigma"
)

// appendUnquoted appends what a JSON string says between its quotes. Half a
// surrogate pair is U+FFFD.
func appendUnquoted(dst, b []byte) []byte {
	for i := 0; i < len(b); {
		c := b[i]
		if c != '\\' || i+1 >= len(b) {
			dst = append(dst, c)
			i++
			continue
		}
		i += 2
		switch c = b[i-1]; c {
		case 'n':
			dst = append(dst, '\n')
		case 't':
			dst = append(dst, '\t')
		case 'r':
			dst = append(dst, '\r')
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'u':
			r, n := hexRune(b[i:])
			if i += n; utf16.IsSurrogate(r) {
				low := rune(utf8.RuneError)
				if i+1 < len(b) && b[i] == '\\' && b[i+1] == 'u' {
					low, n = hexRune(b[i+2:])
				}
				if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
					i += 2 + n
				}
			}
			dst = utf8.AppendRune(dst, r)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// hexRune reads four hexadecimal digits.
func hexRune(b []byte) (rune, int) {
	if len(b) < 4 {
		return utf8.RuneError, len(b)
	}
	r := rune(0)
	for _, c := range b[:4] {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return utf8.RuneError, 4
		}
	}
	return r, 4
}

// appendCompact appends JSON text without blanks, with strings and numbers in
// the form in which they are compared: as few escapes as can be (see
// sigma.AppendQuoted), numbers as sigma.AppendNumber writes them.
func appendCompact(dst, b []byte) []byte {
	for i := 0; i < len(b); {
		switch c := b[i]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
		case c == '"':
			end := stringEnd(b, i+1)
			if end < 0 {
				return append(dst, b[i:]...)
			}
			if escaped(b[i:end]) || bytes.Contains(b[i:end], separator) {
				dst = append(dst, '"')
				dst = requote(dst, b[i+1:end])
				dst = append(dst, '"')
			} else {
				dst = append(dst, b[i:end+1]...)
			}
			i = end + 1
		case c == '-' || c >= '0' && c <= '9':
			end := i + 1
			for end < len(b) && numberByte(b[end]) {
				end++
			}
			dst = sigma.AppendNumber(dst, b[i:end])
			i = end
		default:
			dst = append(dst, c)
			i++
		}
	}
	return dst
}

// separator begins the line separators that AppendQuoted escapes.
var separator = []byte("\u2028")[:2]

// requote appends the inside of a JSON string with as few escapes as can be.
func requote(dst, b []byte) []byte {
	var buf [256]byte
	return sigma.AppendQuoted(dst, appendUnquoted(buf[:0], b))
}

func numberByte(c byte) bool {
	return c >= '0' && c <= '9' || c == '.' || c == '-' || c == '+' || c|0x20 == 'e'
}
