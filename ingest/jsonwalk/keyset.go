package jsonwalk

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
)

// keySet tells keys of one object apart, without regard to ASCII case. It holds
// hashes: two different keys of one object that collide in 64 bits under the
// walker's random seeds would make a tombstone, never a leak.
type keySet struct {
	seeds [2]uint64
	slots []slot
	used  int
	round uint32 // slots of earlier records are free
}

func newKeySet() keySet { return keySet{seeds: [2]uint64{rand.Uint64(), rand.Uint64() | 1}} }

type slot struct {
	hash  uint64
	round uint32
}

func (s *keySet) reset() {
	if s.round++; s.round == 0 || s.slots == nil {
		s.slots, s.round = make([]slot, 256), 1
	}
	if len(s.slots) > 1<<16 {
		s.slots = make([]slot, 256)
	}
	s.used = 0
}

// add notes a key of an object and says whether it is new.
func (s *keySet) add(object uint64, key []byte) bool {
	return s.insert(s.mix(s.hash(key), object))
}

// hash multiplies and folds, eight bytes of the lower-cased key at a time, as
// wyhash does.
func (s *keySet) hash(key []byte) uint64 {
	h := s.mix(s.seeds[0], uint64(len(key)))
	for len(key) > 8 {
		h = s.mix(h, lower(binary.LittleEndian.Uint64(key)))
		key = key[8:]
	}
	var last uint64
	switch n := len(key); {
	case n == 8:
		last = binary.LittleEndian.Uint64(key)
	case n >= 4: // two halves that overlap
		last = uint64(binary.LittleEndian.Uint32(key)) | uint64(binary.LittleEndian.Uint32(key[n-4:]))<<32
	case n > 0:
		last = uint64(key[0]) | uint64(key[n/2])<<8 | uint64(key[n-1])<<16
	}
	return s.mix(h, lower(last))
}

func (s *keySet) mix(h, x uint64) uint64 {
	hi, lo := bits.Mul64(h^x^s.seeds[1], s.seeds[1])
	return hi ^ lo
}

// lower lower-cases eight ASCII letters and leaves every other byte alone.
func lower(x uint64) uint64 {
	seven := x &^ highs
	upper := (seven + (0x80-'A')*ones) &^ (seven + (0x7f-'Z')*ones) &^ x & highs
	return x | upper>>2
}

func (s *keySet) insert(h uint64) bool {
	mask := uint64(len(s.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		switch {
		case s.slots[i].round != s.round:
			s.slots[i] = slot{h, s.round}
			if s.used++; s.used > len(s.slots)/2 {
				s.grow()
			}
			return true
		case s.slots[i].hash == h:
			return false
		}
	}
}

func (s *keySet) grow() {
	old := s.slots
	s.slots = make([]slot, 2*len(old))
	s.used = 0
	for _, o := range old {
		if o.round == s.round {
			s.insert(o.hash)
		}
	}
}
