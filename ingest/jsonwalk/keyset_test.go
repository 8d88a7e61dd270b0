package jsonwalk

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// TestKeysAreOneByASCIICaseOnly: two keys are the same to the set if and only if
// they are equal once A to Z are lower-cased; other bytes are left alone.
func TestKeysAreOneByASCIICaseOnly(t *testing.T) {
	s := newKeySet()
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "a")
		b := bytes.Clone(a)
		for range rapid.IntRange(0, 3).Draw(t, "changes") {
			if len(b) > 0 {
				b[rapid.IntRange(0, len(b)-1).Draw(t, "at")] ^= rapid.SampledFrom([]byte{0x20, 0x80, 1}).Draw(t, "bit")
			}
		}
		s.reset()
		s.add(1, a)
		if fresh, same := s.add(1, b), bytes.Equal(asciiLower(a), asciiLower(b)); fresh == same {
			t.Fatalf("%q and %q: new is %v", a, b, fresh)
		}
		if !s.add(2, a) {
			t.Fatal("a key of another object is not new")
		}
	})
}

func asciiLower(b []byte) []byte {
	l := bytes.Clone(b)
	for i, c := range l {
		if c >= 'A' && c <= 'Z' {
			l[i] = c + 0x20
		}
	}
	return l
}

// TestStringsOfEveryLength puts the byte that ends a string, starts an escape or
// is forbidden at every distance from the start.
func TestStringsOfEveryLength(t *testing.T) {
	for n := range 40 {
		text := bytes.Repeat([]byte("\xc3\xa9~!"), 10)[:n]
		for _, c := range []byte{'"', '\\', 0, 0x1f, '\n', ' ', '!', 0x7f, 0x80, 0xff} {
			b := append(append(bytes.Clone(text), c), text...)
			want := n
			if plain[c] {
				want = len(b)
			}
			if got := SkipPlain(b, 0); got != want {
				t.Errorf("byte %#x after %d: stopped at %d, want %d", c, n, got, want)
			}
		}
	}
}
