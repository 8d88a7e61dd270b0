package link

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// files lists the files of a folder's days.
func files(t *testing.T, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// TestTwoProcesses: each sees what the other synced after Refresh.
func TestTwoProcesses(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "linked")
	one, two := open(t, dir, Options{}), open(t, dir, Options{})
	a, b := NewJudge(Default(), one), NewJudge(Default(), two)
	note(a, v4(1), noon)
	note(b, v4(2), noon)
	for range 2 {
		sync1(t, one)
		sync1(t, two)
		if err := errors.Join(one.Refresh(), two.Refresh()); err != nil {
			t.Fatal(err)
		}
		for n := 1; n <= 2; n++ {
			if !linked(a, v4(n), noon) || !linked(b, v4(n), noon) {
				t.Errorf("address %d is not known to both", n)
			}
		}
		if linked(a, v4(3), noon) {
			t.Error("an address nobody noted")
		}
	}
}

// TestTorn: a file that ends anywhere, as a crash may leave it, has the notes of
// its whole blocks.
func TestTorn(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "linked")
	w := open(t, dir, Options{})
	j := NewJudge(Default(), w)
	note(j, v4(1), noon)
	sync1(t, w)
	first := len(read(t, files(t, dir)[0]))
	note(j, v4(2), noon)
	sync1(t, w)
	for _, name := range files(t, dir) {
		whole := read(t, name)
		for n := range whole {
			if err := os.WriteFile(name, whole[:n], 0o600); err != nil {
				t.Fatal(err)
			}
			later := open(t, dir, Options{})
			k := NewJudge(Default(), later)
			ms := noon
			switch filepath.Base(filepath.Dir(name)) {
			case "20515":
				ms -= 24 * hour
			case "20517":
				ms += 24 * hour
			}
			if got := linked(k, v4(1), ms); got != (n >= first) || later.Sync() != nil {
				t.Errorf("%d of %d bytes: the first note is known: %t, %v", n, len(whole), got, later.Sync())
			}
			if linked(k, v4(2), ms) {
				t.Errorf("%d of %d bytes: the second note is known", n, len(whole))
			}
		}
		if err := os.WriteFile(name, whole, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDamaged: of a day that cannot be trusted every address is linked, and Sync
// says why, so that nothing is archived on the strength of it.
func TestDamaged(t *testing.T) {
	f := func(change func(b []byte) []byte, want error) {
		t.Helper()
		dir := filepath.Join(t.TempDir(), "linked")
		w := open(t, dir, Options{})
		j := NewJudge(Default(), w)
		for n := range 2 {
			note(j, v4(n), noon)
			sync1(t, w)
		}
		for _, name := range files(t, dir) {
			if err := os.WriteFile(name, change(read(t, name)), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		w = open(t, dir, Options{})
		if !linked(NewJudge(Default(), w), v4(77), noon) {
			t.Error("an address of a damaged day is not linked")
		}
		if err := w.Sync(); !errors.Is(err, want) {
			t.Errorf("Sync says %v", err)
		}
	}
	f(func(b []byte) []byte { b[0]++; return b }, ErrDamaged)
	f(func(b []byte) []byte { b[8]++; return b }, ErrKey)
	f(func(b []byte) []byte { b[headSize+8]++; return b }, ErrDamaged) // in the first block
}

// TestOtherKey: notes under one key are no notes under another.
func TestOtherKey(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "linked")
	w := open(t, dir, Options{})
	note(NewJudge(Default(), w), v4(1), noon)
	sync1(t, w)
	other, err := Open(dir, []byte("another key of thirty-two bytes."), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !linked(NewJudge(Default(), other), v4(2), noon) || !errors.Is(other.Sync(), ErrKey) {
		t.Errorf("notes of another key were believed: %v", other.Sync())
	}
}

// TestLost: where rows were made before there was a window, all addresses of that
// time are linked; for good.
func TestLost(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "linked")
	now := time.Now().UnixMilli()
	for _, opt := range []Options{{Lost: true}, {}} {
		j := NewJudge(Default(), open(t, dir, opt))
		for _, h := range []int64{-24 * 365, -24, 0, 23} {
			if !linked(j, v4(1), now+h*hour) {
				t.Errorf("%d hours from now: not linked", h)
			}
		}
		if linked(j, v4(1), now+72*hour) {
			t.Error("linked when nothing is lost")
		}
		note(j, v4(2), now+72*hour)
		note(j, v4(2), now)
		sync1(t, j.window)
		if !linked(j, v4(2), now+72*hour) || linked(j, v4(1), now+72*hour) || !linked(j, v4(1), now) {
			t.Error("notes do not count beside what is lost")
		}
	}
}

// TestNothingInClear: neither names nor bytes on disk hold an address or the key.
func TestNothingInClear(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "linked")
	w := open(t, dir, Options{})
	j := NewJudge(Default(), w)
	for n := range 3 {
		note(j, v4(n), noon)
	}
	sync1(t, w)
	if n := len(files(t, dir)); n != 3 {
		t.Fatalf("%d files", n)
	}
	for _, name := range files(t, dir) {
		b := read(t, name)
		if len(b) != headSize+8+3*entrySize {
			t.Errorf("%d bytes", len(b))
		}
		for n := range 3 {
			a := v4(n).As4()
			for i := range b[:len(b)-3] {
				if [4]byte(b[i:i+4]) == a {
					t.Error("an address on disk")
				}
			}
		}
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info.Mode(), err)
		}
	}
}

