package link

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// Options of a Window.
type Options struct {
	// Reach is how far from a note, before and after it, the address is linked:
	// at least so long, and a day more at most, as whole UTC days are kept.
	// 0 means DefaultReach.
	Reach time.Duration
	// Addresses is how many a day may have; on a day with more every address is
	// linked. 0 means DefaultAddresses. The number includes those of the days
	// around it that reach into it.
	Addresses int
	// Timeless windows hold what was noted for as long as they live, whatever
	// the records' times: for streams of records of no one time.
	Timeless bool
	// Lost says that notes of the past may be missing although the folder is new:
	// there are rows already, made without it. Then on every day up to now every
	// address is linked.
	Lost bool
}

const (
	// DefaultReach spans a working day, and the delay of logs.
	DefaultReach = 24 * time.Hour
	// DefaultAddresses take 34 MiB a day in memory, 48 MiB on disk.
	DefaultAddresses = 3 << 20

	// residentSlots is how many 8-byte slots the days in memory may take together.
	residentSlots = 8 << 20

	spill = 1 << 16 // notes of a day that wait to be written at most
)

// Window knows for one tenant which addresses stood beside an identity, and on
// which days; not beside which identity. Its methods may be called from many
// goroutines; records are judged by a Judge, one for each goroutine.
//
// A window only ever learns. What it says of an address on a day depends on what
// was noted, not on the order; so whoever has noted everything before it asks
// gets the same answers in every run over the same records.
//
// An address counts as its household: an IPv4 address, however it is written, or
// the /64 of an IPv6 address, whose devices change the rest by themselves. On disk
// households are encrypted, for the list is one of people with something to do
// with a hospital.
//
// Times are the records' own, in Unix milliseconds.
type Window struct {
	cipher  cipher.Block // of what is on disk
	times   uint64       // of the tables
	reach   int64        // milliseconds
	most    int          // addresses of a day
	oneDay  bool
	folder  string // "" if it is in memory only
	lostTo  int64  // on days up to this one every address is linked; 0 for none
	made    atomic.Int64
	clock   atomic.Int64
	slots   atomic.Int64 // of the resident tables
	dirty   atomic.Int64 // days with notes that are not on disk
	syncing sync.Mutex

	seed     maphash.Seed          // of trace ids
	traces   atomic.Pointer[table] // of this round, nil if none was begun
	tracing  sync.Mutex            // of changes to traces and awaiting
	awaiting []await               // addresses that a trace id may tie to somebody
	awaited  atomic.Int64          // their number

	mu     sync.RWMutex
	days   map[int64]*day // that have notes, in memory or on disk
	broken error          // why a day could not be read
}

// New returns a window in memory.
func New(opt Options) *Window {
	var seed [8]byte
	_, _ = rand.Read(seed[:]) // never fails
	w := &Window{seed: maphash.MakeSeed(), times: binary.LittleEndian.Uint64(seed[:]) | 1, reach: opt.Reach.Milliseconds(), most: opt.Addresses, oneDay: opt.Timeless, days: map[int64]*day{}}
	if w.reach <= 0 {
		w.reach = DefaultReach.Milliseconds()
	}
	if w.most <= 0 {
		w.most = DefaultAddresses
	}
	return w
}

// Open returns the window that is kept in folder, which is made if there is none,
// encrypted under key (32 bytes). Several processes may have it open; each sees
// what the others noted after Refresh.
func Open(folder string, key []byte, opt Options) (*Window, error) {
	w := New(opt)
	w.folder = folder
	var err error
	if w.cipher, err = aes.NewCipher(key); err != nil {
		return nil, fmt.Errorf("opening linked addresses: %w", err)
	}
	if err := w.open(opt.Lost); err != nil {
		return nil, fmt.Errorf("opening linked addresses: %w", err)
	}
	return w, nil
}

// find returns the day of that number, nil if it has no notes.
func (w *Window) find(number int64) *day {
	w.mu.RLock()
	d := w.days[number]
	w.mu.RUnlock()
	if d != nil {
		d.used.Store(w.clock.Add(1))
	}
	return d
}

