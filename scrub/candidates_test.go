package scrub

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// both scrubs a record twice, looking at candidates and looking at each byte.
type both struct{ fast, slow map[string]*rig }

func newBoth(t testing.TB) both {
	keys := newKeys(t)
	b := both{map[string]*rig{}, map[string]*rig{}}
	for format := range sources() {
		b.fast[format] = newRig(t, format, newEngine(t, keys, "clinic"))
		b.slow[format] = newRig(t, format, newEngine(t, keys, "clinic"))
		b.slow[format].engine.slow = true
	}
	return b
}

func (b *both) check(t *testing.T, format string, raw []byte) {
	t.Helper()
	want, _, wantCode := b.slow[format].filter(raw)
	got, _, code := b.fast[format].filter(raw)
	if code != wantCode || !bytes.Equal(got, want) {
		t.Errorf("%s %q\n at candidates %q %s\n at each byte  %q %s", format, raw, got, code, want, wantCode)
	}
}

// TestCandidatesMissNothing: whoever adds something to find must see to it that
// the places where it can stand are candidates.
func TestCandidatesMissNothing(t *testing.T) {
	b := newBoth(t)
	for _, a := range readAnnotated(t) {
		format := a.format
		if b.fast[format] == nil {
			format = "app"
		}
		b.check(t, format, a.text)
	}
	r := rand.New(rand.NewPCG(8, 8))
	for _, format := range benchFormats {
		for range 2000 {
			b.check(t, format, []byte(generate(format, r, true)))
		}
	}
	for range 2000 {
		b.check(t, "app", plant(r, newIdentity(r)).raw)
	}
}

func FuzzCandidates(f *testing.F) {
	for _, a := range readAnnotated(f) {
		f.Add(a.text)
	}
	b := newBoth(f)
	f.Fuzz(func(t *testing.T, raw []byte) { b.check(t, "app", raw) })
}
