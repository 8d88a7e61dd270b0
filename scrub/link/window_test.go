package link

import (
	"net/netip"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var (
	testKey = []byte("a key of thirty-two bytes, it is")
	noon    = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC).UnixMilli()
)

const hour = int64(time.Hour / time.Millisecond)

func v4(n int) netip.Addr { return netip.AddrFrom4([4]byte{198, byte(n >> 16), byte(n >> 8), byte(n)}) }

func open(t testing.TB, dir string, opt Options) *Window {
	t.Helper()
	w, err := Open(dir, testKey, opt)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func sync1(t testing.TB, w *Window) {
	t.Helper()
	if err := w.Sync(); err != nil {
		t.Fatal(err)
	}
}

// note and linked ask as a record with an identity, and one without, does.
func note(j *Judge, a netip.Addr, ms int64)        { j.Linked(a, ms, true, false) }
func linked(j *Judge, a netip.Addr, ms int64) bool { return j.Linked(a, ms, false, false) }

func TestReach(t *testing.T) {
	j := NewJudge(Default(), New(Options{}))
	note(j, v4(1), noon)
	f := func(hours int64, want bool) {
		t.Helper()
		if got := linked(j, v4(1), noon+hours*hour); got != want {
			t.Errorf("%d hours from the note: %t", hours, got)
		}
		if linked(j, v4(2), noon+hours*hour) {
			t.Errorf("%d hours from another's note", hours)
		}
	}
	for h := int64(-36); h < 36; h++ {
		f(h, true)
	}
	for _, h := range []int64{-49, -37, 36, 49, 1000} {
		f(h, false)
	}
}

func TestFarTimes(t *testing.T) {
	j := NewJudge(Default(), New(Options{}))
	for _, ms := range []int64{-1 << 63, -1, 0, 1, 1<<63 - 1} {
		if note(j, v4(1), ms); !linked(j, v4(1), ms) {
			t.Errorf("%d: not linked at the time of its note", ms)
		}
	}
	if n := len(j.window.days); n > 5 {
		t.Errorf("%d days", n)
	}
}

// TestHousehold: an address is known in its other forms, an IPv6 address as the
// /64 it is in.
func TestHousehold(t *testing.T) {
	f := func(noted, asked string, want bool) {
		t.Helper()
		j := NewJudge(Default(), New(Options{}))
		note(j, netip.MustParseAddr(noted), noon)
		if got := linked(j, netip.MustParseAddr(asked), noon); got != want {
			t.Errorf("%s after %s: %t", asked, noted, got)
		}
	}
	f("198.51.100.7", "::ffff:198.51.100.7", true)
	f("2002:c633:6407::1", "198.51.100.7", true)
	f("198.51.100.7", "64:ff9b::c633:6407", true)
	f("198.51.100.7", "64:ff9b::c633:6408", false)
	f("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true)
	f("2001:db8:1:2::1", "2001:db8:1:3::1", false)
	f("198.51.100.7", "198.51.100.8", false)
}

func TestPolicyOfJudge(t *testing.T) {
	w := New(Options{})
	note(NewJudge(Default(), w), v4(1), noon)
	f := func(p Policy, addr netip.Addr, flow, want bool) {
		t.Helper()
		j := NewJudge(p, w)
		if got := j.Linked(addr, noon, false, flow); got != want {
			t.Errorf("%+v, flow %t: %t", p, flow, got)
		}
	}
	f(Policy{}, v4(1), false, true)
	f(Policy{Across: InFlows}, v4(1), false, false)
	f(Policy{Across: InFlows}, v4(1), true, true)
	f(Policy{Across: Nowhere}, v4(1), true, false)
	f(Policy{Mode: Off}, v4(1), true, false)
	f(Policy{Mode: AuthenticatedOnly}, v4(1), true, true)
	f(Policy{}, netip.Addr{}, false, true)
	f(Policy{Exempt: []netip.Prefix{netip.MustParsePrefix("198.0.0.0/15")}}, v4(1), false, false)

	private := netip.MustParseAddr("10.0.0.1")
	j := NewJudge(Default(), w)
	if j.Linked(private, noon, true, false) || NewJudge(Policy{}, w).Linked(private, noon, false, false) {
		t.Error("an exempt address was noted")
	}
}

// TestExemptsTheSame: the judge's short cut says what the policy says.
func TestExemptsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Default()
		for range rapid.IntRange(0, 4).Draw(t, "more") {
			a := [4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "net"))
			p.Exempt = append(p.Exempt, netip.PrefixFrom(netip.AddrFrom4(a), rapid.IntRange(1, 32).Draw(t, "bits")).Masked())
		}
		j := NewJudge(p, nil)
		a := [16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "address"))
		addrs := []netip.Addr{netip.AddrFrom16(a), netip.AddrFrom4([4]byte(a[:4])), netip.AddrFrom16(netip.AddrFrom4([4]byte(a[:4])).As16())}
		for _, e := range p.Exempt {
			addrs = append(addrs, e.Addr(), e.Addr().Prev(), e.Addr().Next())
		}
		for _, addr := range addrs {
			if got, want := j.exempts(addr), p.Exempts(addr); got != want {
				t.Fatalf("%v: %t, the policy says %t", addr, got, want)
			}
		}
	})
}

