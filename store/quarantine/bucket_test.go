package quarantine

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/scrubline/scrubline/scrub/seal"
	"github.com/scrubline/scrubline/store/archive/object/objecttest"
)

// Two processes with the same payload: each record is stored once or twice, listed
// once, and Sync of neither fails. What was stored without its tombstone does no harm.
func TestTwoProcessesInABucket(t *testing.T) {
	k, s := newKeys(t), &objecttest.Memory{}
	a, b := beside(s)(t, Options{Recipient: k.pub}).(*Bucket), beside(s)(t, Options{Recipient: k.pub}).(*Bucket)
	told := 0
	b.Adopted = func(n int) { told += n }
	for n := range uint64(10) {
		keep(t, a, entry(n), "x")
		if n > 0 {
			keep(t, b, entry(n), "x")
		}
	}
	synced(t, a)
	synced(t, b) // from 1 on: no name is taken, all nine are stored again
	if a.Stats().Entries != 10 || b.Stats().Entries != 9 {
		t.Errorf("%+v, %+v", a.Stats(), b.Stats())
	}
	for n := range uint64(12) {
		keep(t, b, entry(n), "x")
	}
	synced(t, b) // from 0 on: ten are there
	if st := b.Stats(); st.Adopted != 10 || told != 10 || st.Entries != 11 {
		t.Errorf("%+v, told %d", st, told)
	}
	if n := len(listed(t, a)); n != 12 {
		t.Errorf("%d listed", n)
	}
}

// failing is a store that refuses or loses answers.
type failing struct {
	objecttest.Memory
	before, after error
}

func (f *failing) Put(ctx context.Context, key string, data []byte) error {
	if f.before != nil {
		return f.before
	}
	return errors.Join(f.Memory.Put(ctx, key, data), f.after)
}

// What could not be stored is kept for the next Sync, which finds it stored if only the
// answer was lost.
func TestSyncThatFails(t *testing.T) {
	k, s, down := newKeys(t), &failing{}, errors.New("down")
	w := beside(s)(t, Options{Recipient: k.pub}).(*Bucket)
	for n := range uint64(3) {
		keep(t, w, entry(n), "x")
	}
	s.before = down
	if err := w.Sync(t.Context(), entry(0).PayloadID); !errors.Is(err, down) {
		t.Fatal(err)
	}
	keep(t, w, entry(1), "x") // its payload is read again
	s.before, s.after = nil, down
	if err := w.Sync(t.Context(), entry(0).PayloadID); !errors.Is(err, down) {
		t.Fatal(err)
	}
	s.after = nil
	synced(t, w)
	if st := w.Stats(); st.Entries != 0 || st.Adopted != 3 || len(listed(t, w)) != 3 || len(w.waiting) != 0 || w.bytes != 0 {
		t.Errorf("%+v, %d payloads, %d bytes wait", st, len(w.waiting), w.bytes)
	}
}

// Objects that somebody changed, or planted under a name: they are counted, the others
// are listed, and nobody takes them for what they are not.
func TestDamagedObjects(t *testing.T) {
	k, s := newKeys(t), &objecttest.Memory{}
	w := beside(s)(t, Options{Recipient: k.pub}).(*Bucket)
	for n := range uint64(3) {
		keep(t, w, entry(n*10), "x")
		synced(t, w)
	}
	key := func(n uint64) string { return entryKey(entry(0).PayloadID, n) }
	data, err := s.Get(t.Context(), key(10), nil)
	if err != nil {
		t.Fatal(err)
	}
	s.Replace(key(0), []byte("nothing"))
	s.Replace(key(20), data[:len(data)-3])
	s.Replace(entryKey("f/ffff", 0), data) // of another payload
	r := beside(s)(t, Options{})
	if items := listed(t, r); len(items) != 1 || items[0].Record != 10 || r.Stats().Damaged != 2 {
		t.Errorf("%+v, %+v", items, r.Stats())
	}
	again := beside(s)(t, Options{Recipient: k.pub})
	keep(t, again, entry(20), "x")
	if err := again.Sync(t.Context(), entry(0).PayloadID); !errors.Is(err, seal.ErrDamaged) {
		t.Errorf("taken for kept: %v", err)
	}
}

// Payloads that nobody reads on leave no memory behind.
func TestLeftEntriesAreStored(t *testing.T) {
	k, s := newKeys(t), &objecttest.Memory{}
	w := beside(s)(t, Options{Recipient: k.pub, SegmentBytes: 1000}).(*Bucket)
	for n := range 200 {
		e := entry(0)
		e.PayloadID = fmt.Sprintf("f/%04x", n)
		keep(t, w, e, "x")
		if w.bytes > manyObjects*1000+500 {
			t.Fatalf("%d bytes wait", w.bytes)
		}
	}
}

// TestReaders: what lies in two places is read as one.
func TestReaders(t *testing.T) {
	k, dir := newKeys(t), filepath.Join(t.TempDir(), "q")
	was, is := jail(open(t, dir, Options{Recipient: k.pub})), beside(&objecttest.Memory{})(t, Options{Recipient: k.pub})
	old := keep(t, was, entry(1), "old")
	e := entry(1)
	e.PayloadID = "s/1"
	fresh := keep(t, is, e, "new")
	if err := is.Sync(t.Context(), "s/1"); err != nil {
		t.Fatal(err)
	}
	both := Readers{is, was}
	for name, want := range map[string]string{old: "old", fresh: "new"} {
		if _, _, raw, err := both.Open(t.Context(), name, k.priv); err != nil || string(raw) != want {
			t.Errorf("%q, %v", raw, err)
		}
	}
	if _, _, _, err := both.Open(t.Context(), strings.Repeat("0", 32), k.priv); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	if err := both.MarkReplayed(t.Context(), []string{old, fresh}); err != nil {
		t.Fatal(err)
	}
	n := 0
	if err := both.List(t.Context(), func(it Item) error {
		if it.Replayed {
			n++
		}
		return nil
	}); err != nil || n != 2 {
		t.Errorf("%d marked, %v", n, err)
	}
}
