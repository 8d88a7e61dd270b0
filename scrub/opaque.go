package scrub

import (
	"encoding/base64"
	"unicode/utf8"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/recognizer"
)

const (
	// opaqueMin letters and digits in a row are tried as base64: a social
	// security number takes 15.
	opaqueMin = 14

	// A record may try so many bytes as base64. Only one made to be slow, words
	// joined by hyphens each of which could start a text, needs more.
	effortFloor, effortFactor = 64 << 10, 32
)

// opaque looks at a long run of letters and digits that starts at i: a JSON Web
// Token, an image, or text in base64, compressed or not, with something to find
// inside.
func (s *searcher) opaque(i int) {
	b := s.b
	if end := recognizer.JWTAt(b, i); end > 0 {
		s.take(i, end, recognizer.JWT)
		return
	}
	if s.depth >= maxNesting {
		return
	}
	if compressedAt(b, i) {
		s.compressed(i)
		return
	}
	l := &s.e.levels[s.depth].buf[0]
	if !s.hopeful(l, i) {
		return
	}
	looked, ok := textual(b, i)
	if s.e.effort -= looked; s.e.effort < 0 {
		s.pos = len(b) // the record is lost: see find
		return
	}
	if !ok {
		return
	}
	end, std := base64End(b, i)
	if text, ok := l.base64(b[i:end], std); ok {
		s.inside(text, i, padded(b, end))
	}
}

// inside looks into the text that b[i:end] holds in an encoding of which no part
// can be replaced: with anything found there, all of it goes.
func (s *searcher) inside(text []byte, i, end int) {
	u := view{b: text, blob: true}
	u.blobStart, u.blobEnd = s.v.span(i, end)
	before := len(s.e.matches)
	s.e.scan(u, announcement{}, schemas.Text, s.depth+1)
	if len(s.e.matches) > before {
		s.e.matches = s.e.matches[:before]
		s.take(i, end, recognizer.Encoded)
		return
	}
	s.pos = end
}

// base64End returns the end of the characters of base64 that start at b[i], without
// padding; std says that none is of the alphabet of URLs alone.
func base64End(b []byte, i int) (end int, std bool) {
	end, std = i, true
	for end < len(b) && (recognizer.IsWord(b[end]) && b[end] < 0x80 || b[end] == '+' || b[end] == '/' || b[end] == '-' || b[end] == '_') {
		std = std && b[end] != '-' && b[end] != '_'
		end++
	}
	return end, std
}

// padded returns the end of the padding behind base64 that ends at b[end].
func padded(b []byte, end int) int {
	for k := 0; k < 2 && end < len(b) && b[end] == '='; k++ {
		end++
	}
	return end
}

// hopeful says whether what stands at b[i] may be worth decoding: an image, or
// base64 whose first bytes are text. Most long words are neither, and decoding
// all that hangs on them with hyphens and slashes would take the square of it.
func (s *searcher) hopeful(l *buffer, i int) bool {
	b := s.b
	if recognizer.ImageAt(b, i) {
		end := i
		for end < len(b) && (recognizer.IsWord(b[end]) && b[end] < 0x80 || b[end] == '+' || b[end] == '/' || b[end] == '=') {
			end++
		}
		if end-i > 200 {
			s.take(i, end, recognizer.Photo)
			return false
		}
	}
	if i+12 > len(b) {
		return false
	}
	l.grow(9)
	head := l.b[:9]
	if _, err := base64.RawURLEncoding.Decode(head, b[i:i+12]); err != nil {
		if _, err = base64.RawStdEncoding.Decode(head, b[i:i+12]); err != nil {
			return false
		}
	}
	return printable(head)
}

// base64 decodes b, which is text in base64 without padding, if it is.
func (f *buffer) base64(b []byte, std bool) (text []byte, ok bool) {
	enc := base64.RawURLEncoding
	if std {
		enc = base64.RawStdEncoding
	}
	if len(b)%4 == 1 {
		b = b[:len(b)-1]
	}
	f.grow(len(b))
	n, err := enc.Decode(f.b[:cap(f.b)], b)
	if err != nil {
		return nil, false
	}
	if text = f.b[:n]; printable(text) && utf8.Valid(text) {
		return text, true
	}
	text = text[:n-n%3] // the last characters may be of what comes behind it
	return text, printable(text) && utf8.Valid(text)
}

// grow makes room for n bytes, whatever the buffer held.
func (f *buffer) grow(n int) {
	if f.b = f.b[:0]; cap(f.b) < n {
		f.b = make([]byte, 0, n)
	}
}

// printable says that decoded bytes could be text.
func printable(b []byte) bool {
	for _, c := range b {
		if !plainByte(c) {
			return false
		}
	}
	return len(b) > 8
}

// sextet has the value of a character of base64 or base64url; 0xff is of others.
var sextet = func() (t [256]uint8) {
	for c := range t {
		t[c] = 0xff
	}
	for v, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/" {
		t[c] = uint8(v)
	}
	t['-'], t['_'] = t['+'], t['/']
	return t
}()

// textual says whether all whole groups of base64 from b[i] on are plain bytes,
// and how many characters it looked at: up to the first that is not.
func textual(b []byte, i int) (looked int, ok bool) {
	k := i
	for ; k+4 <= len(b); k += 4 {
		w, x, y, z := sextet[b[k]], sextet[b[k+1]], sextet[b[k+2]], sextet[b[k+3]]
		if w|x|y|z >= 0x80 {
			break
		}
		if !plainByte(w<<2|x>>4) || !plainByte(x<<4|y>>2) || !plainByte(y<<6|z) {
			if k+8 > len(b) || sextet[b[k+4]]|sextet[b[k+5]]|sextet[b[k+6]]|sextet[b[k+7]] >= 0x80 {
				break // the last group may be of what comes behind it
			}
			return k - i + 4, false
		}
	}
	return k - i + 4, true
}

// opaqueHead says whether what stands at b[i] may be worth a call of opaque: an
// image, a token, or base64 whose first bytes could be text.
func opaqueHead(b []byte, i int) bool {
	if i+12 > len(b) {
		return false
	}
	for k := i; k < i+12; k += 4 {
		w, x, y, z := sextet[b[k]], sextet[b[k+1]], sextet[b[k+2]], sextet[b[k+3]]
		if w|x|y|z >= 0x80 {
			return b[i] == '/' && recognizer.ImageAt(b, i)
		}
		if !plainByte(w<<2|x>>4) || !plainByte(x<<4|y>>2) || !plainByte(y<<6|z) {
			return recognizer.ImageAt(b, i) || b[i] == 'e' && b[i+1] == 'y' && b[i+2] == 'J' || compressedAt(b, i)
		}
	}
	return true
}

// plainByte: see printable.
func plainByte(c byte) bool { return c >= ' ' && c != 0x7f || c == '\n' || c == '\t' || c == '\r' }
