package scrub

import (
	"slices"
)

// view is text as a reader would see it and where each byte of it stands in the
// record. off has one more entry than b; nil means that b stands there as it is,
// from base on.
type view struct {
	b    []byte
	off  []uint32
	base uint32
	// blob, if set, says that single bytes of b can not be replaced: a match
	// covers the span [blobStart,blobEnd) of the record. So are base64, and
	// numbers of JSON.
	blobStart, blobEnd uint32
	blob               bool
	bare               bool   // an unquoted JSON value: what replaces it brings quotes
	name               bool   // the key of an object member
	in                 layers // the encodings that b was in, for those quotes

	office, officeEnd int // the element of an organisation in b, whose address is no patient's
}

// whole returns v as a blob of all its bytes.
func (v view) whole() view {
	if !v.blob {
		v.blobStart, v.blobEnd = v.at(0), v.at(len(v.b))
		v.blob = true
	}
	return v
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

// span returns the place of b[s:e] in the record. It never cuts a character of
// several bytes: half of one makes a record that no longer parses, and the bytes
// of an escape such as \u00e9 all stand at the same place.
func (v *view) span(s, e int) (uint32, uint32) {
	if v.blob {
		return v.blobStart, v.blobEnd
	}
	for k := 0; k < 3 && s > 0 && s < len(v.b) && v.b[s]&0xc0 == 0x80; k++ {
		s--
	}
	for k := 0; k < 3 && e < len(v.b) && v.b[e]&0xc0 == 0x80; k++ {
		e++
	}
	return v.at(s), v.at(e)
}

// sub returns the view of b[s:e].
func (v *view) sub(s, e int) view {
	u := *v
	u.b = v.b[s:e]
	u.office, u.officeEnd = 0, 0
	if v.off != nil {
		u.off = v.off[s : e+1]
	} else {
		u.base += uint32(s)
	}
	return u
}

// buffer is memory for one decoded view; an engine has some a nesting level.
type buffer struct {
	b   []byte
	off []uint32
}

func (f *buffer) reset() {
	f.b, f.off = f.b[:0], f.off[:0]
}

// run appends v.b[i:j] as it stands.
func (f *buffer) run(v *view, i, j int) {
	f.b = append(f.b, v.b[i:j]...)
	if v.blob {
		return
	}
	n := len(f.off)
	f.off = slices.Grow(f.off, j-i)[:n+j-i]
	if v.off != nil {
		copy(f.off[n:], v.off[i:j])
		return
	}
	at := v.base + uint32(i)
	for k := range f.off[n:] {
		f.off[n+k] = at + uint32(k)
	}
}

// put appends a decoded byte that stands for v.b[i:].
func (f *buffer) put(v *view, i int, c byte) {
	f.b = append(f.b, c)
	f.fill(v, i)
}

// fill says of the bytes appended last that they stand for v.b[i:].
func (f *buffer) fill(v *view, i int) {
	if v.blob {
		return
	}
	for at := v.at(i); len(f.off) < len(f.b); {
		f.off = append(f.off, at)
	}
}

// view closes the buffer as a view decoded from v, which was in the encoding l.
func (f *buffer) view(v *view, l layer) view {
	u := *v
	u.b, u.off, u.base = f.b, nil, 0
	u.in = u.in.add(l)
	if !v.blob {
		f.off = append(f.off, v.at(len(v.b)))
		u.off = f.off
	}
	return u
}
