package archive

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/store/archive/object"
	"github.com/scrubline/scrubline/store/archive/object/objecttest"
	"github.com/scrubline/scrubline/store/archive/tlog"
)

// counting counts what is read of a store.
type counting struct {
	object.Store
	gets, lists atomic.Int64
}

func (c *counting) Get(ctx context.Context, key string, buf []byte) ([]byte, error) {
	c.gets.Add(1)
	return c.Store.Get(ctx, key, buf)
}

func (c *counting) List(ctx context.Context, prefix string, fn func(object.Info) error) error {
	c.lists.Add(1)
	return c.Store.List(ctx, prefix, fn)
}

// grow makes a log of so many objects that exist in it only.
func grow(t testing.TB, s object.Store, data string, leaves, claim int) *sealLog {
	t.Helper()
	ctx := context.Background()
	l := &sealLog{store: s, data: data, now: time.Now, seen: func(*Leaf) {}}
	if err := l.start(ctx); err != nil {
		t.Fatal(err)
	}
	for n := 0; n < leaves; n += claim {
		var next []*Leaf
		objects := map[string]*Object{}
		for i := n; i < n+claim; i++ {
			o := Sealed{Key: fmt.Sprintf("v1/s/%032x/%012d.parquet", i, 0), SHA256: sum(fmt.Append(nil, i)), Size: 20000, Source: "aws_cloudtrail", End: 40, Rows: 40, Final: true}
			next, objects[o.Key] = append(next, &Leaf{Kind: KindObject, Object: &o}), new(Object)
		}
		if won, err := l.claim(ctx, next, objects); !won || err != nil {
			t.Fatal(won, err)
		}
	}
	return l
}

// leaves is how long a log TestOpenReadsTheRightEdge opens: a million in the long form.
func leaves() (n, claim int) {
	if os.Getenv("SCRUBLINE_LONG") != "" {
		return 1_000_000, 500
	}
	return 70_500, 500
}

// Opening an archive takes the same few reads however long its log is, and goes on where
// it stands, as an archive does that was read whole.
func TestOpenReadsTheRightEdge(t *testing.T) {
	n, claim := leaves()
	data, s := tempDir(t), &counting{Store: new(objecttest.Memory)}
	l := grow(t, s, data, n, claim)
	open := func() (a *Archive, gets, lists int64) {
		t.Helper()
		gets, lists = s.gets.Load(), s.lists.Load()
		a, err := Open(t.Context(), data, Options{Store: s})
		if err != nil {
			t.Fatal(err)
		}
		return a, s.gets.Load() - gets, s.lists.Load() - lists
	}
	a, gets, lists := open()
	t.Logf("%d leaves: %d reads", n, gets)
	if gets > 10 || lists > 0 {
		t.Errorf("%d reads and %d lists", gets, lists)
	}
	if a.log.tree.Root() != l.tree.Root() || a.log.n != l.n {
		t.Error("it stands elsewhere")
	}
	write(t, a, batch(schemas.Events, "app", "aa", 0, 5, true))
	closeArchive(t, a)
	a, gets, lists = open() // partial tiles of two levels now
	if gets > 10 || lists > 0 {
		t.Errorf("%d reads and %d lists", gets, lists)
	}
	closeArchive(t, a)
	if err := os.Remove(filepath.Join(data, positionFile)); err != nil {
		t.Fatal(err)
	}
	whole, gets, _ := open()
	if gets < int64(n/tlog.Width) || whole.log.tree.Root() != a.log.tree.Root() {
		t.Errorf("without the position %d reads", gets)
	}
	closeArchive(t, whole)
	if none, err := ParseSample("0%", 0); err != nil {
		t.Fatal(err)
	} else if r, _ := Verify(t.Context(), s, l.key.public, Checks{Sample: none}); r.Sealed != uint64(n+1) || len(r.Problems) == 0 || r.Problems[0].Kind != Missing {
		t.Errorf("%+v", r) // the grown objects were never stored; the log itself is whole
	}
}

