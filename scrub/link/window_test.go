package link

import (
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

var t0 = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func v4(n int) netip.Addr { return netip.AddrFrom4([4]byte{198, byte(n >> 16), byte(n >> 8), byte(n)}) }

func TestLinkedAroundANote(t *testing.T) {
	w := NewWindow(time.Minute, 1000)
	w.Note(v4(1), t0)
	w.Note(v4(1), t0.Add(10*time.Minute))
	f := func(addr netip.Addr, after time.Duration, want bool) {
		t.Helper()
		if got := w.Linked(addr, t0.Add(after)); got != want {
			t.Errorf("%v at %v: got %v", addr, after, got)
		}
	}
	f(v4(1), -time.Minute, true) // the flow log's record starts before the request
	f(v4(1), -time.Minute-time.Millisecond, false)
	f(v4(1), 5*time.Minute, true)
	f(v4(1), 11*time.Minute, true)
	f(v4(1), 11*time.Minute+time.Millisecond, false)
	f(v4(2), 0, false)
	f(netip.AddrFrom16(v4(1).As16()), 0, true) // IPv4-mapped
	f(netip.Addr{}, 0, true)                   // could not be parsed
	w.Note(netip.Addr{}, t0)
	w.Note(netip.MustParseAddr("2001:db8:1:2::7%eth0"), t0)
	f(netip.MustParseAddr("2001:db8:1:2:ffff::8"), 0, true) // the same household
	f(netip.MustParseAddr("2001:db8:1:3::7"), 0, false)
	f(netip.MustParseAddr("::"), 0, false)
}

// The model remembers every address.
type model struct {
	ttl   time.Duration
	notes map[netip.Addr][2]time.Time // first and last
}

func (m *model) note(a netip.Addr, when time.Time) {
	n, ok := m.notes[a]
	if !ok {
		n = [2]time.Time{when, when}
	}
	if when.Before(n[0]) {
		n[0] = when
	}
	if when.After(n[1]) {
		n[1] = when
	}
	m.notes[a] = n
}

// linked tells whether a window must say so: within TTL of a note or between two.
func (m *model) linked(a netip.Addr, when time.Time) bool {
	n, ok := m.notes[a]
	return ok && !when.Before(n[0].Add(-m.ttl)) && !when.After(n[1].Add(m.ttl))
}

// However small the window and whatever the order of times, no address within
// TTL of a note reads as not linked.
func TestASmallWindowErrsOnTheSafeSide(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := NewWindow(time.Minute, rapid.SampledFrom([]int{1, 16}).Draw(t, "max"))
		pair := rapid.Custom(func(t *rapid.T) [2]int {
			return [2]int{rapid.IntRange(0, 60).Draw(t, "address"), rapid.IntRange(-1000, 1000).Draw(t, "second")}
		})
		at := func(p [2]int) time.Time { return t0.Add(time.Duration(p[1]) * time.Second) }
		notes := rapid.SliceOfN(pair, 1, 120).Draw(t, "notes")
		for _, n := range notes {
			w.Note(v4(n[0]), at(n))
		}
		for _, n := range notes {
			off := rapid.IntRange(-60, 60).Draw(t, "seconds from the note")
			if when := at(n).Add(time.Duration(off) * time.Second); !w.Linked(v4(n[0]), when) {
				t.Fatalf("address %d was noted at %d s and is not linked %d s from it", n[0], n[1], off)
			}
		}
	})
}

// A window that is large enough says what the model says.
func TestALargeWindowIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := NewWindow(time.Minute, 4096)
		m := model{time.Minute, map[netip.Addr][2]time.Time{}}
		for range rapid.IntRange(1, 100).Draw(t, "steps") {
			a, at := v4(rapid.IntRange(0, 30).Draw(t, "address")), t0.Add(time.Duration(rapid.IntRange(-300, 300).Draw(t, "seconds"))*time.Second)
			if rapid.Bool().Draw(t, "note") {
				w.Note(a, at)
				m.note(a, at)
			} else if got, want := w.Linked(a, at), m.linked(a, at); got != want {
				t.Fatalf("%v at %v: got %v, want %v", a, at, got, want)
			}
		}
	})
}

func TestAnOverfullWindowRecovers(t *testing.T) {
	w := NewWindow(time.Minute, 64)
	for i := range 10_000 { // a flood of addresses with sessions within a second
		w.Note(v4(i), t0.Add(time.Duration(i)*time.Microsecond*100))
	}
	unknown := v4(1 << 20)
	if !w.Linked(unknown, t0.Add(30*time.Second)) {
		t.Error("the window forgot and says never seen")
	}
	if w.Linked(unknown, t0.Add(2*time.Minute)) {
		t.Error("the flood is over and its time past, but unknown addresses stay linked")
	}
	if w.Linked(unknown, t0.Add(-2*time.Minute)) {
		t.Error("addresses of long before the flood are linked")
	}
}

func TestLost(t *testing.T) {
	w := NewWindow(time.Minute, 10_000)
	w.Lost(t0.Add(-time.Hour), t0)
	for i := range 500 {
		if !w.Linked(v4(i), t0.Add(time.Minute)) || w.Linked(v4(i), t0.Add(time.Minute+time.Millisecond)) || w.Linked(v4(i), t0.Add(-2*time.Hour)) {
			t.Fatalf("address %d does not follow the gap", i)
		}
	}
}

func TestDefaults(t *testing.T) {
	w := NewWindow(0, 0)
	if w.ttl != DefaultTTL.Milliseconds() || len(w.sets)*ways != DefaultMax {
		t.Errorf("ttl %d, %d addresses", w.ttl, len(w.sets)*ways)
	}
}

// Many workers note the addresses of their own logs while others ask, on a
// clock that the test owns: what was noted before is always linked.
func TestConcurrentWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := NewWindow(time.Minute, 256)
		var wg sync.WaitGroup
		for worker := range 8 {
			wg.Go(func() {
				for i := range 300 {
					a := v4(worker<<12 | i)
					w.Note(a, time.Now())
					time.Sleep(time.Second)
					if !w.Linked(a, time.Now()) {
						t.Errorf("worker %d: address %d is not linked a second later", worker, i)
					}
					w.Linked(v4(i), time.Now().Add(-time.Second))
				}
			})
		}
		wg.Wait()
		time.Sleep(3 * time.Minute)
		if w.Linked(v4(1<<20), time.Now()) {
			t.Error("after all is past an unknown address is linked")
		}
	})
}

func TestWindowDoesNotAllocate(t *testing.T) {
	w := NewWindow(time.Minute, 100)
	n := 0
	allocs := testing.AllocsPerRun(2000, func() {
		n++
		w.Note(v4(n), t0.Add(time.Duration(n)*time.Second))
		w.Linked(v4(n/2), t0.Add(time.Duration(n)*time.Second))
	})
	if allocs > 0 {
		t.Errorf("%v allocations", allocs)
	}
}

func BenchmarkWindow(b *testing.B) {
	w := NewWindow(0, 0)
	for i := 0; b.Loop(); i++ {
		w.Note(v4(i&0xffff), t0)
		w.Linked(v4(i>>1&0xffff), t0)
	}
}
