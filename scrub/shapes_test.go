package scrub

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// readShapes reads a file of testdata/shapes; see the README there.
func readShapes(t testing.TB, name string) (lines []annotated) {
	t.Helper()
	b, err := os.ReadFile("testdata/shapes/" + name)
	if err != nil {
		t.Fatal(err)
	}
	breaks := strings.NewReplacer("␤", "\n", "␍", "\r")
	for l := range strings.Lines(string(b)) {
		format, text, ok := strings.Cut(strings.TrimSuffix(l, "\n"), "\t")
		if !ok {
			t.Fatal("a line without a format")
		}
		lines = append(lines, annotate(format, breaks.Replace(text)))
	}
	return lines
}

// tally counts what an engine makes of annotated lines.
type tally struct {
	found, spans  [256]int
	right, wrong  int // matches
	lines, clean  int
	touched       int // of the clean ones
	missed, extra []string
}

func (c *tally) add(rigs map[string]*rig, a annotated) (code string) {
	r := rigs[a.format]
	if r == nil {
		r = rigs["app"]
	}
	_, ms, bad := r.filter(a.text)
	if bad != "" {
		return string(bad)
	}
	covered := bytes.Clone(a.text)
	for _, m := range ms {
		for i := m.Start; i < m.End; i++ {
			covered[i] = ' '
		}
		if overlaps(a.spans, m) {
			c.right++
		} else {
			c.wrong++
			c.extra = append(c.extra, m.Kind.String()+" "+string(a.text[m.Start:m.End]))
		}
	}
	c.lines++
	sure := 0
	for _, s := range a.spans {
		if s.letter == '?' {
			continue
		}
		sure++
		if c.spans[s.letter]++; strings.IndexFunc(string(covered[s.start:s.end]), alnum) < 0 {
			c.found[s.letter]++
		} else {
			c.missed = append(c.missed, string(s.letter)+" "+string(a.text[s.start:s.end]))
		}
	}
	if sure == 0 {
		if c.clean++; len(ms) > 0 {
			c.touched++
		}
	}
	return ""
}

func (c *tally) recall() (found, spans int) {
	for l := range c.spans {
		found, spans = found+c.found[l], spans+c.spans[l]
	}
	return found, spans
}

func newRigs(t *testing.T) map[string]*rig {
	rigs, keys := map[string]*rig{}, newKeys(t)
	for format := range sources() {
		rigs[format] = newRig(t, format, newEngine(t, keys, "clinic"))
	}
	return rigs
}

// TestShapes holds recall and precision in shapes of other programs. The floors
// lie a little below what was measured; those of the lines that were held out
// are the honest ones.
func TestShapes(t *testing.T) {
	f := func(file string, least, floor, letter, precision float64) {
		t.Helper()
		var c tally
		rigs := newRigs(t)
		for _, a := range readShapes(t, file) {
			if code := c.add(rigs, a); code != "" {
				t.Fatalf("%s: %s", file, code)
			}
		}
		found, spans := c.recall()
		t.Logf("%s: %d of %d found, %d of %d matches right", file, found, spans, c.right, c.right+c.wrong)
		if float64(spans) < least || float64(found) < floor*float64(spans) {
			t.Errorf("%s: %d of %d found", file, found, spans)
		}
		for l := range c.spans {
			if n := c.spans[l]; n >= 20 && float64(c.found[l]) < letter*float64(n) {
				t.Errorf("%s: letter %c: %d of %d found", file, l, c.found[l], n)
			}
		}
		if float64(c.right) < precision*float64(c.right+c.wrong) {
			t.Errorf("%s: %d of %d matches are right", file, c.right, c.right+c.wrong)
		}
	}
	f("seen.txt", 1500, 0.97, 0.88, 0.96)
	f("held_out.txt", 350, 0.88, 0.60, 0.94)
	f("programs.txt", 850, 0.96, 0.88, 0.98)
	f("programs_held_out.txt", 300, 0.85, 0.65, 0.97)
	f("others.txt", 2000, 0.95, 0.45, 0.97)
	f("others_held_out.txt", 600, 0.89, 0.75, 0.96)
}

// TestCleanShapes holds that lines without identifiers stay as they are.
func TestCleanShapes(t *testing.T) {
	var c tally
	rigs := newRigs(t)
	for _, file := range [...]string{"clean.txt", "programs_clean.txt", "others_clean.txt"} {
		for _, a := range readShapes(t, file) {
			if code := c.add(rigs, a); code != "" {
				t.Fatal(code)
			}
		}
	}
	if c.clean < 1500 || c.touched > c.clean/80 {
		t.Errorf("%d of %d clean lines touched: %q", c.touched, c.clean, c.extra)
	}
}

// TestShapesDoNotAllocate: lines full of identifiers take no memory of their own
// either.
func TestShapesDoNotAllocate(t *testing.T) {
	rigs := newRigs(t)
	for _, a := range readShapes(t, "seen.txt") {
		r := rigs[a.format]
		if r == nil {
			r = rigs["app"]
		}
		if code := r.decode(a.text); code != "" {
			t.Fatal(code)
		}
		scrub := func() { r.out, _, _ = r.engine.Filter(&r.rec, r.out[:0]) }
		scrub()
		if n := testing.AllocsPerRun(2, scrub); n > 0 {
			t.Errorf("%v allocations: %s", n, a.text)
		}
	}
}

// TestShapesAtCandidates: see TestCandidatesMissNothing.
func TestShapesAtCandidates(t *testing.T) {
	b := newBoth(t)
	for _, file := range [...]string{"seen.txt", "clean.txt", "programs.txt", "programs_clean.txt", "others.txt", "others_clean.txt"} {
		for _, a := range readShapes(t, file) {
			format := a.format
			if b.fast[format] == nil {
				format = "app"
			}
			b.check(t, format, a.text)
		}
	}
}

// TestJoinedNumbers holds that what is read behind a number stays short where
// names and numbers are joined to one long word: reading all of it at each number
// would take the square of it.
func TestJoinedNumbers(t *testing.T) {
	b := []byte(strings.Repeat("_ann_lee_1234567", 4000))
	for _, i := range [...]int{9, len(b) / 2} {
		if end := shortSegment(b, i); end-i > 64 {
			t.Errorf("%d bytes read", end-i)
		}
	}
}
