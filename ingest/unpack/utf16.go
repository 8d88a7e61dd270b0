package unpack

import (
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// transcoder turns UTF-16 into UTF-8. Lone surrogates become U+FFFD; a stream
// that ends inside a code unit is truncated.
type transcoder struct {
	r     io.Reader
	big   bool
	start bool // the byte order mark is still to come
	in    [4 << 10]byte
	n     int    // bytes of in that wait
	high  rune   // a high surrogate that waits for its other half, or 0
	out   []byte // text not yet read
	rest  []byte
	err   error
}

func (t *transcoder) reset(r io.Reader, big bool) {
	*t = transcoder{r: r, big: big, start: true, rest: t.rest[:0]}
}

func (t *transcoder) Read(p []byte) (int, error) {
	for len(t.out) == 0 {
		if t.err != nil {
			return 0, t.err
		}
		t.fill()
	}
	n := copy(p, t.out)
	t.out = t.out[n:]
	return n, nil
}

func (t *transcoder) fill() {
	n, err := t.r.Read(t.in[t.n:])
	t.n += n
	buf := t.rest[:0]
	i := 0
	for ; i+1 < t.n; i += 2 {
		c := rune(t.in[i]) | rune(t.in[i+1])<<8
		if t.big {
			c = rune(t.in[i])<<8 | rune(t.in[i+1])
		}
		if t.start {
			t.start = false
			if c == 0xfeff {
				continue
			}
		}
		buf = t.add(buf, c)
	}
	t.n = copy(t.in[:], t.in[i:t.n])
	if err != nil {
		if t.high != 0 {
			buf = utf8.AppendRune(buf, utf8.RuneError)
			t.high = 0
		}
		if err == io.EOF && t.n > 0 {
			err = io.ErrUnexpectedEOF
		}
		t.err = err
	}
	t.rest, t.out = buf, buf
}

func (t *transcoder) add(buf []byte, c rune) []byte {
	if t.high != 0 {
		r := utf16.DecodeRune(t.high, c)
		t.high = 0
		if r != utf8.RuneError {
			return utf8.AppendRune(buf, r)
		}
		buf = utf8.AppendRune(buf, utf8.RuneError)
	}
	if c >= 0xd800 && c < 0xdc00 {
		t.high = c
		return buf
	}
	return utf8.AppendRune(buf, c) // a lone low surrogate becomes U+FFFD
}
