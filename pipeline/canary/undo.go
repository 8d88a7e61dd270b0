package canary

import (
	"bytes"
	"encoding/base64"
	"html"
	"strconv"
)

// undo undoes one layer of every encoding in text: backslash escapes, percent
// signs and references in their places; what base64 there may be, behind it.
func undo(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); {
		c, n := text[i], 1
		switch {
		case c == '\\' && i+1 < len(text):
			c, n = escape(text[i:])
		case c == '%' && i+2 < len(text):
			if v, ok := number(text[i+1:i+3], 16); ok {
				c, n = byte(v), 3
			}
		case c == '&':
			if end := bytes.IndexByte(text[i:min(len(text), i+12)], ';'); end > 0 {
				if s := html.UnescapeString(string(text[i : i+end+1])); len(s) == 1 {
					c, n = s[0], end+1
				}
			}
		}
		out = append(out, c)
		i += n
	}
	return base64s(out, text)
}

// escape reads a backslash escape: the byte it means and its length.
func escape(b []byte) (byte, int) {
	switch {
	case b[1] == 'u' && len(b) >= 6:
		if v, ok := number(b[2:6], 16); ok && v < 0x80 {
			return byte(v), 6
		}
	case b[1] == 'x' && len(b) >= 4:
		if v, ok := number(b[2:4], 16); ok {
			return byte(v), 4
		}
	case b[1] == 'n', b[1] == 't', b[1] == 'r':
		return ' ', 2
	case b[1] == '\\', b[1] == '"', b[1] == '/', b[1] == '\'':
		return b[1], 2
	}
	return '\\', 1
}

func number(digits []byte, base int) (uint64, bool) {
	v, err := strconv.ParseUint(string(digits), base, 32)
	return v, err == nil
}

// base64s appends to out what the runs of base64's letters in text come to, from
// each of their first four letters on: nobody says where in a path it begins.
// What comes to bytes that are no text is left out.
func base64s(out, text []byte) []byte {
	const least = 12
	var letters, decoded []byte
	for i := 0; i < len(text); {
		n := 0
		letters = letters[:0]
		for i+n < len(text) {
			c := text[i+n]
			switch {
			case c == '-':
				c = '+'
			case c == '_':
				c = '/'
			}
			if !(digit(c) || c|0x20 >= 'a' && c|0x20 <= 'z' || c == '+' || c == '/') {
				break
			}
			letters = append(letters, c)
			n++
		}
		if n >= least {
			for from := range 4 {
				part := letters[from:]
				if len(part)%4 == 1 {
					part = part[:len(part)-1]
				}
				decoded = append(decoded[:0], make([]byte, base64.RawStdEncoding.DecodedLen(len(part)))...)
				if m, err := base64.RawStdEncoding.Decode(decoded, part); err == nil {
					out = readable(out, decoded[:m])
				}
			}
		}
		i += max(n, 1)
	}
	return out
}

// readable appends the stretches of b that are text.
func readable(out, b []byte) []byte {
	const least = 8
	for i := 0; i < len(b); {
		n := 0
		for i+n < len(b) && b[i+n] >= ' ' && b[i+n] < 0x7f {
			n++
		}
		if n >= least {
			out = append(append(out, '\n'), b[i:i+n]...)
		}
		i += max(n, 1)
	}
	return out
}
