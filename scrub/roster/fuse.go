package roster

import (
	"errors"
	"math"
	"math/bits"
)

// Cells of 24 bits: the low half must equal bits of the entry's fast hash, the
// high half bits of its HMAC.
const (
	cellBytes = 3
	fastBits  = 12
	macBits   = 12
	fastMask  = 1<<fastBits - 1
	macMask   = 1<<macBits - 1

	// partEntries are the most of a part: building one takes some 30 bytes an entry.
	partEntries = 1 << 20
	maxAttempts = 100
)

// entry is the keyed hash of one identifier and bits of its HMAC.
type entry struct {
	hash uint64
	mac  uint16
}

// part is a binary fuse filter of some entries of a section.
type part struct {
	seed     uint64
	segment  uint32 // cells of a segment, a power of two
	segments uint32 // where an entry's first cell can lie; two more follow
	cells    []byte // with a byte more than the cells take: see get
}

// where returns the cells of an entry and the bits of its fast hash.
func (p *part) where(h uint64) (a, b, c, fast uint32) {
	h = fold(h^p.seed, 0xe7037ed1a0b428db)
	hi, _ := bits.Mul64(h, uint64(p.segments)*uint64(p.segment))
	a = uint32(hi)
	b = a + p.segment
	c = b + p.segment
	b ^= uint32(h>>18) & (p.segment - 1)
	c ^= uint32(h) & (p.segment - 1)
	return a, b, c, uint32(h*0xa0761d6478bd642f>>(64-fastBits)) & fastMask
}

func (p *part) cell(i uint32) uint32 {
	b := p.cells[cellBytes*i : cellBytes*i+4]
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16
}

// get says whether an entry with that hash may be there and what bits of its HMAC
// then are.
func (p *part) get(h uint64) (mac uint16, ok bool) {
	a, b, c, fast := p.where(h)
	v := p.cell(a) ^ p.cell(b) ^ p.cell(c)
	return uint16(v >> fastBits), v&fastMask == fast
}

// table is a section: parts by the leading bits of the hash.
type table struct {
	shift uint // 64 is one part
	parts []part
}

func (t *table) get(h uint64) (mac uint16, ok bool) {
	if len(t.parts) == 0 {
		return 0, false
	}
	return t.parts[h>>t.shift].get(h)
}

// layout returns the segments of a filter of n entries.
func layout(n int) (segment, segments uint32) {
	f := float64(max(n, 2))
	segment = uint32(1) << max(2, min(18, int(math.Floor(math.Log(f)/math.Log(3.33)+2.25))))
	cells := math.Round(f * max(1.125, 0.875+0.25*math.Log(1e6)/math.Log(f)))
	all := (uint32(cells) + segment - 1) / segment
	return segment, max(all, 3) - 2
}

var errFuse = errors.New("building the filter took too many attempts")

// fuseBuilder is the memory of building parts, used again for each.
type fuseBuilder struct {
	sum   []uint32 // of the entries that a cell still has: their indexes, joined by exclusive or
	count []uint8  // and their number
	order []uint32 // entries as they were peeled
	from  []uint32 // the cell each was alone in
	queue []uint32 // cells to look at
}

// build makes a part of entries, whose hashes differ, under one of seeds that
// follow seed.
func (f *fuseBuilder) build(entries []entry, seed uint64) (part, error) {
	p := part{seed: seed}
	p.segment, p.segments = layout(len(entries))
	n := int(p.segment * (p.segments + 2))
	p.cells = make([]byte, cellBytes*n+1)
	for range maxAttempts {
		if f.peel(&p, entries, n) {
			f.assign(&p, entries)
			return p, nil
		}
		p.seed = fold(p.seed^0x8ebc6af09c88c6e3, 0x589965cc75374cc3)
	}
	return part{}, errFuse
}

// peel orders the entries so that each has a cell that no later one has.
func (f *fuseBuilder) peel(p *part, entries []entry, n int) bool {
	f.sum, f.count = cleared(f.sum, n), cleared(f.count, n)
	f.order, f.from = f.order[:0], f.from[:0]
	for i := range entries {
		a, b, c, _ := p.where(entries[i].hash)
		for _, x := range [...]uint32{a, b, c} {
			if f.sum[x] ^= uint32(i); f.count[x] == 255 {
				return false
			}
			f.count[x]++
		}
	}
	for start := range n {
		for f.queue = append(f.queue[:0], uint32(start)); len(f.queue) > 0; {
			x := f.queue[len(f.queue)-1]
			f.queue = f.queue[:len(f.queue)-1]
			if f.count[x] != 1 {
				continue
			}
			i := f.sum[x]
			f.order, f.from = append(f.order, i), append(f.from, x)
			a, b, c, _ := p.where(entries[i].hash)
			for _, y := range [...]uint32{a, b, c} {
				f.sum[y] ^= i
				f.count[y]--
			}
			f.queue = append(f.queue, a, b, c) // the entry that went may leave others alone there
		}
	}
	return len(f.order) == len(entries)
}

// assign fills the cells, last peeled first.
func (f *fuseBuilder) assign(p *part, entries []entry) {
	for k := len(f.order) - 1; k >= 0; k-- {
		e := &entries[f.order[k]]
		a, b, c, fast := p.where(e.hash)
		v := fast | uint32(e.mac)<<fastBits ^ p.cell(a) ^ p.cell(b) ^ p.cell(c)
		at := p.cells[cellBytes*f.from[k]:]
		at[0], at[1], at[2] = byte(v), byte(v>>8), byte(v>>16)
	}
}

func cleared[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	s = s[:n]
	clear(s)
	return s
}