// make returns the day of that number.
func (w *Window) make(number int64) *day {
	if d := w.find(number); d != nil {
		return d
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	d := w.days[number]
	if d == nil {
		d = &day{number: number}
		w.days[number] = d
		w.made.Add(1)
	}
	return d
}

// resident returns the day's table, read from disk if it is not in memory.
func (w *Window) resident(d *day) *table {
	if t := d.table.Load(); t != nil {
		return t
	}
	d.mu.Lock()
	t := w.loadLocked(d)
	d.mu.Unlock()
	w.evict(d)
	return t
}

// loadLocked is resident for the holder of d.mu.
func (w *Window) loadLocked(d *day) *table {
	t := d.table.Load()
	if t != nil {
		return t
	}
	t, err := w.load(d)
	if err != nil {
		// What cannot be read may have been any address. Sync tells.
		t = fullTable()
		w.mu.Lock()
		w.broken = err
		w.mu.Unlock()
	}
	w.slots.Add(int64(len(t.slots)))
	d.table.Store(t)
	return t
}

// note makes a household linked on a day.
func (w *Window) note(d *day, h uint64) {
	if w.resident(d).has(h) {
		return
	}
	d.mu.Lock()
	t := w.loadLocked(d)
	if t.has(h) {
		d.mu.Unlock()
		return
	}
	if w.folder != "" {
		if len(d.pending) == 0 {
			w.dirty.Add(1)
		}
		d.pending = append(d.pending, h)
	}
	if next := w.with(t, h); next != t {
		w.slots.Add(int64(len(next.slots) - len(t.slots)))
		d.brims = next.full
		d.table.Store(next)
	}
	crowded := len(d.pending) >= spill
	d.mu.Unlock()
	w.evict(d)
	if crowded {
		_ = w.Sync() // if it fails the caller's own does, too
	}
}

// with returns t with h added: t, a bigger table or, at the end of the room, one
// that has every address.
func (w *Window) with(t *table, h uint64) *table {
	if t.full {
		return t
	}
	if t.n >= w.most {
		return fullTable()
	}
	if t.add(h) {
		return t
	}
	if w.folder == "" && w.slots.Load()+int64(len(t.slots)) > residentSlots {
		return fullTable() // there is no disk to make room
	}
	g := t.grown()
	g.add(h)
	return g
}

// evict drops tables from memory while there are too many, d's last.
func (w *Window) evict(d *day) {
	if w.folder == "" {
		return
	}
	for w.slots.Load() > residentSlots {
		var oldest *day
		w.mu.RLock()
		for _, o := range w.days {
			if t := o.table.Load(); o != d && t != nil && !t.full && (oldest == nil || o.used.Load() < oldest.used.Load()) {
				oldest = o
			}
		}
		w.mu.RUnlock()
		if oldest == nil {
			return
		}
		w.drop(oldest)
	}
}

// drop forgets a day's table, which is on disk or among its pending notes.
func (w *Window) drop(d *day) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if t := d.table.Load(); t != nil {
		w.slots.Add(-int64(len(t.slots)))
		d.table.Store(nil)
	}
}

// household is what an address counts as, never 0.
func household(addr netip.Addr) uint64 {
	if addr = addr.Unmap(); addr.Is4() {
		a := addr.As4()
		return ofV4(a)
	}
	a := addr.As16()
	switch {
	case a[0] == 0x20 && a[1] == 0x02: // 6to4, RFC 3056
		return ofV4([4]byte(a[2:]))
	case [12]byte(a[:]) == [12]byte{0, 0x64, 0xff, 0x9b}: // NAT64, RFC 6052
		return ofV4([4]byte(a[12:]))
	}
	return max(1, binary.BigEndian.Uint64(a[:]))
}

// ofV4 is a /64 that no IPv6 address is in: ::/8 is reserved.
func ofV4(a [4]byte) uint64 { return 1<<32 | uint64(binary.BigEndian.Uint32(a[:])) }
