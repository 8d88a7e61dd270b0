package jsonwalk

import "hash/maphash"

// keySet tells keys of one object apart, without regard to ASCII case. It holds
// hashes: two different keys of one object that collide in 64 bits under the
// walker's random seed would make a tombstone, never a leak.
type keySet struct {
	seed  maphash.Seed
	slots []slot
	used  int
	round uint32 // slots of earlier records are free
	fold  []byte
}

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
	s.fold = s.fold[:0]
	for _, c := range key {
		if c-'A' < 26 {
			c |= 0x20
		}
		s.fold = append(s.fold, c)
	}
	return s.insert(maphash.Bytes(s.seed, s.fold) ^ object*0x9e3779b97f4a7c15)
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
