package clickhouse

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
)

func batchesOf(bs ...*event.Batch) []*event.Batch { return bs }

func TestInsertReadsBackEqual(t *testing.T) {
	s := open(t)
	for name, b := range map[string]*event.Batch{
		"events":                        makeBatch(shape{id: "ev", rows: 500}),
		"flows":                         makeBatch(shape{table: schemas.Flows, id: "fl", rows: 500}),
		"start in the middle":           makeBatch(shape{id: "mid", start: 12345, rows: 20}),
		"one row":                       makeBatch(shape{id: "one", rows: 1}),
		"dictionaries of 16-bit keys":   makeBatch(shape{table: schemas.Flows, id: "d16", rows: 3000, values: 3000}),
		"dictionary larger than block":  makeBatch(shape{table: schemas.Flows, id: "d16b", rows: blockRows + 3000, values: 8000}),
		"dictionaries that repeat much": makeBatch(shape{table: schemas.Flows, id: "d16w", rows: 4000, values: 400}),
	} {
		t.Run(name, func(t *testing.T) {
			if err := s.Insert(t.Context(), batchesOf(b), false); err != nil {
				t.Fatal(err)
			}
			same(t, s, b)
		})
	}
}

func TestManyBatchesShareAnInsert(t *testing.T) {
	s := open(t)
	var bs []*event.Batch
	for i := range 40 {
		bs = append(bs, makeBatch(shape{table: schemas.Table(i % 2), id: fmt.Sprint("p", i), rows: i}))
	}
	if err := s.Insert(t.Context(), bs, false); err != nil {
		t.Fatal(err)
	}
	same(t, s, bs...)
	if n := number(t, s, "SELECT count() FROM system.parts WHERE database = currentDatabase() AND table = 'flows' AND level = 0"); n != 1 {
		t.Errorf("20 batches of one month made %d parts, want 1", n)
	}
}

func TestInsertTwiceIsHarmless(t *testing.T) {
	s := open(t)
	b := makeBatch(shape{id: "twice", rows: 300})
	for range 2 {
		if err := s.Insert(t.Context(), batchesOf(b), false); err != nil {
			t.Fatal(err)
		}
	}
	same(t, s, b)
	if n := number(t, s, "SELECT uniqExact(batch, record_no) FROM events"); n != 300 {
		t.Errorf("%d rows, want 300", n)
	}
	if err := s.Conn().Exec(t.Context(), "OPTIMIZE TABLE events FINAL"); err != nil {
		t.Fatal(err)
	}
	if n := number(t, s, "SELECT count() FROM events"); n != 300 {
		t.Errorf("%d rows after a merge, want 300: identity is not in the sort key", n)
	}
}

func TestDoubtInsertsOnlyWhatIsMissing(t *testing.T) {
	s := open(t)
	seq := 0
	rapid.Check(t, func(rt *rapid.T) {
		seq++
		var bs []*event.Batch
		rows := uint64(0)
		for i := range rapid.IntRange(1, 3).Draw(rt, "batches") {
			b := makeBatch(shape{table: schemas.Table(i % 2), id: fmt.Sprintf("doubt%d.%d", seq, i), start: 7,
				rows: rapid.IntRange(1, 60).Draw(rt, "rows"), step: 12 * time.Hour})
			keep := rapid.SliceOfN(rapid.Bool(), b.Rows(), b.Rows()).Draw(rt, "there")
			sel := selection{batch: b}
			for row, k := range keep {
				if k {
					sel.rows = append(sel.rows, uint32(row))
				}
			}
			if len(sel.rows) > 0 {
				if err := s.send(t.Context(), b.Table, []selection{sel}); err != nil {
					rt.Fatal(err)
				}
			}
			bs = append(bs, b)
			rows += uint64(b.Rows())
		}
		if err := s.Insert(t.Context(), bs, true); err != nil {
			rt.Fatal(err)
		}
		same(t, s, bs...)
		like := fmt.Sprintf(" WHERE batch LIKE 'v1/f/doubt%d.%%'", seq)
		if n := number(t, s, "SELECT (SELECT count() FROM events"+like+") + (SELECT count() FROM flows"+like+")"); n != rows {
			rt.Fatalf("%d rows, want %d: rows that were there were inserted again", n, rows)
		}
	})
}

