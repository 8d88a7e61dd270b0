package scrub

import (
	"bytes"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/schemas"
)

const (
	cleanMin   = 12  // bytes; looking at less is as quick as remembering
	cleanMax   = 240 // bytes
	cleanSlots = 1 << 9
	cleanOnce  = 1 << 11
)

// cleanCache remembers texts in which nothing was found. Logs repeat themselves:
// user agents, hosts, names of buckets and of classes. What scan finds depends
// on nothing but the text, its encoding, what its key announces and its hint, and whole texts
// are compared, not hashes of them, so nothing passes that was not looked at. It
// never holds a text with PHI in it that the recognizers know.
//
// A text is kept when it is seen for the second time: most of those that differ
// from line to line never come again, and would push out those that do.
type cleanCache struct {
	once  [cleanOnce]uint32 // what was seen once, by a part of its hash
	slots [cleanSlots]cleanText
}

type cleanText struct {
	a    announcement
	hint schemas.Hint
	enc  ingest.Encoding
	n    uint8
	text [cleanMax]byte
}

func newCleanCache() *cleanCache { return new(cleanCache) }

// find says whether a text is known to be clean. If not, slot is where to put it
// should it prove so, nil if it is not worth it.
func (c *cleanCache) find(text []byte, a announcement, f *ingest.Field) (clean bool, slot *cleanText) {
	if len(text) < cleanMin || len(text) > cleanMax {
		return false, nil
	}
	h := slotOf(text)
	s := &c.slots[h>>(64-9)]
	if int(s.n) == len(text) && s.a == a && s.hint == f.Hint && s.enc == f.Enc && bytes.Equal(s.text[:s.n], text) {
		return true, s
	}
	if once := &c.once[h>>20&(cleanOnce-1)]; *once != uint32(h) {
		*once = uint32(h)
		return false, nil
	}
	return false, s
}

func (s *cleanText) put(text []byte, a announcement, f *ingest.Field) {
	s.a, s.hint, s.enc, s.n = a, f.Hint, f.Enc, uint8(copy(s.text[:], text))
}

// scanKnown is scan of the whole text of a field, with a memory for clean ones.
func (e *Engine) scanKnown(raw []byte, f *ingest.Field, a announcement) {
	text := raw[f.Start:f.End]
	clean, slot := e.clean.find(text, a, f)
	if clean && !(e.someone() && closely(f.Hint)) {
		return
	}
	matches, addrs, effort, unsure := len(e.matches), len(e.addrs), e.effort, e.unsure
	e.scan(e.view(raw, f), a, f.Hint, 1)
	if slot != nil && len(e.matches) == matches && len(e.addrs) == addrs && e.effort == effort && e.unsure == unsure {
		slot.put(text, a, f)
	}
}
