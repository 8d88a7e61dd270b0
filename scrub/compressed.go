package scrub

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"io"

	"github.com/scrubline/scrubline/scrub/recognizer"
)

// Text in gzip in base64, as CloudWatch Logs sends it to subscribers, is inflated
// and looked at. A record may inflate so many bytes for each of its own, and each
// member counts as a few more: so much does it take to start on one. What is larger,
// cut short or broken was not looked at, or not all of it, and goes as a whole.
const inflateFloor, inflateFactor, inflateMost, inflateStart = 24 << 10, 8, 4 << 20, 16 << 10

// compressedAt says whether base64 of a gzip member starts at b[i]: the two bytes
// of its magic number and the one for deflate, RFC 1952 section 2.3.1.
func compressedAt(b []byte, i int) bool {
	return i+gzipLeast <= len(b) && b[i] == 'H' && b[i+1] == '4' && b[i+2] == 's' && b[i+3] == 'I'
}

// gzipLeast characters of base64 hold the header and the trailer of a member.
const gzipLeast = 24

// compressed looks into the gzip that starts at b[i] in base64, unless its header
// says that it is none after all.
func (s *searcher) compressed(i int) {
	end, std := base64End(s.b, i)
	l := &s.e.levels[s.depth]
	s.e.inflate -= inflateStart
	text, whole := l.gzip.inflate(&l.buf[0], s.b[i:end], std, s.e.inflate)
	s.e.inflate -= len(text)
	if end = padded(s.b, end); !whole {
		s.take(i, end, recognizer.Encoded)
		return
	}
	s.inside(text, i, end)
}

// inflater undoes gzip; it keeps its memory from one record to the next.
type inflater struct {
	from bytes.Reader
	zip  *gzip.Reader
	text []byte
}

// inflate returns the text of gzip in base64, at most most bytes of it; whole is
// false if that is not all. The text is good until the next call.
func (f *inflater) inflate(buf *buffer, b []byte, std bool, most int) (text []byte, whole bool) {
	if most <= 0 {
		return nil, false
	}
	enc := base64.RawURLEncoding
	if std {
		enc = base64.RawStdEncoding
	}
	if len(b)%4 == 1 {
		b = b[:len(b)-1]
	}
	buf.grow(len(b))
	n, _ := enc.Decode(buf.b[:cap(buf.b)], b)
	f.from.Reset(buf.b[:n])
	var err error
	if f.zip == nil {
		f.zip, err = gzip.NewReader(&f.from)
	} else {
		err = f.zip.Reset(&f.from)
	}
	if err != nil {
		return nil, true
	}
	if cap(f.text) < most+1 {
		f.text = make([]byte, 0, most+1)
	}
	f.text = f.text[:most+1]
	for n = 0; n < len(f.text) && err == nil; {
		var k int
		k, err = f.zip.Read(f.text[n:])
		n += k
	}
	return f.text[:min(n, most)], n <= most && (err == io.EOF || err == gzip.ErrChecksum)
}
