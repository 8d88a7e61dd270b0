package text

import (
	"bytes"
	"testing"
)

// slowWord and its like say byte by byte what the fast ones say.
func slowWord(b []byte) bool {
	return len(bytes.TrimLeft(b, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_:/.")) == 0
}

func slowHex(b []byte) bool { return len(bytes.TrimLeft(b, "0123456789abcdefABCDEF")) == 0 }

func slowNoControls(b []byte) bool {
	for _, c := range b {
		if c < ' ' {
			return false
		}
	}
	return true
}

func slowNotDigits(b []byte) (m uint64) {
	for i, c := range b {
		if c < '0' || c > '9' {
			m |= 1 << i
		}
	}
	return m
}

// checkClasses compares every way to look at b with the slow one.
func checkClasses(t *testing.T, b []byte) {
	t.Helper()
	if want := slowWord(b); Word(b) != want || word(b) != want {
		t.Errorf("%q: word %v and %v, want %v", b, Word(b), word(b), want)
	}
	if want := slowHex(b); Hex(b) != want || hexadecimal(b) != want {
		t.Errorf("%q: hex %v and %v, want %v", b, Hex(b), hexadecimal(b), want)
	}
	if want := slowNoControls(b); NoControls(b) != want || noControls(b) != want {
		t.Errorf("%q: no controls %v and %v, want %v", b, NoControls(b), noControls(b), want)
	}
	for ; len(b) >= 64; b = b[1:] {
		w := (*[64]byte)(b)
		if want := slowNotDigits(w[:]); NotDigits(w) != want || notDigits(w) != want {
			t.Errorf("%q: no digits %x and %x, want %x", w[:], NotDigits(w), notDigits(w), want)
		}
	}
}

// TestClassesByteByByte puts every byte at every place of words of many lengths.
func TestClassesByteByByte(t *testing.T) {
	for _, n := range []int{0, 1, 7, 8, 9, 16, 31, 32, 33, 40, 65} {
		for _, fill := range []byte("a5") {
			b := bytes.Repeat([]byte{fill}, n)
			checkClasses(t, b)
			for at := range b {
				for c := range 256 {
					b[at] = byte(c)
					if want := slowWord(b); Word(b) != want || word(b) != want {
						t.Fatalf("%q: word, want %v", b, want)
					}
					if want := slowHex(b); Hex(b) != want || hexadecimal(b) != want {
						t.Fatalf("%q: hex, want %v", b, want)
					}
					if want := c >= ' '; NoControls(b) != want || noControls(b) != want {
						t.Fatalf("%q: no controls, want %v", b, want)
					}
				}
				b[at] = fill
			}
		}
	}
	for c := range 256 {
		checkClasses(t, append(bytes.Repeat([]byte("7"), 63), byte(c)))
		checkClasses(t, append([]byte{byte(c)}, bytes.Repeat([]byte("7"), 70)...))
	}
}

func FuzzClasses(f *testing.F) {
	f.Add([]byte("app/portal/50dc6c495c0c9188"))
	f.Add([]byte("Root=1-58337262-36d228ad5d99923122bbe354"))
	f.Add([]byte("123.193.242.97:39232 10.0.6.140:8443 0.000 0.110 0.000 200 200 3785 16232 "))
	f.Fuzz(func(t *testing.T, b []byte) { checkClasses(t, b) })
}

func BenchmarkWord(b *testing.B) {
	id := []byte("TID_231067b12e7b17eaad737277c337b23e")
	for b.Loop() {
		if !Word(id) {
			b.Fatal("no word")
		}
	}
}

func BenchmarkNoControls(b *testing.B) {
	line := bytes.Repeat([]byte("lookup matched "), 14)
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		if !NoControls(line) {
			b.Fatal("no text")
		}
	}
}

func BenchmarkHex(b *testing.B) {
	id := []byte("231067b12e7b17eaad737277c337b23e")
	for b.Loop() {
		if !Hex(id) {
			b.Fatal("not hexadecimal")
		}
	}
}
