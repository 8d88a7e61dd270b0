package token

import "hash/maphash"

const (
	cacheSets = 4096 // two slots each: 1 MiB, which stays in a core's L2 cache
	slotValue = 99
)

// slot is 128 bytes; a hit on a value of up to 35 bytes touches only the first
// cache line. The value itself is kept and compared, so a hit is certain: two
// values that hash alike can only evict each other.
type slot struct {
	body  [bodyLen]byte
	typ   Type  // 0: empty
	size  uint8 // of value
	mru   uint8 // in a set's first slot: the slot used last
	value [slotValue]byte
}

// cache remembers the tokens of one key version. It is set-associative: a set
// of two slots, of which the one not used last is replaced.
type cache struct {
	seed    maphash.Seed
	scratch []byte // a raw value's canonical form; here because what is here is never printed
	sets    [cacheSets][2]slot
}

func newCache() *cache { return &cache{seed: maphash.MakeSeed(), scratch: make([]byte, 0, 512)} }

// find returns the body of a cached token, or nil and the slot to fill, or nil
// and nil for a value too long to cache.
func (c *cache) find(typ Type, value []byte) (body *[bodyLen]byte, fill *slot) {
	if len(value) > slotValue {
		return nil, nil
	}
	// The type enters by a multiplication, as a search for the same value under
	// two types is common and should not compete for one set.
	h := maphash.Bytes(c.seed, value) ^ uint64(typ)*0x9e3779b97f4a7c15
	set := &c.sets[h%cacheSets]
	for i := range set {
		s := &set[i]
		if s.typ == typ && int(s.size) == len(value) && string(s.value[:len(value)]) == string(value) {
			if set[0].mru != uint8(i) {
				set[0].mru = uint8(i)
			}
			return &s.body, nil
		}
	}
	victim := 1 - set[0].mru&1
	set[0].mru = victim
	return nil, &set[victim]
}

func (s *slot) put(typ Type, value []byte, body []byte) {
	s.typ, s.size = typ, uint8(len(value))
	copy(s.body[:], body)
	copy(s.value[:], value)
}

// clear forgets all values and overwrites them.
func (c *cache) clear() {
	clear(c.sets[:])
	clear(c.scratch[:cap(c.scratch)])
}
