package schemas

// ColumnSet is a set of columns: bit c%64 of word c/64 is column c.
type ColumnSet [(NumColumns + 63) / 64]uint64

// Add puts c into the set.
func (s *ColumnSet) Add(c Column) { s[c>>6] |= 1 << (c & 63) }

// Has says whether c is in the set.
func (s *ColumnSet) Has(c Column) bool { return s[c>>6]&(1<<(c&63)) != 0 }
