package archive

import (
	"context"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/store/archive/batchtest"
)

// holed is a batch of events whose every fifth row is a tombstone.
func holed(payload string, start uint64, rows int, final bool) *event.Batch {
	b := event.NewBatch(schemas.Events)
	b.Reset(batchtest.Meta(schemas.Events, "app", payload, start, final))
	for i := range uint64(rows) {
		b.SetNum(schemas.RecordNo, start+i)
		if i%5 == 0 {
			b.SetNum(schemas.RowKind, schemas.KindTombstone)
			b.SetString(schemas.Reason, "syntax")
		} else {
			b.SetString(schemas.Native, fmt.Sprint("record ", start+i))
		}
		b.SetString(schemas.Batch, b.Key())
		b.EndRow()
	}
	return b
}

// mended is what stands for o: the tombstones of the records in fix are events.
func mended(t testing.TB, a *Archive, o *Object, fix ...uint64) *event.Batch {
	t.Helper()
	was, now := event.NewBatch(schemas.Events), event.NewBatch(schemas.Events)
	if err := a.Read(context.Background(), o.Key, was); err != nil {
		t.Fatal(err)
	}
	now.Reset(was.Meta)
rows:
	for row := range was.Rows() {
		for _, n := range fix {
			if n == was.Start+uint64(row) {
				now.SetNum(schemas.RecordNo, n)
				now.SetString(schemas.Native, "mended")
				now.SetString(schemas.Batch, now.Key())
				now.EndRow()
				continue rows
			}
		}
		now.CopyRow(was, row)
	}
	return now
}

func supersede(t testing.TB, a *Archive, o Object, fix ...uint64) Object {
	t.Helper()
	now, adopted, err := a.Supersede(context.Background(), &o, mended(t, a, &o, fix...))
	if err != nil || adopted {
		t.Fatal(err, adopted)
	}
	return now
}

