package policy

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// patterns are such as people write, and some that try the machine.
var patterns = []string{
	`NV-\d{8}`, `NV-?\d{2,4}[A-Z]?`, `(?i)visit-[0-9a-f]{3}`, `(?:MV|NV)-\d{2}`, `ab(c|cd)(d|e)?`, `[^,]{2}xx`, `\bNV\d{3}\b`,
	`x{2,5}y`, `(ab){1,3}`, `a.c`, `(?:a|b|ab){2,3}z`, `AA[a-zA-Z0-9_-]{0,6}Z`,
}

// TestMachineIsRegexp: at every place the machine finds the longest match of
// whole words that Go's own engine finds.
func TestMachineIsRegexp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.SampledFrom(patterns).Draw(t, "pattern")
		re, w, err := parsePattern(pattern)
		if err != nil {
			t.Fatal(err)
		}
		m, err := newMachine(re)
		if err != nil {
			t.Fatal(err)
		}
		text := rapid.StringOfN(rapid.RuneFrom([]rune("NMV-0123abcdexyzvistAZ ,_")), 0, 24, -1).Draw(t, "text")
		if rapid.Bool().Draw(t, "seeded") {
			text += rapid.StringMatching(strings.ReplaceAll(pattern, `\b`, "")).Draw(t, "match")
		}
		text = ascii(text)
		whole := regexp.MustCompile(`^(?:` + strings.ReplaceAll(pattern, `\b`, "") + `)$`)
		for i := range len(text) {
			want := 0
			for e := i + 1; e <= len(text); e++ {
				before := i > 0 && wordByte(text[i-1]) && wordByte(text[i])
				after := e < len(text) && wordByte(text[e-1]) && wordByte(text[e])
				if !before && !after && whole.MatchString(text[i:e]) {
					want = e
				}
			}
			got := m.match([]byte(text), i)
			if got != want {
				t.Fatalf("%q at %d of %q: got %d, want %d", pattern, i, text, got, want)
			}
			if got > 0 && (got-i < w.min || got-i > w.max) {
				t.Fatalf("%q matches %d bytes, measured %+v", pattern, got-i, w)
			}
		}
	})
}

// ascii is s without what a pattern never matches.
func ascii(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 0x80 {
			return 'x'
		}
		return r
	}, s)
}

// TestAnchorsAreInEveryMatch: at a place that the anchor says, case aside.
func TestAnchorsAreInEveryMatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.SampledFrom(patterns).Draw(t, "pattern")
		re, _, err := parsePattern(pattern)
		if err != nil {
			t.Fatal(err)
		}
		as := anchors(re)
		if as == nil {
			return // context must lead to it
		}
		text := strings.ToLower(rapid.StringMatching(strings.ReplaceAll(pattern, `\b`, "")).Draw(t, "match"))
		if ascii(text) != text {
			return // ſ is an s to (?i), and nothing to the machine
		}
		for _, a := range as {
			for at := a.min; at <= a.max && at <= len(text); at++ {
				if strings.HasPrefix(text[at:], a.text) {
					return
				}
			}
		}
		t.Fatalf("%q matches %q, which has none of %+v", pattern, text, as)
	})
}

func TestMeasure(t *testing.T) {
	f := func(pattern string, want width) {
		t.Helper()
		if _, got, err := parsePattern(pattern); err != nil || got != want {
			t.Errorf("%q: got %+v, %v, want %+v", pattern, got, err, want)
		}
	}
	f(`TEST-\d{3}`, width{8, 8, 1000})
	f(`a[bc]?`, width{1, 2, 3})
	f(`ab|cd|e`, width{1, 2, 3})
	f(`(?i)a{2,3}`, width{2, 3, 2})
	f(`\d{9}`, width{9, 9, 1_000_000_000})
	f(`\w{60}`, width{60, 60, many})
}

func TestChecksums(t *testing.T) {
	f := func(name, good string, bad ...string) {
		t.Helper()
		c := checksums[name]
		sum := func(b []byte) bool { return c.of(make([]byte, 0, 64), b) }
		if !sum([]byte(good)) {
			t.Errorf("%s refuses %s", name, good)
		}
		for _, b := range bad {
			if sum([]byte(b)) {
				t.Errorf("%s takes %s", name, b)
			}
		}
		for i := range good { // each but DEA's catches every single wrong digit
			if name == "dea" {
				break
			}
			c := good[i]
			if c-'0' > 9 {
				continue
			}
			for d := byte('0'); d <= '9'; d++ {
				if d != c && sum([]byte(good[:i]+string(d)+good[i+1:])) {
					t.Errorf("%s takes %s with %c at %d", name, good, d, i)
				}
			}
		}
	}
	f("luhn", "79927398713", "", "8", "7992739871A")
	f("npi", "1234567893", "123456789", "79927398713")
	f("mod97", "79444", "", "44")
	f("iban", "GB82WEST12345698765432", "GB")
	f("mod11", "9434765919", "94347659A9")
	f("mod11", "080442957X", "08044295X7")
	f("mod11_10", "07945", "")
	f("aba", "021000021", "02100002")
	f("verhoeff", "2363", "23A3A", "2633")
	f("damm", "5724", "57A4A", "7524")
	f("dea", "BB1388568", "B1388568", "1B1388568")
	if len(checksums) != 10 {
		t.Errorf("%d checksums, 10 are tested", len(checksums))
	}
}

// FuzzPattern: whatever a pattern says, it is refused or runs in its bounds.
func FuzzPattern(f *testing.F) {
	for _, p := range patterns {
		f.Add(p, "NV-12345678 visit-0af")
	}
	f.Add(strings.Repeat("(|)", 60)+"ab", "ab") // 2 to the 60 ways to the same state
	f.Add(`(a{0,9}){0,9}`, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		re, w, err := parsePattern(pattern)
		if err != nil {
			return
		}
		m, err := newMachine(re)
		if err != nil {
			return
		}
		for i := range len(text) {
			if e := m.match([]byte(text), i); e > 0 && (e <= i || e > len(text) || e-i > w.max) {
				t.Fatalf("match [%d:%d) of %d bytes, width %+v", i, e, len(text), w)
			}
		}
	})
}