func TestDoubtRepairsAccess(t *testing.T) {
	s := open(t)
	b := makeBatch(shape{id: "access", rows: 200})
	if err := s.Insert(t.Context(), batchesOf(b), false); err != nil {
		t.Fatal(err)
	}
	const digest = "SELECT sum(cityHash64(*)) FROM (SELECT * FROM access_by_subject LIMIT 1 BY batch, record_no, subject)"
	fed := number(t, s, digest)
	if err := s.Conn().Exec(t.Context(), "ALTER TABLE access_by_subject DELETE WHERE record_no % 3 = 0 SETTINGS mutations_sync = 2"); err != nil {
		t.Fatal(err)
	}
	if number(t, s, digest) == fed {
		t.Fatal("nothing was deleted")
	}
	if err := s.Insert(t.Context(), batchesOf(b), true); err != nil {
		t.Fatal(err)
	}
	if got := number(t, s, digest); got != fed {
		t.Errorf("repaired rows differ from those the view made")
	}
}

func TestForeignRowsAreAnError(t *testing.T) {
	s := open(t)
	long := makeBatch(shape{id: "f", rows: 12})
	if err := s.Insert(t.Context(), batchesOf(long), false); err != nil {
		t.Fatal(err)
	}
	short := makeBatch(shape{id: "f", rows: 9})
	if err := s.Insert(t.Context(), batchesOf(short), true); !errors.Is(err, ErrForeignRows) {
		t.Errorf("got %v, want ErrForeignRows", err)
	}
}

func TestBadBatchesAreRefused(t *testing.T) {
	s := open(t)
	good := makeBatch(shape{id: "good", rows: 3})
	renamed := makeBatch(shape{id: "renamed", rows: 3})
	renamed.PayloadID = "f/other"
	moved := makeBatch(shape{id: "moved", rows: 3})
	moved.Nums(schemas.RecordNo)[1] = 7
	for name, bs := range map[string][]*event.Batch{
		"twice": {good, good}, "other key": {renamed}, "other number": {moved},
	} {
		if err := s.Insert(t.Context(), bs, false); !errors.Is(err, ErrBadBatch) {
			t.Errorf("%s: got %v, want ErrBadBatch", name, err)
		}
	}
	if n := number(t, s, "SELECT count() FROM events"); n != 0 {
		t.Errorf("%d rows of refused batches", n)
	}
}

func TestManyMonths(t *testing.T) {
	s := open(t)
	for name, b := range map[string]*event.Batch{
		"more than the server's default": makeBatch(shape{table: schemas.Flows, id: "m150", rows: 150, step: 31 * 24 * time.Hour}),
		"more than one insert may touch": makeBatch(shape{table: schemas.Flows, id: "m1010", rows: 1010, step: 31 * 24 * time.Hour}),
	} {
		t.Run(name, func(t *testing.T) {
			if b.Rows() > maxPartitions && testing.Short() {
				t.Skip("writes 1,010 parts")
			}
			if err := s.Insert(t.Context(), batchesOf(b), false); err != nil {
				t.Fatal(err)
			}
			same(t, s, b)
		})
	}
}

func TestTimesThatNoClockShows(t *testing.T) {
	s := open(t)
	b := makeBatch(shape{id: "odd", rows: 6})
	for i, at := range []time.Time{
		time.Unix(0, 0), time.Unix(-1, 0), time.Date(1905, 1, 1, 5, 0, 0, 0, time.UTC),
		time.Date(2107, 1, 1, 5, 0, 0, 0, time.UTC), time.Date(2299, 12, 31, 23, 0, 0, 0, time.UTC), time.UnixMilli(1 << 62),
	} {
		b.Nums(schemas.EventTime)[i] = uint64(at.UnixMilli())
	}
	if err := s.Insert(t.Context(), batchesOf(b), false); err != nil {
		t.Fatal(err)
	}
	same(t, s, b)
	n := number(t, s, "SELECT count() FROM events WHERE tenant_id = 't' AND source = 'aws_test' "+
		"AND event_time >= toDateTime64('2107-01-01 00:00:00', 3, 'UTC') AND event_time < toDateTime64('2107-01-02 00:00:00', 3, 'UTC')")
	if n != 1 {
		t.Errorf("a search by time found %d rows of the year 2107, want 1", n)
	}
}
