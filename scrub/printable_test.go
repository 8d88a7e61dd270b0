package scrub

import (
	"bytes"
	"io"
	"mime/quotedprintable"
	"strings"
	"testing"
)

// FuzzPrintable: quoted-printable is undone as the standard library does, each byte
// stands for one of the text's, in order, and what has none of it is left alone.
func FuzzPrintable(f *testing.F) {
	for _, s := range []string{"Ada=20Abernathy=0ADOB", "caf=C3=A9", "a=\nb=20c", "a=\r\nb=3D", "size=20&x", "=?UTF-8?Q?Ada_Lee?= x", "=?utf-8?q?=28a=29?=b", "=?x?Q?", "=", "a=2", "=?=?a?q?b?="} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		v := view{b: b}
		var buf buffer
		u, ok := buf.printable(&v)
		if !ok {
			if len(u.b) != len(b) {
				t.Fatal("what has none of it was changed")
			}
			return
		}
		last := uint32(0)
		for i := range u.b {
			start, end := u.span(i, i+1)
			if start < last || end < start || int(end) > len(b) {
				t.Fatalf("byte %d of %q stands for %d to %d of %q", i, u.b, start, end, b)
			}
			last = start
		}
		if bytes.Contains(b, []byte("=?")) || bytes.ContainsAny(b, "\r\n \t") { // the library trims lines
			return
		}
		for _, c := range b {
			if c < ' ' || c > '~' {
				return // not of the encoding: the library refuses some
			}
		}
		want, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(string(b))))
		if err == nil && !bytes.Equal(want, u.b) {
			t.Errorf("%q gives %q, want %q", b, u.b, want)
		}
	})
}
