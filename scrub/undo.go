package scrub

import (
	"bytes"
	"unicode/utf8"

	"github.com/scrubline/scrubline/ingest/jsonwalk"
)

// unescapeJSON undoes the escapes of a JSON string.
func (f *buffer) unescapeJSON(v *view) view {
	f.reset()
	for i := 0; i < len(v.b); {
		n := bytes.IndexByte(v.b[i:], '\\')
		if n < 0 {
			n = len(v.b) - i
		}
		f.run(v, i, i+n)
		if i += n; i == len(v.b) {
			break
		}
		r, raw, n := jsonwalk.Escape(v.b[i:])
		if raw {
			f.run(v, i, i+n)
		} else {
			f.rune(v, i, r)
		}
		i += n
	}
	return f.view(v, inJSON)
}

func (f *buffer) rune(v *view, i int, r rune) {
	f.b = utf8.AppendRune(f.b, r)
	f.fill(v, i)
}

// unescapeSlashX undoes \xHH and \" as ALB and Apache write them.
func (f *buffer) unescapeSlashX(v *view) view {
	f.reset()
	for i := 0; i < len(v.b); {
		n := bytes.IndexByte(v.b[i:], '\\')
		if n < 0 {
			n = len(v.b) - i
		}
		f.run(v, i, i+n)
		if i += n; i == len(v.b) {
			break
		}
		c, n := v.b[i], 1
		if i+1 < len(v.b) {
			if hi, lo := hexByte(v.b, i+2); v.b[i+1] == 'x' && hi >= 0 {
				c, n = byte(hi<<4|lo), 4
			} else if v.b[i+1] == '"' || v.b[i+1] == '\\' {
				c, n = v.b[i+1], 2
			}
		}
		f.put(v, i, c)
		i += n
	}
	return f.view(v, inSlashX)
}

// Where a + stands for a blank.
type plus uint8

const (
	noPlus    plus = iota
	queryPlus      // behind ? and = of a URL in text
	everyPlus
)

// percent undoes %HH, and + as a blank where p says. changed says whether there
// was anything to undo; if not the view is v itself.
func (f *buffer) percent(v *view, p plus) (u view, changed bool) {
	f.reset()
	from, query := 0, 0
	for i := 0; i < len(v.b); i++ {
		c, n := v.b[i], 0
		switch {
		case c <= ' ' || c == '"' || c == '\'' || c == '<' || c == '>':
			query = 0
		case c == '?':
			query = 1
		case c == '=' && query > 0:
			query = 2
		case c == '%':
			if hi, lo := hexByte(v.b, i+1); hi >= 0 {
				c, n = byte(hi<<4|lo), 3
			}
		case c == '+' && (p == everyPlus || p == queryPlus && query == 2):
			c, n = ' ', 1
		}
		if n == 0 {
			continue
		}
		f.run(v, from, i)
		f.put(v, i, c)
		from = i + n
		i = from - 1
		changed = true
	}
	if !changed {
		return *v, false
	}
	f.run(v, from, len(v.b))
	return f.view(v, inPercent), true
}

var entities = [...]struct {
	name string
	c    byte
}{{"amp;", '&'}, {"lt;", '<'}, {"gt;", '>'}, {"quot;", '"'}, {"apos;", '\''}, {"nbsp;", ' '}, {"commat;", '@'}}

// entity undoes HTML character references.
func (f *buffer) entity(v *view) (u view, changed bool) {
	f.reset()
	for i := 0; i < len(v.b); {
		n := bytes.IndexByte(v.b[i:], '&')
		if n < 0 {
			n = len(v.b) - i
		}
		f.run(v, i, i+n)
		if i += n; i == len(v.b) {
			break
		}
		r, n := charReference(v.b[i:])
		if n == 0 {
			f.run(v, i, i+1)
			i++
			continue
		}
		f.rune(v, i, r)
		i += n
		changed = true
	}
	if !changed {
		return *v, false
	}
	return f.view(v, inEntity), true
}

// charReference reads the character reference that b, which starts with &, starts
// with: n bytes, 0 if there is none.
func charReference(b []byte) (r rune, n int) {
	rest := b[1:]
	for i := range entities {
		e := &entities[i]
		if len(rest) >= len(e.name) && string(rest[:len(e.name)]) == e.name {
			return rune(e.c), 1 + len(e.name)
		}
	}
	if r, n = charRef(rest); n > 0 {
		n++
	}
	return r, n
}

// charRef reads #64; or #x40; .
func charRef(b []byte) (r rune, n int) {
	if len(b) < 3 || b[0] != '#' {
		return 0, 0
	}
	i, hex := 1, b[1]|0x20 == 'x'
	if hex {
		i++
	}
	for start := i; i < len(b) && i-start < 8; i++ {
		d := hexDigit(b[i])
		switch {
		case b[i] == ';' && i > start && r <= 0x10ffff:
			return r, i + 1
		case d < 0 || !hex && d > 9:
			return 0, 0
		case hex:
			r = r<<4 | rune(d)
		default:
			r = r*10 + rune(d)
		}
	}
	return 0, 0
}

func hexDigit(c byte) int {
	switch {
	case c-'0' < 10:
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

// hexByte reads two hex digits at b[i:]; hi is -1 if there are none.
func hexByte(b []byte, i int) (hi, lo int) {
	if i+2 > len(b) {
		return -1, -1
	}
	hi, lo = hexDigit(b[i]), hexDigit(b[i+1])
	if lo < 0 {
		hi = -1
	}
	return hi, lo
}
