package scrub

import (
	"unicode/utf8"

	"github.com/scrubline/scrubline/ingest/jsonwalk"
)

// view is text as a reader would see it and where each byte of it stands in the
// record. off has one more entry than b; nil means that b stands there as it is,
// from base on.
type view struct {
	b    []byte
	off  []uint32
	base uint32
	// blob, if set, is the span of encoded bytes that b was decoded from in such
	// a way that single bytes can not be replaced: a match covers all of it.
	blobStart, blobEnd uint32
	blob               bool
}

// at returns the place of b[i] in the record.
func (v *view) at(i int) uint32 {
	if v.blob {
		if i == 0 {
			return v.blobStart
		}
		return v.blobEnd
	}
	if v.off == nil {
		return v.base + uint32(i)
	}
	return v.off[i]
}

// span returns the place of b[s:e] in the record.
func (v *view) span(s, e int) (uint32, uint32) {
	if v.blob {
		return v.blobStart, v.blobEnd
	}
	return v.at(s), v.at(e)
}

// sub returns the view of b[s:e].
func (v *view) sub(s, e int) view {
	u := *v
	u.b = v.b[s:e]
	if v.off != nil {
		u.off = v.off[s : e+1]
	} else {
		u.base += uint32(s)
	}
	return u
}

// buffer is memory for one decoded view; an engine has one a nesting level.
type buffer struct {
	b   []byte
	off []uint32
}

func (f *buffer) reset() {
	f.b, f.off = f.b[:0], f.off[:0]
}

// put appends decoded bytes that stand for v.b[i:].
func (f *buffer) put(v *view, i int, bs ...byte) {
	at := v.at(i)
	for _, c := range bs {
		f.b = append(f.b, c)
		f.off = append(f.off, at)
	}
}

// view closes the buffer as a view decoded from v.
func (f *buffer) view(v *view) view {
	f.off = append(f.off, v.at(len(v.b)))
	u := *v
	u.b, u.off, u.base = f.b, f.off, 0
	return u
}

// unescapeJSON undoes the escapes of a JSON string.
func (f *buffer) unescapeJSON(v *view) view {
	f.reset()
	for i := 0; i < len(v.b); {
		r, raw, n := jsonwalk.Escape(v.b[i:])
		if raw {
			f.put(v, i, v.b[i])
		} else {
			f.rune(v, i, r)
		}
		i += n
	}
	return f.view(v)
}

func (f *buffer) rune(v *view, i int, r rune) {
	n := len(f.b)
	f.b = utf8.AppendRune(f.b, r)
	for range f.b[n:] {
		f.off = append(f.off, v.at(i))
	}
}

// unescapeSlashX undoes \xHH and \" as ALB and Apache write them.
func (f *buffer) unescapeSlashX(v *view) view {
	f.reset()
	for i := 0; i < len(v.b); {
		c, n := v.b[i], 1
		if c == '\\' && i+1 < len(v.b) {
			if hi, lo := hexByte(v.b, i+2); v.b[i+1] == 'x' && hi >= 0 {
				c, n = byte(hi<<4|lo), 4
			} else if v.b[i+1] == '"' || v.b[i+1] == '\\' {
				c, n = v.b[i+1], 2
			}
		}
		f.put(v, i, c)
		i += n
	}
	return f.view(v)
}

// percent undoes %HH, and + as a blank if plus is set. changed says whether
// there was anything to undo; if not the view is v itself.
func (f *buffer) percent(v *view, plus bool) (u view, changed bool) {
	f.reset()
	for i := 0; i < len(v.b); {
		c, n := v.b[i], 1
		switch {
		case c == '%':
			if hi, lo := hexByte(v.b, i+1); hi >= 0 {
				c, n, changed = byte(hi<<4|lo), 3, true
			}
		case c == '+' && plus:
			c, changed = ' ', true
		}
		f.put(v, i, c)
		i += n
	}
	if !changed {
		return *v, false
	}
	return f.view(v), true
}

var entities = [...]struct {
	name string
	c    byte
}{{"amp;", '&'}, {"lt;", '<'}, {"gt;", '>'}, {"quot;", '"'}, {"apos;", '\''}, {"nbsp;", ' '}, {"commat;", '@'}}

// entity undoes HTML character references.
func (f *buffer) entity(v *view) (u view, changed bool) {
	f.reset()
next:
	for i := 0; i < len(v.b); {
		if v.b[i] == '&' && i+2 < len(v.b) {
			rest := v.b[i+1:]
			for _, e := range entities {
				if len(rest) >= len(e.name) && string(rest[:len(e.name)]) == e.name {
					f.put(v, i, e.c)
					i += 1 + len(e.name)
					changed = true
					continue next
				}
			}
			if r, n := charRef(rest); n > 0 {
				f.rune(v, i, r)
				i += 1 + n
				changed = true
				continue
			}
		}
		f.put(v, i, v.b[i])
		i++
	}
	if !changed {
		return *v, false
	}
	return f.view(v), true
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
	for start := i; i < len(b) && i-start < 7; i++ {
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
