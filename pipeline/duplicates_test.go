package pipeline

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/scrub/seal"
	"github.com/scrubline/scrubline/store/archive/batchtest"
	"github.com/scrubline/scrubline/store/quarantine"
)

// TestDuplicatesAreMarkedExactly: of each event id one row is not marked, every
// other is, in one batch, in one payload, in one run and in the next. A duplicate
// is an event all the same.
func TestDuplicatesAreMarkedExactly(t *testing.T) {
	for name, sink := range map[string]func() Sink{
		"memory": func() Sink { return newMemory(t) }, "clickhouse": func() Sink { return clickHouse(t) },
	} {
		for _, workers := range []int{1, 4} {
			t.Run(fmt.Sprint(name, workers), func(t *testing.T) {
				r := newRig(t, sink())
				cfg := r.config()
				cfg.Workers = workers
				east := payload{name: "east.json", raw: []byte(`{"Records":[` + trail(1) + "," + trail(2) + "," + trail(1) + "," + trail(3) + "," + trail(4) + "," + trail(2) + `]}`)}
				west := payload{name: "west.json", raw: []byte(cloudTrail(2, 9))}
				other := payload{name: "other.json", raw: bytes.ReplaceAll([]byte(cloudTrail(1, 4)), []byte(`"recipientAccountId":"123456789012"`), []byte(`"recipientAccountId":"210987654321"`))}
				got := r.mustRun(cfg, east, west, other)
				records, marked := uint64(0), uint64(0)
				for _, res := range got {
					if res.Events != res.Records {
						t.Errorf("%+v", res)
					}
					records += res.Records
					marked += res.Duplicates
				}
				if records != 19 || marked != 19-14 || got["other.json"].Duplicates != 0 {
					t.Errorf("%d records, %d marked: %+v", records, marked, got)
				}
				r.reborn()
				cfg.Archive, cfg.Quarantine = r.archive, r.quar
				again := payload{name: "again.json", raw: []byte(cloudTrail(3, 12))} // 3 to 10 are known, 11 to 14 not
				cfg.Known = known(t, r)
				if n := r.mustRun(cfg, again)["again.json"].Duplicates; n != 8 {
					t.Errorf("%d of 12 marked, want 8", n)
				}
			})
		}
	}
}

// known lists the ids of the archive's events.
func known(t *testing.T, r *rig) func(ctx context.Context, each func(account, id string)) error {
	return func(ctx context.Context, each func(account, id string)) error {
		var b event.Batch
		return r.archive.Walk(ctx, &b, func(object) error {
			for row := range b.Rows() {
				each(b.Dict(schemas.RecipientAccount).At(row), string(b.Str(schemas.NativeID).At(row)))
			}
			return nil
		})
	}
}

// TestMarkingForgets: ids of batches that are inserted or dropped are not held.
func TestMarkingForgets(t *testing.T) {
	d := newDuplicates(newMemory(t), (&ahead{}).bears)
	batch := func(id string) *event.Batch {
		b := &event.Batch{}
		b.Reset(batchtest.Meta(schemas.Events, "aws_cloudtrail", id, 0, true))
		batchtest.Events(b, 50) // the same ids in each
		return b
	}
	marks := func(b *event.Batch) (n int) {
		if err := d.mark(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		for _, f := range b.Nums(schemas.Flags) {
			n += int(f & schemas.FlagDuplicate / schemas.FlagDuplicate)
		}
		return n
	}
	dropped := batch("0a")
	if n := marks(dropped); n != 0 {
		t.Errorf("%d marked", n)
	}
	d.forget(dropped.Key())
	next := batch("0b")
	if n := marks(next); n != 0 {
		t.Errorf("%d marked for the sake of a batch that never was", n)
	}
	if n := marks(batch("0c")); n != 50 {
		t.Errorf("%d marked of 50", n)
	}
	d.adopt(batch("0d"))
	d.stored(next.Key())
	if n := marks(batch("0e")); n != 50 {
		t.Errorf("%d marked of 50 while an adopted batch is under way", n)
	}
	for _, id := range []string{"0c", "0d", "0e"} {
		d.forget(batch(id).Key())
	}
	if len(d.flight) != 0 || len(d.of) != 0 {
		t.Errorf("%d ids of %d batches are held", len(d.flight), len(d.of))
	}
}

// TestFilter: it never says no to what it has, seldom yes to what it has not, and
// takes no more memory than it needs.
func TestFilter(t *testing.T) {
	var f filter
	const n = 3 * filterFirst / 2
	for i := range uint64(n) {
		f.add(i * 0x9e3779b97f4a7c15)
	}
	wrong := 0
	for i := range uint64(n) {
		if !f.add(i * 0x9e3779b97f4a7c15) {
			t.Fatal("forgot", i)
		}
	}
	for i := range uint64(10000) {
		if f.add((n + 1 + i) * 0x9e3779b97f4a7c15) {
			wrong++
		}
	}
	if wrong > 50 || len(f.parts) != 2 {
		t.Errorf("%d of 10000 wrong, %d parts", wrong, len(f.parts))
	}
	if a := testing.AllocsPerRun(1000, func() { f.add(12345) }); a != 0 {
		t.Errorf("%v allocations", a)
	}
}

// TestTombstonesAreInQuarantine: the bytes of every record that could not be
// decoded, and of what a broken payload ends with, can be had with the private
// key and with no other.
func TestTombstonesAreInQuarantine(t *testing.T) {
	r := newRig(t, nil)
	twice := `{"eventVersion":"1.09","ssn":"219-09-9999","SSN":"x"}`
	bad := payload{name: "bad.json", raw: []byte(trail(1) + "\n" + twice + "\n" + trail(2) + "\n" + `{"eventName":"cut off, SSN 219-09-8888`)}
	got := r.mustRun(r.config(), bad)
	if res := got["bad.json"]; res.Tombstones != 2 || res.Events != 2 {
		t.Errorf("%+v", res)
	}
	r.close()
	key, err := seal.ReadPrivateKey(r.path("quarantine.key"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := seal.GenerateKey(r.path("other.pub"), r.path("other.key")); err != nil {
		t.Fatal(err)
	}
	other, err := seal.ReadPrivateKey(r.path("other.key"))
	if err != nil {
		t.Fatal(err)
	}
	q, err := quarantine.Open(r.path("quarantine"), quarantine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	records := map[uint64]string{}
	if err := q.List(t.Context(), func(it quarantine.Item) error {
		_, origin, raw, err := q.Open(t.Context(), it.ID, key)
		if err != nil || origin != "bad.json" {
			t.Error(err, origin)
		}
		if _, _, _, err := q.Open(t.Context(), it.ID, other); !errors.Is(err, seal.ErrOtherKey) {
			t.Errorf("another key: %v", err)
		}
		records[it.Record] = string(raw)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if records[1] != twice || records[3] != `{"eventName":"cut off, SSN 219-09-8888` || len(records) != 2 {
		t.Errorf("%v", records)
	}
}
