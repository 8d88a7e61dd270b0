package scrub

import (
	"bytes"

	"github.com/scrubline/scrubline/scrub/recognizer"
)

// Quoted-printable: the bodies of mail (RFC 2045, 6.7), where = and two digits stand
// for a byte and = at a line's end for nothing, and the words of its headers (RFC 2047),
// =?UTF-8?Q?Ann_Lee?=. What a text says so is looked at besides what it is, because
// size=20 is no blank.

// printable returns v without that encoding; ok is false if it has none.
func (f *buffer) printable(v *view) (u view, ok bool) {
	i := bytes.IndexByte(v.b, '=')
	if i < 0 || i+2 >= len(v.b) {
		return *v, false
	}
	f.reset()
	if v.b[i+1] == '?' {
		return f.encodedWords(v)
	}
	from := 0
	for i >= 0 {
		n, c := printed(v.b[from+i:])
		if n == 0 {
			return *v, false // an = that is none of the encoding's
		}
		f.run(v, from, from+i)
		if n == 3 && v.b[from+i+1] != '\r' {
			f.put(v, from+i, c)
		}
		from += i + n
		i = bytes.IndexByte(v.b[from:], '=')
	}
	f.run(v, from, len(v.b))
	return f.view(v, inPrintable), true
}

// printed reads what b, which starts with =, stands for: a byte, or nothing before the
// end of a line. n is 0 if it is neither.
func printed(b []byte) (n int, c byte) {
	switch {
	case len(b) < 2:
		return 0, 0
	case b[1] == '\n':
		return 2, 0
	case len(b) > 2 && b[1] == '\r' && b[2] == '\n':
		return 3, 0
	case len(b) > 2 && upperHex(b[1]) && upperHex(b[2]):
		hi, lo := hexByte(b, 1)
		return 3, byte(hi<<4 | lo)
	}
	return 0, 0
}

func upperHex(c byte) bool { return recognizer.IsDigit(c) || c-'A' < 6 }

// encodedWords undoes the words of a header that are written so, and leaves those in
// base64, which are looked at as such.
func (f *buffer) encodedWords(v *view) (u view, ok bool) {
	b, from := v.b, 0
	for {
		i := bytes.Index(b[from:], []byte("=?"))
		if i < 0 {
			break
		}
		i += from
		mark := bytes.IndexByte(b[i+2:], '?') + i + 2
		if mark < i+3 || mark-i > 40 || mark+3 >= len(b) || b[mark+1]|0x20 != 'q' || b[mark+2] != '?' {
			f.run(v, from, i+2)
			from = i + 2
			continue
		}
		end := bytes.Index(b[mark+3:], []byte("?=")) + mark + 3
		if end < mark+3 {
			break
		}
		f.run(v, from, i)
		for k := mark + 3; k < end; {
			switch n, c := printed(b[k:end]); {
			case b[k] == '=' && n == 3:
				f.put(v, k, c)
				k += n
			case b[k] == '_':
				f.put(v, k, ' ')
				k++
			default:
				f.run(v, k, k+1)
				k++
			}
		}
		from, ok = end, true
	}
	f.run(v, from, len(b))
	return f.view(v, inPrintable), ok
}