// TestFullDisk: notes that could not be written are written when they can be.
func TestFullDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "linked")
	w := open(t, dir, Options{})
	note(NewJudge(Default(), w), v4(1), noon)
	for n := int64(-1); n <= 1; n++ { // a file where the day's folder should be
		if err := os.WriteFile(w.dayFolder(w.make(dayOf(noon+n*24*hour))), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if w.Sync() == nil {
		t.Fatal("nothing was written and nobody says so")
	}
	for n := int64(-1); n <= 1; n++ {
		if err := os.Remove(w.dayFolder(w.make(dayOf(noon + n*24*hour)))); err != nil {
			t.Fatal(err)
		}
	}
	sync1(t, w)
	if !linked(NewJudge(Default(), open(t, dir, Options{})), v4(1), noon) {
		t.Error("the note was lost")
	}
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// FuzzDecode: whatever a file holds, reading it ends, and what a window wrote
// before some damage is never silently less: it is read, torn at the end, or an
// error.
func FuzzDecode(f *testing.F) {
	w, err := Open(filepath.Join(f.TempDir(), "linked"), testKey, Options{Addresses: 100})
	if err != nil {
		f.Fatal(err)
	}
	head := binary.LittleEndian.AppendUint64([]byte(magic), w.check())
	two := w.appendBlock(w.appendBlock(nil, []uint64{1, 2, 3}), []uint64{4})
	f.Add(two, uint16(0))
	f.Add(two[:len(two)-3], uint16(9))
	f.Add(binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, brimCount), checksum(brimCount, nil)), uint16(1))
	f.Fuzz(func(t *testing.T, b []byte, flip uint16) {
		if tab, err := w.decode(newTable(0, w.times), b); err == nil && tab == nil {
			t.Fatal("neither a table nor an error")
		}
		whole := append(append(head[:len(head):len(head)], two...), b...)
		tab, err := w.decode(newTable(0, w.times), whole)
		for h := uint64(1); err == nil && h <= 4; h++ {
			if !tab.has(h) {
				t.Fatalf("household %d is lost before %x", h, b)
			}
		}
		// In the first block: if what follows it is whole, the damage is told.
		whole[headSize+8+int(flip)%(3*entrySize)] ^= 1
		if _, err := w.decode(newTable(0, w.times), whole); !errors.Is(err, ErrDamaged) {
			t.Fatalf("damage at %d: %v", flip, err)
		}
	})
}
