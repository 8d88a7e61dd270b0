package scrub

import (
	"bytes"
	"hash/maphash"

	"github.com/scrubline/scrubline/schemas"
)

const (
	cleanMin   = 12  // bytes; looking at less is as quick as remembering
	cleanMax   = 240 // bytes
	cleanSlots = 512 // a power of two
)

// cleanCache remembers texts in which nothing was found. Logs repeat themselves:
// user agents, hosts, names of buckets and of classes. What scan finds depends
// on nothing but the text, what its key announces and its hint, and whole texts
// are compared, not hashes of them, so nothing passes that was not looked at. It
// never holds a text with PHI in it that the recognizers know.
type cleanCache struct {
	seed  maphash.Seed
	slots [cleanSlots]cleanText
}

type cleanText struct {
	a    announcement
	hint schemas.Hint
	n    uint8
	text [cleanMax]byte
}

func newCleanCache() *cleanCache { return &cleanCache{seed: maphash.MakeSeed()} }

// find says whether a text is known to be clean. If not, slot is where to put it
// should it prove so, nil if it is not worth it.
func (c *cleanCache) find(text []byte, a announcement, hint schemas.Hint) (clean bool, slot *cleanText) {
	if len(text) < cleanMin || len(text) > cleanMax {
		return false, nil
	}
	s := &c.slots[maphash.Bytes(c.seed, text)&(cleanSlots-1)]
	return int(s.n) == len(text) && s.a == a && s.hint == hint && bytes.Equal(s.text[:s.n], text), s
}

func (s *cleanText) put(text []byte, a announcement, hint schemas.Hint) {
	s.a, s.hint, s.n = a, hint, uint8(copy(s.text[:], text))
}

// scanKnown is scan of a field's whole text, with a memory for clean ones.
func (e *Engine) scanKnown(v view, a announcement, hint schemas.Hint) {
	clean, slot := e.clean.find(v.b, a, hint)
	if clean {
		return
	}
	matches, addrs, effort, unsure := len(e.matches), len(e.addrs), e.effort, e.unsure
	e.scan(v, a, hint, 1)
	if slot != nil && len(e.matches) == matches && len(e.addrs) == addrs && e.effort == effort && e.unsure == unsure {
		slot.put(v.b, a, hint)
	}
}
