package link

import (
	"math/bits"
	"sync"
	"sync/atomic"
	"time"
)

const dayLength = 24 * time.Hour

// Days that no log is of count as the nearest that one may be of, so that times
// made up by a client cannot make a day each.
const (
	firstDay = 10957 // 2000-01-01, in days since 1970
	lastDay  = 47482 // 2100-01-01
)

// dayOf returns the UTC day that a time in Unix milliseconds is in, in days since
// 1970.
func dayOf(ms int64) int64 {
	d := ms / dayLength.Milliseconds()
	if ms < 0 {
		d = 0
	}
	return min(max(d, firstDay), lastDay)
}

// day holds the households that are linked on it.
type day struct {
	number int64
	table  atomic.Pointer[table] // nil: on disk only
	used   atomic.Int64          // when it was last looked for, in the window's count

	mu      sync.Mutex // of what follows, and of changes to table
	pending []uint64   // noted and not on disk yet
	brims   bool       // pending says that the day is full
	file    string     // of this process, "" before its first note is written
	read    int64      // bytes of the day's files when it was loaded
}

// table is a set of households, open addressing. It is read without a lock while
// one writer adds to it; a reader may miss what is added meanwhile.
type table struct {
	slots []uint64 // 0 is free; a power of two of them
	// bits has four a slot: most of what is not in a big table is told apart
	// without a look at the slots, which no cache holds.
	bits  []uint64
	times uint64 // what a household is multiplied with: secret, so that nobody can make them collide
	shift int
	n     int
	full  bool // every address is in it
}

const leastSlots = 64

// newTable returns a table with room for n households and one more.
func newTable(n int, times uint64) *table {
	size := leastSlots
	for size*3/4 <= n {
		size *= 2
	}
	return &table{slots: make([]uint64, size), bits: make([]uint64, size/16), times: times, shift: 64 - bits.Len(uint(4*size-1))}
}

// fullTable stands for more addresses than a window keeps for one day.
func fullTable() *table { return &table{full: true} }

func (t *table) has(h uint64) bool {
	if t.full {
		return true
	}
	bit := h * t.times >> t.shift
	if atomic.LoadUint64(&t.bits[bit/64])>>(bit%64)&1 == 0 {
		return false
	}
	mask := uint64(len(t.slots) - 1)
	for i := bit / 4; ; i = (i + 1) & mask {
		switch atomic.LoadUint64(&t.slots[i]) {
		case h:
			return true
		case 0:
			return false
		}
	}
}

// add adds h, which is not in t, if t has room for it.
func (t *table) add(h uint64) bool {
	if t.n >= len(t.slots)*3/4 {
		return false
	}
	bit := h * t.times >> t.shift
	mask := uint64(len(t.slots) - 1)
	i := bit / 4
	for t.slots[i] != 0 {
		i = (i + 1) & mask
	}
	atomic.StoreUint64(&t.slots[i], h)
	atomic.StoreUint64(&t.bits[bit/64], t.bits[bit/64]|1<<(bit%64))
	t.n++
	return true
}

// grown returns a table of twice the size with what t has.
func (t *table) grown() *table {
	g := newTable(len(t.slots), t.times)
	for _, h := range t.slots {
		if h != 0 {
			g.add(h)
		}
	}
	return g
}
