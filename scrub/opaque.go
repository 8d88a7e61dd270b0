package scrub

import (
	"encoding/base64"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/recognizer"
)

// opaque looks at a long run of letters and digits that starts at i: a JSON Web
// Token, an image, or text in base64 with something to find inside.
func (s *searcher) opaque(i int) {
	b := s.b
	if end := recognizer.JWTAt(b, i); end > 0 {
		s.take(i, end, recognizer.JWT)
		return
	}
	end, std := i, true
	for end < len(b) && (recognizer.IsWord(b[end]) && b[end] < 0x80 || b[end] == '+' || b[end] == '/' || b[end] == '-' || b[end] == '_') {
		std = std && b[end] != '-' && b[end] != '_'
		end++
	}
	if end-i < 24 || s.depth >= maxNesting {
		return
	}
	if recognizer.ImageAt(b, i) && end-i > 200 {
		s.take(i, end, recognizer.Photo)
		return
	}
	enc := base64.RawURLEncoding
	if std {
		enc = base64.RawStdEncoding
	}
	l := &s.e.levels[s.depth]
	n := (end - i) &^ 3
	if cap(l.buf[0].b) < n {
		l.buf[0].b = make([]byte, n)
	}
	out := l.buf[0].b[:n]
	k, err := enc.Decode(out, b[i:i+n])
	if err != nil || !printable(out[:k]) {
		return
	}
	for end < len(b) && b[end] == '=' {
		end++
	}
	u := view{b: out[:k], blob: true}
	u.blobStart, u.blobEnd = s.v.span(i, end)
	before := len(s.e.matches)
	s.e.scan(&u, announcement{}, schemas.Text, s.depth+1)
	if len(s.e.matches) > before {
		s.e.matches = s.e.matches[:before]
		s.take(i, end, recognizer.Encoded)
	}
}

// printable says that decoded bytes are text.
func printable(b []byte) bool {
	for _, c := range b {
		if c < ' ' && c != '\n' && c != '\t' && c != '\r' || c == 0x7f {
			return false
		}
	}
	return len(b) > 8
}