// TestOrder: what windows know depends on what was noted, not on the order, on
// how often it was synced, on ends of the process on the way or on the key.
func TestOrder(t *testing.T) {
	type n struct {
		addr int
		ms   int64
	}
	notes := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) n {
		return n{rapid.IntRange(0, 40).Draw(t, "addr"), noon + rapid.Int64Range(-100, 100).Draw(t, "hours")*hour}
	}), 0, 60)
	rapid.Check(t, func(rt *rapid.T) {
		ns := notes.Draw(rt, "notes")
		most := rapid.IntRange(1, 50).Draw(rt, "most")
		calm := NewJudge(Default(), New(Options{Addresses: most}))
		for _, x := range ns {
			note(calm, v4(x.addr), x.ms)
		}
		dir := filepath.Join(t.TempDir(), "linked")
		again := append(slices.Clone(ns), rapid.Permutation(ns).Draw(rt, "again")...)
		j := NewJudge(Default(), open(t, dir, Options{Addresses: most}))
		for _, x := range again {
			switch rapid.IntRange(0, 9).Draw(rt, "event") {
			case 0:
				sync1(t, j.window)
			case 1: // the process ends without a sync: what follows notes it all again
				j = NewJudge(Default(), open(t, dir, Options{Addresses: most}))
			case 2:
				for _, d := range j.window.days {
					j.window.drop(d)
				}
			}
			note(j, v4(x.addr), x.ms)
		}
		for _, x := range ns {
			note(j, v4(x.addr), x.ms)
		}
		sync1(t, j.window)
		later := NewJudge(Default(), open(t, dir, Options{Addresses: most}))
		for a := range 42 {
			for h := int64(-160); h <= 160; h += 7 {
				want := linked(calm, v4(a), noon+h*hour)
				if got := linked(j, v4(a), noon+h*hour); got != want {
					rt.Fatalf("address %d at %d h: %t, undisturbed %t", a, h, got, want)
				}
				if got := linked(later, v4(a), noon+h*hour); got != want {
					rt.Fatalf("address %d at %d h, next process: %t, undisturbed %t", a, h, got, want)
				}
			}
		}
	})
}

// TestFullDay: a day with more addresses than it may have links every address,
// and no other day does; also for who opens the folder later.
func TestFullDay(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "linked")
	w := open(t, dir, Options{Addresses: 100})
	j := NewJudge(Default(), w)
	f := func(j *Judge, n int, day int64, want bool) {
		t.Helper()
		if got := linked(j, v4(n), noon+day*24*hour); got != want {
			t.Errorf("address %d on day %d: %t", n, day, got)
		}
	}
	for n := range 100 {
		note(j, v4(n), noon)
	}
	f(j, 99, 0, true)
	f(j, 100, 0, false)
	note(j, v4(100), noon)
	sync1(t, w)
	for _, j := range []*Judge{j, NewJudge(Default(), open(t, dir, Options{Addresses: 100})), NewJudge(Default(), open(t, dir, Options{}))} {
		f(j, 5000, 0, true)
		f(j, 5000, 1, true)
		f(j, 5000, 2, false)
		f(j, 5, 2, false)
	}
}

// TestBounded: tables of many days do not pile up in memory, and are found again.
func TestBounded(t *testing.T) {
	w := open(t, filepath.Join(t.TempDir(), "linked"), Options{})
	j := NewJudge(Default(), w)
	for d := range int64(2000) {
		note(j, v4(int(d)), noon+d*24*hour)
	}
	big := newTable(residentSlots/4, 1)
	w.slots.Add(int64(len(big.slots)) * 3)
	w.make(dayOf(noon + 3000*24*hour)).table.Store(big)
	w.evict(w.find(dayOf(noon)))
	for _, d := range w.days {
		if d.number != dayOf(noon) && d.table.Load() != nil {
			t.Fatalf("day %d is in memory still", d.number)
		}
	}
	for d := range int64(2000) {
		if !linked(j, v4(int(d)), noon+d*24*hour) || linked(j, v4(int(d)+9000), noon+d*24*hour) {
			t.Fatalf("day %d is not what it was", d)
		}
	}
}

func TestMemoryFailsClosed(t *testing.T) {
	w := New(Options{Addresses: 1 << 40})
	w.slots.Store(residentSlots)
	j := NewJudge(Default(), w)
	for n := range leastSlots {
		note(j, v4(n), noon)
	}
	if !linked(j, v4(9999), noon) || linked(j, v4(9999), noon+99*24*hour) {
		t.Error("a window that is out of memory does not link all addresses of the day")
	}
}

// TestTogether: many goroutines note and ask; what one noted it finds.
func TestTogether(t *testing.T) {
	w := open(t, filepath.Join(t.TempDir(), "linked"), Options{})
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			j := NewJudge(Default(), w)
			for n := range 3000 {
				a, ms := v4(n*4+g), noon+int64(n%5)*24*hour
				note(j, a, ms)
				if !linked(j, a, ms) {
					t.Errorf("address %d is not linked", n)
				}
				if n%500 == 0 {
					if err := w.Sync(); err != nil {
						t.Error(err)
					}
					w.drop(w.make(dayOf(ms)))
				}
			}
		})
	}
	wg.Wait()
	sync1(t, w)
	j := NewJudge(Default(), w)
	for n := range 12000 {
		if !linked(j, v4(n), noon+int64(n/4%5)*24*hour) {
			t.Fatalf("address %d was lost", n)
		}
	}
}
