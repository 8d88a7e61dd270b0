package archive

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/store/archive/batchtest"
	"github.com/scrubline/scrubline/store/archive/object"
)

// tempDir is t.TempDir in memory where the system has such a place: waiting for
// the disk is nine tenths of these tests' time, and what they show does not
// depend on it.
func tempDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "archive-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func open(t testing.TB, data string) *Archive {
	t.Helper()
	a, err := Open(context.Background(), data, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func closeArchive(t testing.TB, a *Archive) {
	t.Helper()
	if err := a.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// batch returns rows of a payload from start on.
func batch(table schemas.Table, source, payload string, start uint64, rows int, final bool) *event.Batch {
	b := event.NewBatch(table)
	b.Reset(batchtest.Meta(table, source, payload, start, final))
	if table == schemas.Flows {
		batchtest.Flows(b, rows)
	} else {
		batchtest.Events(b, rows)
	}
	return b
}

func write(t testing.TB, a *Archive, b *event.Batch) Object {
	t.Helper()
	o, adopted, err := a.Write(context.Background(), b)
	if err != nil || adopted {
		t.Fatal(err, adopted)
	}
	return o
}

func verify(t testing.TB, data string) Report {
	t.Helper()
	pub, err := os.ReadFile(filepath.Join(data, PubFile))
	if err != nil {
		t.Fatal(err)
	}
	r, err := Verify(context.Background(), folder(t, data), string(pub), Checks{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func folder(t testing.TB, data string) object.Store {
	t.Helper()
	s, err := OpenFolder(filepath.Join(data, Folder))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustVerify(t testing.TB, data string) Report {
	t.Helper()
	r := verify(t, data)
	if r.Status != OK || r.ExitCode() != 0 {
		t.Fatalf("%+v", r)
	}
	return r
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	t.Parallel()
	data := tempDir(t)
	a := open(t, data)
	ctx := context.Background()
	rapid.Check(t, func(rt *rapid.T) {
		table := schemas.Table(rapid.IntRange(0, 1).Draw(rt, "table"))
		b, back := event.NewBatch(table), event.NewBatch(0)
		payload := rapid.StringMatching("[0-9a-f]{32}").Draw(rt, "payload")
		b.Reset(batchtest.Meta(table, "app", payload, 0, true))
		batchtest.Fill(rt, b, rapid.IntRange(0, 50).Draw(rt, "rows"))
		o, _, err := a.Write(ctx, b)
		if err == nil {
			err = a.Read(ctx, o.Key, back)
		}
		if err != nil {
			rt.Fatal(err)
		}
		if diff := batchtest.Equal(b, back); diff != "" {
			rt.Fatal(diff)
		}
		if m := back.Meta; m.Origin != b.Origin || m.PayloadID != b.PayloadID || m.Final != b.Final || !m.Ingested.Equal(b.Ingested) ||
			m.PolicyHash != b.PolicyHash || m.KeyVersion != b.KeyVersion || m.Matches["us_npi"] != 2 || m.PayloadSize != b.PayloadSize {
			rt.Fatalf("meta: %+v", m)
		}
		if o.Rows != uint64(b.Rows()) || o.Events != uint64(b.Count(schemas.KindEvent)) || o.Tombstones != uint64(b.Count(schemas.KindTombstone)) {
			rt.Fatalf("object: %+v", o)
		}
	})
	closeArchive(t, a)
	mustVerify(t, data)
}

func TestStoredBytesWin(t *testing.T) {
	t.Parallel()
	a := open(t, tempDir(t))
	defer closeArchive(t, a)
	ctx := context.Background()
	first := write(t, a, batch(schemas.Events, "app", "aa", 0, 10, false))
	// The retry cuts the payload elsewhere.
	o, adopted, err := a.Write(ctx, batch(schemas.Events, "app", "aa", 0, 7, false))
	if err != nil || !adopted || o.SHA256 != first.SHA256 || o.End != 10 {
		t.Fatal(o, adopted, err)
	}
	// It goes on at the adopted end.
	last := write(t, a, batch(schemas.Events, "app", "aa", 10, 5, true))
	if last.Previous != first.SHA256 {
		t.Fatal("the chain does not name the adopted object")
	}
	// And again from the start, by a zombie that knows nothing.
	if o, adopted, err := a.Write(ctx, batch(schemas.Events, "app", "aa", 10, 1, true)); err != nil || !adopted || o.End != 15 {
		t.Fatal(o, adopted, err)
	}
}

func TestBatchOutOfPlaceIsRefused(t *testing.T) {
	t.Parallel()
	a := open(t, tempDir(t))
	defer closeArchive(t, a)
	write(t, a, batch(schemas.Events, "app", "aa", 0, 10, false))
	write(t, a, batch(schemas.Events, "app", "bb", 0, 10, true))
	for name, b := range map[string]*event.Batch{
		"overlaps":        batch(schemas.Events, "app", "aa", 5, 10, false),
		"leaves a hole":   batch(schemas.Events, "app", "aa", 11, 1, false),
		"after the end":   batch(schemas.Events, "app", "bb", 10, 1, true),
		"without a start": batch(schemas.Events, "app", "cc", 3, 1, true),
		"empty":           batch(schemas.Events, "app", "aa", 10, 0, false),
	} {
		if _, _, err := a.Write(context.Background(), b); !errors.Is(err, ErrPlace) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestChain(t *testing.T) {
	t.Parallel()
	data := tempDir(t)
	a := open(t, data)
	ctx := context.Background()
	if chain, err := a.Chain(ctx, "f/aa"); err != nil || len(chain) != 0 {
		t.Fatal(chain, err)
	}
	write(t, a, batch(schemas.Flows, "aws_vpcflow", "aa", 0, 30, false))
	write(t, a, batch(schemas.Flows, "aws_vpcflow", "aab", 0, 3, false)) // a neighbour's name
	write(t, a, batch(schemas.Flows, "aws_vpcflow", "aa", 30, 12, false))
	closeArchive(t, a)
	a = open(t, data)
	defer closeArchive(t, a)
	chain, err := a.Chain(ctx, "f/aa")
	if err != nil || len(chain) != 2 || chain[1].End != 42 || chain[1].Meta.Final || chain[1].Previous != chain[0].SHA256 {
		t.Fatal(chain, err)
	}
	write(t, a, batch(schemas.Flows, "aws_vpcflow", "aa", 42, 0, true)) // the end was met later
	chain, err = a.Chain(ctx, "f/aa")
	if err != nil || len(chain) != 3 || !chain[2].Meta.Final {
		t.Fatal(chain, err)
	}
	if err := os.Remove(filepath.Join(data, Folder, chain[1].Key)); err != nil {
		t.Fatal(err)
	}
	if _, err = a.Chain(ctx, "f/aa"); !errors.Is(err, ErrDamaged) {
		t.Fatal("a hole in the chain went unseen:", err)
	}
	if err := a.Read(ctx, chain[1].Key, event.NewBatch(0)); !errors.Is(err, object.ErrNotExist) {
		t.Fatal(err)
	}
}

func TestDamagedObjectIsNotAdopted(t *testing.T) {
	t.Parallel()
	data := tempDir(t)
	a := open(t, data)
	defer a.Close(context.Background())
	o := write(t, a, batch(schemas.Events, "app", "aa", 0, 10, false))
	name := filepath.Join(data, Folder, o.Key)
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/3] ^= 1
	os.Chmod(name, 0o600)
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	_, _, err = a.Write(context.Background(), batch(schemas.Events, "app", "aa", 0, 10, false))
	if !errors.Is(err, ErrDamaged) {
		t.Fatal(err)
	}
	if err := a.Read(context.Background(), o.Key, event.NewBatch(0)); !errors.Is(err, ErrDamaged) {
		t.Fatal(err)
	}
}

func TestWalkKeepsPayloadsTogether(t *testing.T) {
	t.Parallel()
	a := open(t, tempDir(t))
	defer closeArchive(t, a)
	write(t, a, batch(schemas.Events, "app", "bb", 0, 10, false))
	write(t, a, batch(schemas.Flows, "aws_vpcflow", "aa", 0, 4, true))
	write(t, a, batch(schemas.Events, "app", "bb", 10, 3, true))
	b := event.NewBatch(0)
	var keys []string
	rows := 0
	err := a.Walk(context.Background(), b, func(o Object) error {
		keys = append(keys, o.Key)
		if uint64(b.Rows()) != o.Rows || b.Table != o.Meta.Table {
			t.Error(o.Key, b.Rows(), o.Rows)
		}
		rows += b.Rows()
		return nil
	})
	if err != nil || rows != 17 || len(keys) != 3 || keys[0] != "v1/f/aa/000000000000.parquet" || keys[2] != "v1/f/bb/000000000010.parquet" {
		t.Fatal(err, rows, keys)
	}
}
