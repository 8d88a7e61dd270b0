package policy

import (
	"github.com/scrubline/scrubline/scrub/recognizer"
)

// Found is a match of a custom recognizer: text[Start:End].
type Found struct {
	Start, End int
	Custom     *Custom
}

// Finder looks for what the custom recognizers of a policy describe, for one
// goroutine.
//
// One pass over the text asks of every three bytes whether an anchor or a word of
// context can start with them; only where one can is it compared, and only where
// it stands a pattern tried.
type Finder struct {
	starts  [3][256]uint8 // by place and byte: bit i%8 is set for a lead i that has it there
	leads   []lead
	keyed   []*Custom // those that only context leads to
	longest int       // distance of theirs

	// Of the text in hand.
	text, before []byte
	source       string
	found        []Found
	unsure       bool
	sum          [maxPattern]byte
}

// lead is text that leads to a recognizer.
type lead struct {
	text     string
	min, max int // of an anchor: bytes from the start of a match to it
	context  bool
	custom   *Custom
}

func newFinder(cs []Custom) *Finder {
	f := &Finder{}
	for i := range cs {
		c := &cs[i]
		for _, a := range c.anchors {
			f.lead(lead{a.text, a.min, a.max, false, c})
		}
		if c.anchors != nil {
			continue
		}
		f.keyed = append(f.keyed, c)
		f.longest = max(f.longest, c.distance)
		for _, w := range c.context {
			f.lead(lead{w, 0, 0, true, c})
		}
	}
	return f
}

func (f *Finder) lead(l lead) {
	bit := uint8(1) << (len(f.leads) & 7)
	f.leads = append(f.leads, l)
	for i := range f.starts {
		for c := range 256 {
			blank := i < len(l.text) && l.text[i] == ' ' // stands for other bytes, or none
			if i >= len(l.text) || blank || lower[c] == l.text[i] {
				f.starts[i][c] |= bit
			}
		}
	}
}

var lower = func() (t [256]byte) {
	for c := range t {
		t[c] = byte(c)
		if byte(c)-'A' < 26 {
			t[c] |= 0x20
		}
	}
	return t
}()

// Find returns the matches in text, which may overlap; they are the finder's
// until the next call. before is what stands before text in the record: its key
// may be the context. unsure says that something would have matched elsewhere:
// with another key, or in another source.
func (f *Finder) Find(text, before []byte, source string) (found []Found, unsure bool) {
	f.text, f.before, f.source, f.found, f.unsure = text, before, source, f.found[:0], false
	for _, c := range f.keyed { // the key may be the context
		f.behind(c, 0, c.distance, !f.near(c, 0))
	}
	for i := 0; i+2 < len(text); i++ {
		if bits := f.starts[0][text[i]] & f.starts[1][text[i+1]] & f.starts[2][text[i+2]]; bits != 0 {
			f.at(i, bits)
		}
	}
	if i := len(text) - 2; i >= 0 {
		f.at(i, f.starts[0][text[i]]&f.starts[1][text[i+1]])
	}
	f.text, f.before = nil, nil
	return f.found, f.unsure
}

// at tries the leads of bits, numbers modulo 8, at i.
func (f *Finder) at(i int, bits uint8) {
	for j := range f.leads {
		if bits&(1<<(j&7)) != 0 {
			f.try(&f.leads[j], i)
		}
	}
}

// try looks for a match that the lead at i, if it is there, leads to.
func (f *Finder) try(l *lead, i int) {
	end := phrase(f.text, i, l.text, l.context)
	if end == 0 {
		return
	}
	if l.context {
		f.behind(l.custom, end, l.custom.distance, false)
		return
	}
	for s := max(0, i-l.max); s <= i-l.min; s++ {
		if e := l.custom.machine.match(f.text, s); e >= end {
			f.take(l.custom, s, e, len(l.custom.context) > 0 && !f.near(l.custom, s))
			return
		}
	}
}

// behind looks for a match that starts in text[from:from+distance].
func (f *Finder) behind(c *Custom, from, distance int, doubt bool) {
	for s := from; s < len(f.text) && s <= from+distance; s++ {
		if e := c.machine.match(f.text, s); e > 0 {
			f.take(c, s, e, doubt)
			return
		}
	}
}

// take notes a match, if its checksum is right; doubt says that no context is near.
func (f *Finder) take(c *Custom, s, e int, doubt bool) {
	switch {
	case c.sum.right != nil && !c.sum.of(f.sum[:0], f.text[s:e]):
	case doubt || c.source != "" && c.source != f.source:
		f.unsure = true
	default:
		f.found = append(f.found, Found{s, e, c})
	}
}

// near says that a word of c's context stands before text[s:], in its distance.
func (f *Finder) near(c *Custom, s int) bool {
	from := max(0, s-c.distance)
	for i := from; i < s; i++ {
		if f.word(c, f.text[:s], i) {
			return true
		}
	}
	if s >= c.distance {
		return false
	}
	b := f.before
	for i := max(0, len(b)-(c.distance-s)); i < len(b); i++ {
		if f.word(c, b, i) {
			return true
		}
	}
	return false
}

func (f *Finder) word(c *Custom, b []byte, i int) bool {
	for _, w := range c.context {
		if phrase(b, i, w, true) > 0 {
			return true
		}
	}
	return false
}

// phrase returns where the words p end that start at b[i], 0 if they do not. A
// blank of p stands for one separator or none: visit no is also visitNo and
// visit_no. whole says that no letter may stand beside them, but for a capital
// before which a small one stands.
func phrase(b []byte, i int, p string, whole bool) int {
	from := i
	if whole && i > 0 && letter(b[i-1]) && (b[i]-'A' >= 26 || b[i-1]-'a' >= 26) {
		return 0
	}
	for k := range len(p) {
		if whole && p[k] == ' ' {
			if i < len(b) && (b[i] == ' ' || b[i] == '_' || b[i] == '-' || b[i] == '.') {
				i++
			}
			continue
		}
		if i >= len(b) || lower[b[i]] != p[k] {
			return 0
		}
		i++
	}
	if whole && i < len(b) && letter(b[i]) && (b[i]-'A' >= 26 || b[from]-'A' < 26 && b[i-1]-'A' < 26) {
		return 0
	}
	return i
}

func letter(c byte) bool { return recognizer.IsLetter(c) }
