package jsonwalk

import (
	"encoding/binary"
	"math/bits"

	"github.com/scrubline/scrubline/ingest"
)

// plain marks the bytes a string may hold without further thought.
var plain = func() (t [256]bool) {
	for c := 0x20; c < 256; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

const (
	ones  = 0x0101010101010101 // times c: c in each of eight bytes
	highs = 0x80 * ones
)

// SkipPlain returns where from i on the first byte is that is not plain: a quote, a
// backslash or a control character. It
// looks at eight bytes at a time: x-ones has a high bit that x lacks where a byte
// of x is zero, and, because of borrows, perhaps above that, never below.
func SkipPlain(b []byte, i int) int {
	for ; i+8 <= len(b); i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		quote, slash := x^('"'*ones), x^('\\'*ones)
		if m := ((quote-ones)&^quote | (slash-ones)&^slash | (x-' '*ones)&^x) & highs; m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
	}
	for i < len(b) && plain[b[i]] {
		i++
	}
	return i
}

// str passes the string at pos; it is JSONText if it has escapes.
func (w *Walker) str() (enc ingest.Encoding, _ error) {
	b := w.b
	i := w.pos + 1
	for {
		if i = w.stops.next(b, i); i >= len(b) {
			w.pos = len(b)
			return enc, w.syntax()
		}
		switch b[i] {
		case '"':
			w.pos = i + 1
			return enc, nil
		case '\\':
			enc = ingest.JSONText
			if i+1 >= len(b) {
				w.pos = len(b)
				return enc, w.syntax()
			}
			switch b[i+1] {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
				i += 2
			case 'u':
				if i+6 > len(b) {
					w.pos = len(b)
					return enc, w.syntax()
				}
				if _, ok := hex4(b[i+2:]); !ok {
					w.pos = i
					return enc, w.syntax()
				}
				i += 6
			default:
				w.pos = i
				return enc, w.syntax()
			}
		default:
			w.pos = i
			return enc, &ingest.RecordError{Code: ingest.CodeNotJSON, At: i}
		}
	}
}

// number passes the number at pos.
func (w *Walker) number() error {
	b, i := w.b, w.pos
	if i < len(b) && b[i] == '-' {
		i++
	}
	switch {
	case i < len(b) && b[i] == '0':
		i++
	case i < len(b) && b[i] >= '1' && b[i] <= '9':
		i = digits(b, i)
	default:
		w.pos = i
		return w.syntax()
	}
	if i < len(b) && b[i] == '.' {
		j := digits(b, i+1)
		if j == i+1 {
			w.pos = j
			return w.syntax()
		}
		i = j
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		j := digits(b, i)
		if j == i {
			w.pos = j
			return w.syntax()
		}
		i = j
	}
	w.pos = i
	return nil
}

func digits(b []byte, i int) int {
	for i < len(b) && b[i]-'0' < 10 {
		i++
	}
	return i
}

func hex4(b []byte) (r rune, ok bool) {
	if len(b) < 4 {
		return 0, false
	}
	for _, c := range b[:4] {
		switch {
		case c-'0' < 10:
			r = r<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return r, true
}