// superseded is an archive of a payload of three objects; two stand for the middle
// one, one after the other.
func superseded(t testing.TB) (data string, keys []string) {
	t.Helper()
	data = tempDir(t)
	a := open(t, data)
	var all [3]Object
	for i := range all {
		all[i] = write(t, a, holed("aa", uint64(i)*10, 10, i == 2))
		keys = append(keys, all[i].Key)
		if err := a.Seal(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	one := supersede(t, a, all[1], 10)
	two := supersede(t, a, one, 15)
	keys = append(keys, one.Key, two.Key)
	closeArchive(t, a)
	return data, keys
}

// Whoever reads gets the newest object of each place, whoever verifies sees all.
func TestNewestIsRead(t *testing.T) {
	t.Parallel()
	data, keys := superseded(t)
	ctx := context.Background()
	r := mustVerify(t, data)
	if r.Rows != 30 || r.Tombstones != 4 || r.Objects != 5 || r.Sealed != 5 || r.Records[KindSupersede] != 2 || r.Payloads != 1 {
		t.Fatalf("%+v", r)
	}
	if code := second(t, data); code != 0 {
		t.Fatal("verify.py:", code)
	}
	a := open(t, data)
	defer closeArchive(t, a)
	chain, err := a.Chain(ctx, "f/aa")
	if err != nil || len(chain) != 3 || chain[1].Key != keys[4] || chain[1].Meta.Generation != 2 || !chain[2].Meta.Final {
		t.Fatal(chain, err)
	}
	var walked []string
	b := event.NewBatch(schemas.Events)
	if err := a.Walk(ctx, b, func(o Object) error { walked = append(walked, o.Key); return nil }); err != nil || len(walked) != 3 || walked[1] != keys[4] {
		t.Fatal(walked, err)
	}
	var batches []StoredBatch
	if err := a.Batches(ctx, func(s StoredBatch) error { batches = append(batches, s); return nil }); err != nil || len(batches) != 3 ||
		batches[1].Key != "v1/f/aa/000000000010" || batches[1].Generation != 2 {
		t.Fatal(batches, err)
	}
	if o, err := a.Fetch(ctx, "v1/f/aa/000000000010", b); err != nil || o.Key != keys[4] || string(b.Str(schemas.Native).At(5)) != "mended" {
		t.Fatal(o, err)
	}
	if all, err := a.Generations(ctx, []string{"v1/f/aa/000000000010"}); err != nil || len(all) != 3 || all[2] != keys[4] {
		t.Fatal(all, err)
	}
	log, err := NewReader(ctx, folder(t, data))
	if err != nil {
		t.Fatal(err)
	}
	if p, err := log.Prove(ctx, "v1/f/aa/000000000010", 15); err != nil || p.Row.Native != "mended" {
		t.Fatal(p, err)
	}
}

// A payload goes on behind an object that was superseded meanwhile, in this process
// and in another.
func TestChainGoesOnBehindSuperseded(t *testing.T) {
	t.Parallel()
	for _, reopen := range []bool{false, true} {
		data := tempDir(t)
		a := open(t, data)
		first := write(t, a, holed("aa", 0, 10, false))
		supersede(t, a, first, 5)
		if reopen {
			closeArchive(t, a)
			a = open(t, data)
		}
		write(t, a, holed("aa", 10, 10, true))
		closeArchive(t, a)
		mustVerify(t, data)
		if code := second(t, data); code != 0 {
			t.Fatal("verify.py:", code)
		}
	}
}

// The second of two that supersede the same object gets what the first stored.
func TestFirstToSupersedeWins(t *testing.T) {
	t.Parallel()
	a := open(t, tempDir(t))
	defer closeArchive(t, a)
	first := write(t, a, holed("aa", 0, 10, true))
	won := supersede(t, a, first, 5)
	now, adopted, err := a.Supersede(context.Background(), &first, mended(t, a, &first, 0))
	if err != nil || !adopted || now.SHA256 != won.SHA256 {
		t.Fatal(now, adopted, err)
	}
	if _, _, err := a.Supersede(context.Background(), &first, holed("aa", 0, 9, true)); !errors.Is(err, ErrPlace) {
		t.Fatal(err)
	}
}

func TestHoldingFindsObjects(t *testing.T) {
	t.Parallel()
	a := open(t, tempDir(t))
	defer closeArchive(t, a)
	var objects []Object
	for start := uint64(0); start < 70; start += 10 {
		objects = append(objects, write(t, a, holed("aa", start, 10, start == 60)))
	}
	supersede(t, a, objects[3], 35)
	got := map[string][]uint64{}
	err := a.Holding(context.Background(), "f/aa", []uint64{0, 9, 10, 31, 39, 69, 70}, func(o Object, of []uint64) error {
		got[o.Key] = of
		return nil
	})
	want := "map[v1/f/aa/000000000000.parquet:[0 9] v1/f/aa/000000000010.parquet:[10] v1/f/aa/000000000030.s0001.parquet:[31 39] v1/f/aa/000000000060.parquet:[69]]"
	if err != nil || fmt.Sprint(got) != want {
		t.Fatal(got, err)
	}
	if err := a.Holding(context.Background(), "f/none", []uint64{1}, nil); err != nil {
		t.Fatal(err)
	}
}

// What can be done with objects that stand for others; keys are of superseded.
var supersedings = []tampering{
	{"drop the newest object, so that the one before is served", Tampered, func(v vandal, r *mathrand.Rand) { v.remove(v.keys[4]) }},
	{"drop an object that was superseded", Tampered, func(v vandal, r *mathrand.Rand) { v.remove(pick(r, []string{v.keys[1], v.keys[3]})) }},
	{"put the older object in the newest one's place", Tampered, func(v vandal, r *mathrand.Rand) {
		v.write(v.keys[4], v.read(pick(r, []string{v.keys[1], v.keys[3]})))
	}},
	{"supersede without a leaf", Unknown, func(v vandal, r *mathrand.Rand) {
		k, b := v.superseding()
		v.write(k, b)
	}},
	{"add an object in a superseding one's name", Tampered, func(v vandal, r *mathrand.Rand) {
		v.write("v1/f/aa/000000000000.s0001.parquet", v.read(pick(r, v.keys)))
	}},
	{"flip a bit of a superseding object", Tampered, func(v vandal, r *mathrand.Rand) {
		k := pick(r, v.keys[3:])
		v.write(k, flip(v.read(k), r))
	}},
	{"leave out a superseding object's leaf, with the key", Unknown, func(v vandal, r *mathrand.Rand) {
		v.rewrite(true, "", func(c [][]*Leaf) [][]*Leaf { return without(c, v.keys[4]) })
	}},
	{"leave out what is superseded, with the key", Tampered, func(v vandal, r *mathrand.Rand) {
		v.remove(v.keys[3])
		v.rewrite(true, "", func(c [][]*Leaf) [][]*Leaf { return without(c, v.keys[3]) })
	}},
	{"name another object as superseded, with the key", Tampered, func(v vandal, r *mathrand.Rand) {
		v.rewrite(true, "", func(c [][]*Leaf) [][]*Leaf {
			for _, ls := range c {
				for _, l := range ls {
					if l.Kind == KindSupersede {
						l.Object.Supersedes[r.IntN(32)] ^= 1
					}
				}
			}
			return c
		})
	}},
	{"change what was no tombstone, with the key " + rowsAlone, Tampered, func(v vandal, r *mathrand.Rand) { v.supersede(folderAbove(v), 1+r.Uint64N(4)) }},
}

func folderAbove(v vandal) string { return filepath.Dir(v.dir) }

// supersede has the first object of an archive, whose folder is at hand, superseded:
// its tombstones are events, and record n as well.
func (v vandal) supersede(data string, n uint64) Object {
	a := open(v, data)
	defer closeArchive(v, a)
	chain, err := a.Chain(context.Background(), "f/aa")
	v.must(err)
	return supersede(v, a, chain[0], 0, n)
}

// superseding is an object that could stand for the first, of a copy of the archive.
func (v vandal) superseding() (key string, data []byte) {
	other := copyOf(v, folderAbove(v))
	o := v.supersede(other, 5)
	data, err := os.ReadFile(filepath.Join(other, Folder, o.Key))
	v.must(err)
	return o.Key, data
}

// without is claims without the leaf of an object.
func without(claims [][]*Leaf, key string) (left [][]*Leaf) {
	for _, c := range claims {
		c = slices.DeleteFunc(c, func(l *Leaf) bool { return l.Object != nil && l.Object.Key == key })
		if len(c) > 0 {
			left = append(left, c)
		}
	}
	return left
}

func TestTamperingWithSupersededIsFound(t *testing.T) {
	t.Parallel()
	data, keys := superseded(t)
	findsAll(t, supersedings, data, keys)
}
