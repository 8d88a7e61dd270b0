package link

import (
	"fmt"
	"net/netip"
	"testing"
	"time"
)

// TestAwaitedAddresses: an address whose request somebody else's record names is
// linked as if it stood in that record; others are not, nor are those of the round
// before.
func TestAwaitedAddresses(t *testing.T) {
	w := New(Options{})
	j, k := NewJudge(Default(), w), NewJudge(Default(), w)
	at := time.Date(2026, 3, 4, 5, 0, 0, 0, time.UTC).UnixMilli()
	id := func(n int) []byte { return fmt.Appendf(nil, "Root=1-67891233-%024x", n) }
	addr := func(n byte) netip.Addr { return netip.AddrFrom4([4]byte{198, 51, 100, n}) }
	linked := func(n byte) bool { return j.Linked(addr(n), at, false, false) }
	w.StartRound()
	for n := range byte(10) {
		if !j.Await(id(int(n)), addr(n), at) {
			t.Fatal("no room")
		}
	}
	j.Hand()
	for n := range 5 {
		k.NoteTrace(id(n))
	}
	w.Settle()
	for n := range byte(10) {
		if linked(n) != (n < 5) {
			t.Errorf("address %d is linked: %v", n, linked(n))
		}
	}
	j.Await(id(20), addr(20), at)
	j.Hand()
	w.StartRound()
	k.NoteTrace(id(20))
	if w.Settle(); linked(20) {
		t.Error("an address of the round before is linked")
	}
}

// TestAwaitHasAnEnd: more addresses than there is room for are told of, not
// forgotten.
func TestAwaitHasAnEnd(t *testing.T) {
	w := New(Options{})
	j := NewJudge(Default(), w)
	w.StartRound()
	addr, id := netip.MustParseAddr("198.51.100.7"), []byte("Root=1-67891233-abcdef012345678912345678")
	kept := 0
	for j.Await(id, addr, 0) {
		if kept++; kept > mostAwaiting {
			t.Fatal("there is no end")
		}
		if kept%1000 == 0 {
			j.Hand()
		}
	}
	if kept != mostAwaiting {
		t.Errorf("%d were kept", kept)
	}
}
