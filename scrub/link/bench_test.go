package link

import (
	"fmt"
	"net/netip"
	"testing"
)

// flowAddresses are those of flow records: one of the public, one of ours.
func flowAddresses(n int) [][2]netip.Addr {
	as := make([][2]netip.Addr, n)
	for i := range as {
		as[i] = [2]netip.Addr{v4(1<<23 + i*7919%(1<<22)), netip.AddrFrom4([4]byte{10, 0, 1, byte(i)})}
	}
	return as
}

func TestJudgeDoesNotAllocate(t *testing.T) {
	j := NewJudge(Default(), New(Options{}))
	as := flowAddresses(100)
	for n := range 1000 {
		note(j, v4(n), noon)
	}
	n := 0
	allocs := testing.AllocsPerRun(100, func() {
		for i, a := range as {
			ms := noon + int64(i%2)*24*hour
			if linked(j, a[0], ms) || linked(j, a[1], ms) || !linked(j, v4(i), ms) {
				n++
			}
			note(j, v4(i), ms-24*hour*int64(i%2)) // is known
		}
	})
	if allocs > 0 || n > 0 {
		t.Errorf("%v allocations, %d wrong", allocs, n)
	}
}

// BenchmarkFlow is the cost of a flow record none of whose addresses is linked.
func BenchmarkFlow(b *testing.B) {
	for _, notes := range []int{0, 1000, 100_000, 1_000_000} {
		b.Run(fmt.Sprintf("notes=%d", notes), func(b *testing.B) {
			j := NewJudge(Default(), New(Options{}))
			for n := range notes {
				note(j, v4(n), noon)
			}
			ours := netip.AddrFrom4([4]byte{10, 0, 1, 9})
			n := 0
			for i := uint32(0); b.Loop(); i += 7919 { // no address twice
				client := netip.AddrFrom4([4]byte{203, byte(i >> 16), byte(i >> 8), byte(i)})
				if j.Linked(client, noon, false, true) || j.Linked(ours, noon, false, true) {
					n++
				}
			}
			if n > 0 {
				b.Errorf("%d linked", n)
			}
		})
	}
}

// BenchmarkKnown is the cost of a record with a session whose address is known.
func BenchmarkKnown(b *testing.B) {
	j := NewJudge(Default(), New(Options{}))
	for n := range 100_000 {
		note(j, v4(n), noon)
	}
	for i := 0; b.Loop(); i++ {
		note(j, v4(i*7919%100_000), noon)
	}
}