// A position that somebody changed, or that belongs to another archive, is not believed
// further than the log's checkpoint.
func TestPositionThatDoesNotFit(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(string) string{
		"empty":        func(string) string { return "" },
		"torn":         func(s string) string { return s[:len(s)/2] },
		"another root": func(s string) string { return strings.Replace(s, `"root":"`, `"root":"00`, 1) },
		"another size": func(s string) string { return strings.Replace(s, `"size":`, `"size":1`, 1) },
	} {
		data, _, _ := sample(t)
		path := filepath.Join(data, positionFile)
		b, err := os.ReadFile(path)
		if err == nil {
			err = os.WriteFile(path, []byte(spoil(string(b))), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		a := open(t, data)
		write(t, a, batch(schemas.Events, "app", "zz", 0, 5, true))
		closeArchive(t, a)
		if r := verify(t, data); r.Status != OK {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// The right edge is checked: a tile of it that was changed is damage.
func TestDamagedEdgeIsRefused(t *testing.T) {
	t.Parallel()
	s, data := new(objecttest.Memory), tempDir(t)
	l := grow(t, s, data, 300, 100)
	for _, tile := range []tlog.Tile{{Level: tlog.Entries, N: 1, W: 44}, {Level: 0, N: 1, W: 44}, {Level: 1, W: 1}} {
		b, err := s.Get(t.Context(), tileKey(tile), nil)
		if err != nil {
			t.Fatal(err)
		}
		c := s.Clone()
		b[len(b)-1] ^= 1
		c.Replace(tileKey(tile), b)
		edge := &sealLog{store: c, data: data, now: time.Now, key: l.key, position: position{n: 300}}
		if fits, err := edge.readEdge(t.Context(), l.tree.Root()); fits || err != nil {
			t.Errorf("%v: fits %v, %v", tile, fits, err)
		}
	}
	edge := &sealLog{store: s, data: data, now: time.Now, key: l.key, position: position{n: 300}}
	if fits, err := edge.readEdge(t.Context(), l.tree.Root()); !fits || err != nil {
		t.Errorf("untouched: fits %v, %v", fits, err)
	}
}

// What a process noted and left is sealed by the next, whatever it had come to: not
// stored, stored, sealed, and stored by somebody else before.
func TestJournalIsTakenOver(t *testing.T) {
	t.Parallel()
	data := tempDir(t)
	a := open(t, data)
	write(t, a, batch(schemas.Events, "app", "aa", 0, 5, true))
	if err := a.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	write(t, a, batch(schemas.Events, "app", "bb", 0, 5, true))
	if err := errors.Join(a.journal.note("v1/f/aa/000000000000.parquet", a.log.sealed.Load()), a.journal.note("v1/f/never/000000000000.parquet", 1)); err != nil {
		t.Fatal(err)
	}
	abandon(a)
	b := open(t, data)
	if files, _ := os.ReadDir(filepath.Join(data, unsealedFolder)); len(files) != 1 {
		t.Errorf("%d files", len(files))
	}
	closeArchive(t, b)
	if files, _ := os.ReadDir(filepath.Join(data, unsealedFolder)); len(files) != 0 {
		t.Errorf("%d files after the end", len(files))
	}
	if r := mustVerify(t, data); r.Objects != 2 {
		t.Errorf("%+v", r)
	}
}

// After the machine went down notes may be missing: the whole archive is looked through.
func TestJournalOfAnotherBoot(t *testing.T) {
	t.Parallel()
	data := tempDir(t)
	a := open(t, data)
	write(t, a, batch(schemas.Events, "app", "aa", 0, 5, true))
	abandon(a)
	if err := os.WriteFile(a.journal.name, []byte("another boot\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	closeArchive(t, open(t, data))
	if r := mustVerify(t, data); r.Objects != 1 {
		t.Errorf("%+v", r)
	}
}

// A process that lives keeps what it noted, and a file of it does not grow for ever.
func TestJournalOfALiveProcess(t *testing.T) {
	t.Parallel()
	data := tempDir(t)
	a := open(t, data)
	for n := range uint64(20_000) {
		key := fmt.Sprintf("v1/f/%d/000000000000.parquet", n)
		if err := a.journal.note(key, n); err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			a.journal.sealed(key)
		}
	}
	other := open(t, data)
	if len(other.journal.open) > 0 {
		t.Error("took a living process's notes")
	}
	closeArchive(t, other)
	if info, err := os.Stat(a.journal.name); err != nil || info.Size() > 2*roomy {
		t.Errorf("%v, %v", info.Size(), err)
	}
	abandon(a)
	last := newJournal(data)
	if _, err := last.takeOver(); err != nil || len(last.open) < 1 {
		t.Errorf("%d notes, %v", len(last.open), err)
	}
}

// A hash that is too long in a leaf or a footer is malformed, and no panic of whoever
// verifies.
func TestHashesOfOtherLengths(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"0", "00", strings.Repeat("0", 63), strings.Repeat("0", 66), strings.Repeat("g", 64)} {
		var h Hash
		if err := h.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is a hash", text)
		}
	}
}
