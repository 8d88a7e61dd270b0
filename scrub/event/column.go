package event

// Str is a text column: the values one after the other, and where each ends.
type Str struct {
	Buf []byte
	End []uint32
}

// At returns the value of a row. It stays the column's.
func (c *Str) At(row int) []byte {
	start := uint32(0)
	if row > 0 {
		start = c.End[row-1]
	}
	return c.Buf[start:c.End[row]]
}

// Len returns the number of values.
func (c *Str) Len() int { return len(c.End) }

// Append adds a whole value.
func (c *Str) Append(v []byte) {
	c.Buf = append(c.Buf, v...)
	c.close()
}

func (c *Str) close() { c.End = append(c.End, uint32(len(c.Buf))) }

func (c *Str) truncate(n int) {
	c.End = c.End[:n]
	size := uint32(0)
	if n > 0 {
		size = c.End[n-1]
	}
	c.Buf = c.Buf[:size]
}

// Dict is a text column of few different values. Keys index Values; value 0 is "".
type Dict struct {
	Keys   []uint32
	Values []string
	index  map[string]uint32
	last   uint32 // the key of the value that came last: values come in runs
	kept   int    // values there were before the row that set the column last
}

// At returns the value of a row.
func (c *Dict) At(row int) string { return c.Values[c.Keys[row]] }

// Append adds a value.
func (c *Dict) Append(v []byte) { c.Keys = append(c.Keys, c.key(v)) }

func (c *Dict) key(v []byte) uint32 {
	if c.Values[c.last] == string(v) {
		return c.last
	}
	if k, ok := c.index[string(v)]; ok {
		c.last = k
		return k
	}
	return c.add(string(v))
}

func (c *Dict) keyString(v string) uint32 {
	if c.Values[c.last] == v {
		return c.last
	}
	if k, ok := c.index[v]; ok {
		c.last = k
		return k
	}
	return c.add(v)
}

func (c *Dict) add(v string) uint32 {
	k := uint32(len(c.Values))
	c.Values = append(c.Values, v)
	c.index[v] = k
	return k
}

func (c *Dict) reset() {
	c.Keys, c.last = c.Keys[:0], 0
	c.Values = append(c.Values[:0], "")
	if c.index == nil {
		c.index = map[string]uint32{}
	}
	clear(c.index)
	c.index[""] = 0
	c.kept = 1
}

// drop forgets the values that the row being built brought.
func (c *Dict) drop() {
	for _, v := range c.Values[c.kept:] {
		delete(c.index, v)
	}
	clear(c.Values[c.kept:])
	c.Values, c.last = c.Values[:c.kept], 0
}

// Strs is a column of text lists: Items holds the elements of all rows, End
// where each row's elements end.
type Strs struct {
	Items Str
	End   []uint32
}

// Row returns the range of Items that belongs to a row.
func (c *Strs) Row(row int) (from, to int) {
	if row > 0 {
		from = int(c.End[row-1])
	}
	return from, int(c.End[row])
}

func (c *Strs) close() { c.End = append(c.End, uint32(c.Items.Len())) }

func (c *Strs) truncate(n int) {
	c.End = c.End[:n]
	items := 0
	if n > 0 {
		items = int(c.End[n-1])
	}
	c.Items.truncate(items)
}
