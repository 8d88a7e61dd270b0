package scrub

import (
	"bytes"
	"encoding/binary"
	"math/bits"

	"github.com/scrubline/scrubline/ingest/jsonwalk"
	"github.com/scrubline/scrubline/scrub/recognizer"
)

// announcement is what a key says of its value.
type announcement struct {
	kind recognizer.Kind
	weak bool
}

const (
	keyMax   = 48 // bytes of a key that count: its last words
	keySlots = 1 << 10
)

// keyCache remembers what keys announce. Its size is fixed: keys that an
// attacker makes up only push others out, and a miss costs no memory.
type keyCache struct {
	text  []byte // scratch for a key with escapes
	slots [keySlots]struct {
		announcement
		n   uint8
		key [keyMax]byte
	}
}

func newKeyCache() *keyCache { return new(keyCache) }

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
	s := &c.slots[slotOf(key)>>(64-10)]
	if int(s.n) == len(key) && bytes.Equal(s.key[:s.n], key) {
		return s.announcement
	}
	s.kind, s.weak = recognizer.Announce(key)
	if s.kind == recognizer.None {
		if s.kind = hl7Path(key); s.kind == recognizer.None {
			s.kind = hl7Components[string(key)]
		}
	}
	if s.kind == recognizer.None {
		s.kind = dicomTag(key)
	}
	s.n = uint8(copy(s.key[:], key))
	return s.announcement
}

// slotOf spreads texts over the places of a memory by their length and by their
// first, middle and last bytes: they are compared whole there.
func slotOf(b []byte) uint64 {
	n := len(b)
	h := uint64(n) * 0x9e3779b97f4a7c15
	switch {
	case n >= 8:
		h ^= binary.LittleEndian.Uint64(b) ^ bits.RotateLeft64(binary.LittleEndian.Uint64(b[n-8:]), 29) ^ bits.RotateLeft64(binary.LittleEndian.Uint64(b[(n-8)/2:]), 11)
	case n >= 4:
		h ^= uint64(binary.LittleEndian.Uint32(b)) | uint64(binary.LittleEndian.Uint32(b[n-4:]))<<32
	default:
		for _, c := range b {
			h = h<<8 ^ uint64(c)
		}
	}
	h *= 0xff51afd7ed558ccd
	return (h ^ h>>32) * 0xc4ceb9fe1a85ec53
}

func (e *Engine) announce(key []byte) announcement { return e.keys.announce(key) }

// kubernetes says that the uid at b[from] is that of an object of Kubernetes.
func kubernetes(b []byte, from int) bool {
	around := b[max(0, from-statement):min(len(b), from+statement)]
	return bytes.Contains(around, []byte(`"resourceVersion"`)) || bytes.Contains(around, []byte(`"apiVersion"`)) || bytes.Contains(around, []byte(`"namespace"`))
}
