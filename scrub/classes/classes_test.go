package classes

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// slow is Of, byte by byte.
func slow(b []byte) ([]Block, bool) {
	blocks := make([]Block, (len(b)+63)/64)
	wraps := false
	for i, c := range b {
		k, bit := &blocks[i/64], uint64(1)<<(i%64)
		if c >= '0' && c <= '9' {
			k.Digit |= bit
		}
		if c >= 'A' && c <= 'Z' || c >= 0x80 {
			k.Capital |= bit
			k.Letter |= bit
		}
		if c >= 'a' && c <= 'z' {
			k.Letter |= bit
		}
		switch c {
		case '=', ':', '@', '/', '(', '+', '^', '[', '<', ')', ']', '{', '}':
			k.Mark |= bit
		}
		switch c {
		case '%', '&', '+', '{', '|', '\\', '*', '~', '^':
			wraps = true
		}
	}
	return blocks, wraps
}

func check(t *testing.T, b []byte) {
	t.Helper()
	want, wantWraps := slow(b)
	got, wraps := Of(nil, b)
	if !slices.Equal(got, want) || wraps != wantWraps {
		t.Fatalf("Of(%q) = %v %v, want %v %v", b, got, wraps, want, wantWraps)
	}
	if n := len(b) / 64 * 64; n > 0 {
		if p, _ := plain(nil, b[:n]); !slices.Equal(p, want[:n/64]) {
			t.Fatalf("plain(%q) = %v, want %v", b[:n], p, want[:n/64])
		}
	}
}

func TestEveryByteAtEveryPlace(t *testing.T) {
	for c := range 256 {
		for _, at := range []int{0, 15, 16, 31, 32, 63, 64, 65, 127} {
			b := make([]byte, 130)
			b[at] = byte(c)
			check(t, b)
			check(t, b[:at+1])
		}
	}
	check(t, nil)
}

func FuzzOf(f *testing.F) {
	f.Add([]byte("GET https://h:443/Patient/1?x=%40 \"é\" [1] {a|b} ~*^"))
	f.Fuzz(check)
}

func TestOfDoesNotAllocate(t *testing.T) {
	b := make([]byte, 1000)
	dst := make([]Block, 0, 16)
	if n := testing.AllocsPerRun(100, func() { dst, _ = Of(dst[:0], b) }); n != 0 {
		t.Fatalf("%v allocations", n)
	}
}

func BenchmarkOf(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	text := make([]byte, 64<<10)
	for i := range text {
		text[i] = byte(' ' + r.IntN(95))
	}
	var dst []Block
	for name, of := range map[string]func([]Block, []byte) ([]Block, bool){"built": Of, "plain": plain} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				dst, _ = of(dst[:0], text)
			}
		})
	}
}
