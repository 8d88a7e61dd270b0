package clickhouse

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/ClickHouse/ch-go/proto"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
)

// decodeDict writes a dictionary column and reads it with ch-go.
func decodeDict(t *testing.T, values int, rows []uint32) (got []string, key proto.CardinalityKey, size int) {
	t.Helper()
	var d event.Dict
	b := event.NewBatch(schemas.Events)
	for i := range values {
		b.SetString(schemas.Action, fmt.Sprint("v", i))
		b.EndRow()
	}
	d = *b.Dict(schemas.Action)
	blk := &block{batch: b, rows: rows}
	c := &blockColumn{block: blk, column: schemas.Action, kind: schemas.KDict}
	var buf proto.Buffer
	c.EncodeState(&buf)
	c.EncodeColumn(&buf)
	raw := &proto.ColLowCardinalityRaw{Index: new(proto.ColStr)}
	r := buf.Reader()
	if err := raw.DecodeState(r); err != nil {
		t.Fatal(err)
	}
	if err := raw.DecodeColumn(r, len(rows)); err != nil {
		t.Fatal(err)
	}
	index := raw.Index.(*proto.ColStr)
	for i := range rows {
		var k int
		switch raw.Key {
		case proto.KeyUInt8:
			k = int(raw.Keys8[i])
		case proto.KeyUInt16:
			k = int(raw.Keys16[i])
		case proto.KeyUInt32:
			k = int(raw.Keys32[i])
		}
		got = append(got, index.Row(k))
		if want := d.At(int(rows[i])); got[i] != want {
			t.Fatalf("%d values, row %d: got %q, want %q", values, i, got[i], want)
		}
	}
	return got, raw.Key, index.Rows()
}

func TestDictionaryKeysAreNarrow(t *testing.T) {
	upto := func(from, to uint32) (rows []uint32) {
		for i := from; i < to; i++ {
			rows = append(rows, i)
		}
		return rows
	}
	f := func(values int, rows []uint32, wantKey proto.CardinalityKey, wantSize int) {
		t.Helper()
		_, key, size := decodeDict(t, values, rows)
		if key != wantKey || size != wantSize {
			t.Errorf("%d values, %d rows: keys %s, dictionary %d, want %s, %d", values, len(rows), key, size, wantKey, wantSize)
		}
	}
	f(3, upto(0, 3), proto.KeyUInt8, 4) // the empty text is always in the batch's dictionary
	f(255, upto(0, 255), proto.KeyUInt8, 256)
	f(256, upto(0, 256), proto.KeyUInt8, 256)
	f(300, upto(0, 300), proto.KeyUInt16, 300)
	f(70000, upto(0, 70000), proto.KeyUInt32, 70000)
	f(70000, upto(69000, 69010), proto.KeyUInt8, 10) // of a large dictionary only what is used
	f(70000, []uint32{5, 9, 60000}, proto.KeyUInt8, 3)
}

func TestEncodingDoesNotAllocatePerRow(t *testing.T) {
	for _, tab := range tables {
		b := makeBatch(shape{table: tab, id: "alloc", rows: 2000, values: 900, native: 100})
		blk := newBlock(tab.Columns())
		sel := whole(batchesOf(b))[0]
		blk.batch, blk.rows = b, sel.rows
		var buf proto.Buffer
		encode := func() {
			buf.Reset()
			if err := (proto.Block{Columns: len(blk.input), Rows: len(blk.rows)}).EncodeBlock(&buf, proto.Version, blk.input); err != nil {
				t.Fatal(err)
			}
		}
		if n := testing.AllocsPerRun(10, encode); n > 0 {
			t.Errorf("%s: %v allocations for a block, want none", tab, n)
		}
	}
}

func TestSplitMonths(t *testing.T) {
	b := makeBatch(shape{table: schemas.Flows, id: "m", rows: 25, step: 31 * 24 * time.Hour})
	groups := splitMonths(whole(batchesOf(b)), 10)
	if len(groups) != 3 {
		t.Fatalf("%d groups, want 3", len(groups))
	}
	seen := map[uint32]bool{}
	for _, g := range groups {
		var m monthOf
		months := map[int]bool{}
		for _, sel := range g {
			for _, r := range sel.rows {
				if seen[r] {
					t.Errorf("row %d twice", r)
				}
				seen[r] = true
				months[m.of(b.Nums(schemas.EventTime)[r])] = true
			}
		}
		if len(months) > 10 {
			t.Errorf("%d months in a group", len(months))
		}
	}
	if len(seen) != 25 {
		t.Errorf("%d rows, want 25", len(seen))
	}
}

func TestMonthOf(t *testing.T) {
	var m monthOf
	f := func(at time.Time, want int) {
		t.Helper()
		if got := m.of(uint64(at.UnixMilli())); got != want {
			t.Errorf("%s: got %d, want %d", at, got, want)
		}
	}
	f(time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC), 1970*12)
	f(time.Date(1969, 12, 31, 23, 59, 59, 999e6, time.UTC), 1969*12+11)
	f(time.Date(2026, 2, 28, 23, 59, 59, 999e6, time.UTC), 2026*12+1)
	f(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), 2026*12+2)
	for _, ms := range []int64{math.MinInt64, math.MaxInt64} {
		m.of(uint64(ms)) // no time at all: any month, no panic
	}
}

func TestCutBoundsBlocks(t *testing.T) {
	f := func(rows, native, want int) {
		t.Helper()
		sel := whole(batchesOf(makeBatch(shape{table: schemas.Flows, id: "c", rows: rows, native: native})))[0]
		if got := cut(sel); got != want {
			t.Errorf("%d rows of %d bytes: first block has %d, want %d", rows, native, got, want)
		}
	}
	f(10, 10, 10)
	f(blockRows+1, 0, blockRows)
	f(10, 3<<20, 2)
	f(3, blockBytes+1, 1)
}
