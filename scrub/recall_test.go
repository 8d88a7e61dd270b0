package scrub

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/all"
	"github.com/scrubline/scrubline/schemas"
)

// annotated is a line of testdata/lines.txt: the format, a tab and the text, in
// which ⟨A|…⟩ marks an identifier and its Safe Harbor letter.
type annotated struct {
	format string
	text   []byte
	spans  []marked
}

type marked struct {
	letter     byte
	start, end int
}

func readAnnotated(t testing.TB) (lines []annotated) {
	t.Helper()
	b, err := os.ReadFile("testdata/lines.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range strings.Split(strings.TrimSpace(string(b)), "\n") {
		format, text, ok := strings.Cut(l, "\t")
		if !ok {
			t.Fatal("a line without a format")
		}
		if format == "hl7v2" {
			text = strings.ReplaceAll(text, `\r`, "\r")
		}
		lines = append(lines, annotate(format, text))
	}
	return lines
}

// annotate takes the marks out of a text.
func annotate(format, text string) annotated {
	a := annotated{format: format}
	for {
		before, rest, ok := strings.Cut(text, "⟨")
		a.text = append(a.text, before...)
		if !ok {
			return a
		}
		value, after, _ := strings.Cut(rest, "⟩")
		a.spans = append(a.spans, marked{value[0], len(a.text), len(a.text) + len(value) - 2})
		a.text = append(a.text, value[2:]...)
		text = after
	}
}

// TestRecall holds what is found in the project's own annotated lines, written
// before the rules were: every letter and digit of an identifier must go, and
// lines without any must stay as they are.
func TestRecall(t *testing.T) {
	e := newEngine(t, newKeys(t), "clinic")
	var found, count [256]int
	clean, touched, hits, false_ := 0, 0, 0, 0
	for _, a := range readAnnotated(t) {
		src, ok := all.ByName(a.format)
		if !ok {
			src, _ = all.ByName(all.Fallback)
		}
		var rec ingest.Record
		rec.Reset(src.Name(), schemas.Events, a.text)
		if err := src.NewDecoder(ingest.Origin{}, ingest.Options{Limits: ingest.DefaultLimits}).Decode(a.text, &rec); err != nil {
			t.Fatalf("%s: %q", err, a.text)
		}
		_, ms, code := e.Filter(&rec, nil)
		if code != "" {
			t.Fatalf("%s: %q", code, a.text)
		}
		covered := bytes.Clone(a.text)
		for _, m := range ms {
			for i := m.Start; i < m.End; i++ {
				covered[i] = ' '
			}
			if right := overlaps(a.spans, m); right {
				hits++
			} else {
				false_++
			}
		}
		for _, s := range a.spans {
			count[s.letter]++
			if strings.IndexFunc(string(covered[s.start:s.end]), alnum) < 0 {
				found[s.letter]++
			} else {
				t.Logf("%c %q in %s", s.letter, a.text[s.start:s.end], a.text)
			}
		}
		if len(a.spans) == 0 {
			clean++
			if len(ms) > 0 {
				touched++
				t.Logf("touched: %s", a.text)
			}
		}
	}
	sum, n := 0, 0
	for c := range count {
		if sum, n = sum+found[c], n+count[c]; count[c] > 0 && float64(found[c]) < 0.85*float64(count[c]) {
			t.Errorf("letter %c: %d of %d found", c, found[c], count[c])
		}
	}
	if n < 800 || float64(sum) < 0.98*float64(n) {
		t.Errorf("%d of %d found", sum, n)
	}
	if float64(hits) < 0.95*float64(hits+false_) {
		t.Errorf("%d of %d matches are right", hits, hits+false_)
	}
	if clean < 50 || touched > 3 {
		t.Errorf("%d of %d clean lines touched", touched, clean)
	}
}

func overlaps(spans []marked, m Match) bool {
	for _, s := range spans {
		if int(m.Start) < s.end && int(m.End) > s.start {
			return true
		}
	}
	return false
}

func alnum(r rune) bool {
	return r >= '0' && r <= '9' || r|0x20 >= 'a' && r|0x20 <= 'z' || r >= 0x80
}
