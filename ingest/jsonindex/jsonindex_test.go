package jsonindex

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// text draws text of the bytes that mean something, long and short runs of them.
func text(t *rapid.T) []byte {
	piece := rapid.SampledFrom([]string{
		`{`, `}`, `[`, `]`, `"`, `"`, `\`, `\\`, `\"`, "\n", "\x00", "\x1f", " ", "!", "~", "\x7f", "\x80", "\xff", "{\"", "}\"", "Records", `"Records"`, "R", ":",
		strings.Repeat("x", 13), strings.Repeat("y", 64), strings.Repeat(`\`, 63), strings.Repeat("[", 70), strings.Repeat("]", 70), strings.Repeat("[]", 40), strings.Repeat(`"`, 65),
	})
	return []byte(strings.Join(rapid.SliceOfN(piece, 0, 40).Draw(t, "pieces"), ""))
}

// end is Nest as plainly as can be.
func end(b []byte) (pos int, a Answer, records bool) {
	depth, inString := 0, false
	for i := 0; i < len(b); i++ {
		c := b[i]
		switch {
		case inString && c == '\\':
			i++
		case inString && c == '\n':
			return i, Broken, records
		case c == '"':
			inString = !inString
			records = records || inString && bytes.HasPrefix(b[i:], []byte(`"Records"`))
		case inString:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth--; depth == 0 {
				return i + 1, Whole, records
			}
		}
	}
	return len(b), More, records
}

// TestNestAgrees: given text whole or in pieces, Scan and scanBytes find the end
// that the plain loop finds, and never miss "Records".
func TestNestAgrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := append([]byte("{"), text(t)...)
		pos, a, records := end(b)
		borders := rapid.SliceOf(rapid.IntRange(0, len(b))).Draw(t, "borders")
		slices.Sort(borders)
		keep := rapid.Bool().Draw(t, "keep")
		for name, scan := range map[string]func(*Nest, []byte) Answer{
			"Scan":      (*Nest).Scan,
			"scanBytes": func(n *Nest, w []byte) Answer { return n.scanBytes(w, len(w)) },
		} {
			var n Nest
			got, lost := More, 0
			for _, border := range append(borders, len(b)) {
				if got = scan(&n, b[lost:border]); got != More {
					break
				}
				if !keep {
					lost += n.Pos
					n.Pos = 0
				}
			}
			if got != a || lost+n.Pos != pos || records && !n.Records {
				t.Fatalf("%s of %q: %d at %d, Records %v; want %d at %d, %v", name, b, got, lost+n.Pos, n.Records, a, pos, records)
			}
		}
	})
}

// TestRecordsAtBorders puts "Records" across the border of the last whole block.
func TestRecordsAtBorders(t *testing.T) {
	for n := range 200 {
		for _, rest := range []string{`1}`, `1\}`, `1\}` + strings.Repeat(" ", 60), `1,"x":1}` + strings.Repeat(" ", 100)} {
			in := []byte(`{"` + strings.Repeat("x", n) + `":0,"Records":` + rest)
			var nest Nest
			if a := nest.Scan(in); a != Whole || !nest.Records {
				t.Fatalf("%q: %d, Records %v", in, a, nest.Records)
			}
		}
	}
}

// TestNestIsNotAlarmedByRoles: of text that is whole in the window, Records is no
// guess.
func TestNestIsNotAlarmedByRoles(t *testing.T) {
	f := func(in string, want bool) {
		t.Helper()
		n := Nest{}
		if a := n.Scan([]byte(in + strings.Repeat(" ", 200))); a != Whole || n.Records != want {
			t.Errorf("%s: %d, Records %v", in, a, n.Records)
		}
	}
	f(`{"Role":"Reader","a":"xR\"Re"}`, false)
	f(`{"Role":"Reader","a":{"Records":1}}`, true)
	f(`{"a":"`+strings.Repeat("x", 53)+`","Records":1}`, true)
	f(`{"a":"`+strings.Repeat("x", 54)+`","Records":1}`, true)
	f(`{"a":"`+strings.Repeat("x", 55)+`","Records":1}`, true)
}

// TestSpecialAgrees: of text of every length, Special marks the bytes that need
// thought and what lies past the end, in both ways of making masks.
func TestSpecialAgrees(t *testing.T) {
	var dst []uint64
	rapid.Check(t, func(t *rapid.T) {
		b := text(t)
		b = b[:rapid.IntRange(0, len(b)).Draw(t, "length")]
		dst = Special(dst, b)
		if len(dst) != len(b)/64+2 {
			t.Fatalf("%d words for %d bytes", len(dst), len(b))
		}
		for i := range len(dst) * 64 {
			want := i >= len(b) || b[i] == '"' || b[i] == '\\' || b[i] < 0x20
			if got := dst[i/64]>>(i%64)&1 == 1; got != want {
				t.Fatalf("byte %d of %q: %v", i, b, got)
			}
		}
		words := make([]uint64, len(b)/64)
		specialWords(words, b)
		if full := dst[:len(words)]; !slices.Equal(full, words) {
			t.Fatalf("%q: %x and %x", b, full, words)
		}
	})
}

func FuzzNest(f *testing.F) {
	for _, s := range []string{`{"a":"\\\""}`, `[{"Records":[]}]`, "{\"a\n", `{\"a":{}}`} {
		f.Add([]byte(s), uint8(7))
		f.Add([]byte(s+strings.Repeat(s, 30)), uint8(100))
	}
	f.Fuzz(func(t *testing.T, b []byte, piece uint8) {
		if len(b) == 0 || b[0] != '{' && b[0] != '[' {
			return
		}
		pos, a, records := end(b)
		var n, m Nest
		got := n.Scan(b)
		if got != a || n.Pos != pos || records && !n.Records {
			t.Fatalf("%q: %d at %d, want %d at %d", b, got, n.Pos, a, pos)
		}
		for to := 0; ; to = min(to+1+int(piece), len(b)) {
			if got = m.scanBytes(b[:to], to); got != More || to == len(b) {
				break
			}
		}
		if got != a || m.Pos != pos || records && !m.Records {
			t.Fatalf("%q by bytes: %d at %d, want %d at %d", b, got, m.Pos, a, pos)
		}
	})
}

var sink []uint64

func corpus() []byte {
	return bytes.Repeat([]byte(`{"eventVersion":"1.09","userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::123456789012:assumed-role/App/x"},"errorMessage":"not \"that\"","resources":[{"type":"AWS::S3::Bucket"}],"readOnly":true}`), 10)
}

func BenchmarkNest(b *testing.B) {
	text := append(append([]byte("["), corpus()...), ']')
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		var n Nest
		if n.Scan(text) != Whole {
			b.Fatal("not whole")
		}
	}
}

func BenchmarkSpecial(b *testing.B) {
	text := corpus()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		sink = Special(sink, text)
	}
}
