package parquet

// value is a number (in lo) or an address.
type value struct{ hi, lo uint64 }

// valueSet numbers different values in the order it meets them. It gives up
// beyond a limit: then a dictionary does not pay.
type valueSet struct {
	slots []uint32 // index into vals plus one
	vals  []value
	shift int
	limit int
}

// reset empties the set for up to limit values.
func (s *valueSet) reset(limit int) {
	s.vals = s.vals[:0]
	s.limit = limit
	bits := 4
	for 1<<bits < 2*limit {
		bits++
	}
	if cap(s.slots) < 1<<bits {
		s.slots = make([]uint32, 1<<bits)
	}
	s.slots = s.slots[:1<<bits]
	clear(s.slots)
	s.shift = 64 - bits
}

// add returns the number of v, or false if the set is full.
func (s *valueSet) add(v value) (uint32, bool) {
	h := (v.lo ^ v.hi*0x9e3779b97f4a7c15) * 0xff51afd7ed558ccd
	mask := uint64(len(s.slots) - 1)
	for i := h >> s.shift; ; i = (i + 1) & mask {
		k := s.slots[i]
		if k == 0 {
			if len(s.vals) == s.limit {
				return 0, false
			}
			s.vals = append(s.vals, v)
			s.slots[i] = uint32(len(s.vals))
			return uint32(len(s.vals) - 1), true
		}
		if s.vals[k-1] == v {
			return k - 1, true
		}
	}
}
