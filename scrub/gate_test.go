package scrub

import (
	"bytes"
	"math/rand/v2"
	"regexp"
	"testing"

	"pgregory.net/rapid"
)

var (
	gateSSN  = regexp.MustCompile(`^[0-9]{3}-[0-9]{2}-[0-9]{4}$`)
	gateCard = regexp.MustCompile(`^[3-6][0-9]{3}(-[0-9]{4}){3}$`)
)

// leaksSlow looks at every place, with regular expressions.
func leaksSlow(b []byte) bool {
	alone := func(from, to int) bool {
		return to <= len(b) && (from == 0 || !wordByte(b[from-1])) && (to == len(b) || !wordByte(b[to]))
	}
	for i := range b {
		if alone(i, i+11) && gateSSN.Match(b[i:i+11]) {
			if s := string(b[i : i+11]); s[:3] != "000" && s[:3] != "666" && s[4:6] != "00" && s[7:] != "0000" {
				return true
			}
		}
		if alone(i, i+19) && gateCard.Match(b[i:i+19]) && luhn(bytes.ReplaceAll(b[i:i+19], []byte("-"), nil)) {
			return true
		}
	}
	return false
}

// luhn checks the last of a number's digits.
func luhn(digits []byte) bool {
	sum := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			d = d*2/10 + d*2%10
		}
		sum += d
	}
	return sum%10 == 0
}

// TestTheGateSeesEveryPlace: what leaks is seen wherever it stands in a record,
// by every way to look for it.
func TestTheGateSeesEveryPlace(t *testing.T) {
	for _, id := range []string{"123-45-6789", "4111-1111-1111-1111"} {
		for n := range 140 {
			for _, after := range []string{"", " ", "x", "-", "7", " and more of the same record, long enough for a window of 64 bytes"} {
				b := append(append(bytes.Repeat([]byte("1 - "), 40)[:n], " "+id...), after...)
				if got, want := leaks(b), leaksSlow(b); got != want {
					t.Fatalf("%q: %v, want %v", b, got, want)
				}
			}
		}
	}
}

// TestTheGateIsItsSlowTwin builds records of what identifiers are made of.
func TestTheGateIsItsSlowTwin(t *testing.T) {
	piece := rapid.SampledFrom([]string{"-", "--", "1", "12", "123", "4111", "1111", "0000", "000", "666", "123-45-6789", "4111-1111-1111-1111",
		" ", "\"", "a", "_", ".", "\xc3\xa9", "2026-03-01", "the quick brown fox jumps over the lazy dog"})
	rapid.Check(t, func(t *rapid.T) {
		var b []byte
		for _, p := range rapid.SliceOfN(piece, 0, 40).Draw(t, "pieces") {
			b = append(b, p...)
		}
		if got, want := leaks(b), leaksSlow(b); got != want {
			t.Fatalf("%q: %v, want %v", b, got, want)
		}
	})
}

func FuzzGate(f *testing.F) {
	f.Add([]byte("ssn 123-45-6789, card 4111-1111-1111-1111"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if got, want := leaks(b), leaksSlow(b); got != want {
			t.Fatalf("%v, want %v", got, want)
		}
	})
}

func BenchmarkGate(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	words := []string{"https", "2026-03-01T00:00:00.000000Z", "app/prod-portal/50dc6c495c0c9188", "10.0.6.140:8443", "\"-\"", "\"-\"",
		"12345678-1234-1234-1234-123456789012", "Root=1-69a38180-7ea475c4f4da3d87883cf027", "ECDHE-RSA-AES128-GCM-SHA256", "200", "3785"}
	var line []byte
	for len(line) < 700 {
		line = append(append(line, words[r.IntN(len(words))]...), ' ')
	}
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		if leaks(line) {
			b.Fatal("it leaks")
		}
	}
}
