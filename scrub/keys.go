package scrub

import (
	"bytes"
	"hash/maphash"

	"github.com/scrubline/scrubline/ingest/jsonwalk"
	"github.com/scrubline/scrubline/scrub/recognizer"
)

// announcement is what a key says of its value.
type announcement struct {
	kind recognizer.Kind
	weak bool
}

const (
	keyMax   = 48   // bytes of a key that count: its last words
	keySlots = 1024 // a power of two
)

// keyCache remembers what keys announce. Its size is fixed: keys that an
// attacker makes up only push others out, and a miss costs no memory.
type keyCache struct {
	seed  maphash.Seed
	text  []byte // scratch for a key with escapes
	slots [keySlots]struct {
		announcement
		n   uint8
		key [keyMax]byte
	}
}

func newKeyCache() *keyCache { return &keyCache{seed: maphash.MakeSeed()} }

// announce is recognizer.Announce of a key as it stands in the record, perhaps
// with the escapes of JSON.
func (c *keyCache) announce(key []byte) announcement {
	if bytes.IndexByte(key, '\\') >= 0 {
		c.text = jsonwalk.Unescape(c.text[:0], key)
		key = c.text
	}
	if len(key) > keyMax {
		key = key[len(key)-keyMax:]
	}
	s := &c.slots[maphash.Bytes(c.seed, key)&(keySlots-1)]
	if int(s.n) == len(key) && bytes.Equal(s.key[:s.n], key) {
		return s.announcement
	}
	s.kind, s.weak = recognizer.Announce(key)
	s.n = uint8(copy(s.key[:], key))
	return s.announcement
}

func (e *Engine) announce(key []byte) announcement { return e.keys.announce(key) }
