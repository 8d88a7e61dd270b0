package clickhouse

import (
	"errors"
	"testing"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
)

// generation is b with tombstones for some of its rows, as the n-th object of its batch
// has it.
func generation(b *event.Batch, n uint32, tombstone func(row int) bool) *event.Batch {
	g := event.NewBatch(b.Table)
	g.Reset(b.Meta)
	g.Generation = n
	for row := range b.Rows() {
		g.CopyRow(b, row)
	}
	for row, kinds, times := 0, g.Nums(schemas.RowKind), g.Nums(schemas.EventTime); row < g.Rows(); row++ {
		if kinds[row] = schemas.KindEvent; tombstone(row) {
			kinds[row], times[row] = schemas.KindTombstone, uint64(day0.UnixMilli())
		}
	}
	return g
}

// TestReplace: rows of a batch whose object stands for another take the place of its
// rows, from whatever an insert that died left.
func TestReplace(t *testing.T) {
	for _, table := range []schemas.Table{schemas.Events, schemas.Flows} {
		s := open(t)
		b := makeBatch(shape{table: table, id: "re", start: 7, rows: 300})
		other := makeBatch(shape{table: table, id: "other", rows: 30})
		third := func(row int) bool { return row%3 == 0 }
		was, half, all := generation(b, 0, third), generation(b, 1, func(row int) bool { return row%6 == 0 }), generation(b, 2, func(int) bool { return false })
		insert := func(b *event.Batch) {
			t.Helper()
			if err := s.Insert(t.Context(), batchesOf(b), true); err != nil {
				t.Fatal(err)
			}
			same(t, s, b, other)
		}
		if err := s.Insert(t.Context(), batchesOf(was, other), false); err != nil {
			t.Fatal(err)
		}
		same(t, s, was, other)
		insert(half)
		insert(half)
		// An insert of some of the events, and then nothing more.
		if err := s.send(t.Context(), table, []selection{{all, []uint32{0, 6, 7}}}); err != nil {
			t.Fatal(err)
		}
		insert(all)
		if err := s.Insert(t.Context(), batchesOf(generation(b, 3, third)), true); !errors.Is(err, ErrForeignRows) {
			t.Error(err) // events never become tombstones
		}
		if err := s.Rebuild(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := s.Insert(t.Context(), batchesOf(other), false); err != nil {
			t.Fatal(err)
		}
		insert(all)
	}
}
