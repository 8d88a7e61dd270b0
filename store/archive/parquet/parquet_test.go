package parquet

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/store/archive/batchtest"
)

func meta(table schemas.Table) event.Meta {
	return batchtest.Meta(table, "aws_vpcflow", "00ff", 0, true)
}

func encode(t testing.TB, b *event.Batch) []byte {
	t.Helper()
	out, _, err := NewEncoder().Encode(nil, b, func([sha256.Size]byte) ([]byte, error) { return []byte("{}"), nil })
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func decode(data []byte, table schemas.Table) (*event.Batch, error) {
	f, err := Parse(data)
	if err != nil {
		return nil, err
	}
	b := event.NewBatch(table)
	return b, NewDecoder().Decode(f, b)
}

func TestEveryBatchComesBackEqual(t *testing.T) {
	enc, dec := NewEncoder(), NewDecoder() // reused, as in production
	rapid.Check(t, func(rt *rapid.T) {
		table := schemas.Table(rapid.IntRange(0, 1).Draw(rt, "table"))
		b, back := event.NewBatch(table), event.NewBatch(table)
		b.Reset(meta(table))
		batchtest.Fill(rt, b, rapid.SampledFrom([]int{0, 1, 2, 7, 8, 9, 129, 700, 3000}).Draw(rt, "rows"))
		var body [sha256.Size]byte
		data, sum, err := enc.Encode([]byte("before"), b, func(h [sha256.Size]byte) ([]byte, error) { body = h; return []byte("who"), nil })
		if err != nil {
			rt.Fatal(err)
		}
		f, err := Parse(data[len("before"):])
		if err != nil {
			rt.Fatal(err)
		}
		if string(f.Meta) != "who" || f.Body != body || f.Sum != sum || sum != sha256.Sum256(data[len("before"):]) || f.Rows != b.Rows() {
			rt.Fatalf("footer: %d rows, %q", f.Rows, f.Meta)
		}
		if err := dec.Decode(f, back); err != nil {
			rt.Fatal(err)
		}
		if diff := batchtest.Equal(b, back); diff != "" {
			rt.Fatal(diff)
		}
	})
}

// TestUnsetColumns: columns that no row set come back empty, and the file does
// not tell whether somebody looked at them before.
func TestUnsetColumns(t *testing.T) {
	for _, table := range []schemas.Table{schemas.Events, schemas.Flows} {
		b := event.NewBatch(table)
		b.Reset(meta(table))
		for i := range 1000 {
			b.SetNum(schemas.RecordNo, uint64(i))
			b.EndRow()
		}
		if !b.Unset(schemas.Native) || !b.Unset(schemas.ScrubTypes) || !b.Unset(schemas.EventTime) || b.Unset(schemas.RecordNo) {
			t.Fatal("the batch is no example")
		}
		lazy := encode(t, b)
		back, err := decode(lazy, table)
		if err != nil {
			t.Fatal(err)
		}
		if diff := batchtest.Equal(b, back); diff != "" { // reads every column
			t.Fatal(diff)
		}
		if b.Unset(schemas.Native) || !bytes.Equal(lazy, encode(t, b)) {
			t.Errorf("%s: reading a column changed the file", table)
		}
	}
}

// TestRepeatedTexts: a text column has a dictionary if a quarter of its values
// differ or less, wherever in the batch the many different ones stand.
func TestRepeatedTexts(t *testing.T) {
	f := func(rows int, value func(row int) int, want int) {
		t.Helper()
		b := event.NewBatch(schemas.Events)
		b.Reset(meta(schemas.Events))
		for i := range rows {
			b.SetString(schemas.UserAgentCol, fmt.Sprintf("agent %d", value(i)))
			b.EndRow()
		}
		e := NewEncoder()
		data, _, err := e.Encode(nil, b, func([sha256.Size]byte) ([]byte, error) { return []byte("{}"), nil })
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range e.chunks {
			if k.col == schemas.UserAgentCol && k.encoding != want {
				t.Errorf("encoding %d, want %d", k.encoding, want)
			}
		}
		back, err := decode(data, schemas.Events)
		if err != nil {
			t.Fatal(err)
		}
		if diff := batchtest.Equal(b, back); diff != "" {
			t.Error(diff)
		}
	}
	f(1, func(int) int { return 0 }, eDict)
	f(2, func(row int) int { return row }, ePlain)
	f(4000, func(row int) int { return row % 3 }, eDict)
	f(4000, func(row int) int { return row / 4 }, eDict)
	f(4000, func(row int) int { return row }, ePlain)
	f(4000, func(row int) int { return max(0, row-2000) }, ePlain)
	f(4000, func(row int) int { return max(0, row-3500) }, eDict)
}

func TestHugeValue(t *testing.T) {
	b := event.NewBatch(schemas.Events)
	b.Reset(meta(schemas.Events))
	for _, n := range []int{0, 12 << 20, 1} {
		b.SetString(schemas.Native, strings.Repeat("x", n))
		b.SetString(schemas.ResourceIDs, strings.Repeat("y", n/2))
		b.SetString(schemas.Action, strings.Repeat("z", n/4))
		b.EndRow()
	}
	back, err := decode(encode(t, b), schemas.Events)
	if err != nil {
		t.Fatal(err)
	}
	if diff := batchtest.Equal(b, back); diff != "" {
		t.Fatal(diff)
	}
}

// A row that the egress gate takes back must leave nothing in the file, not
// even an entry of a dictionary that no row points to.
func TestDroppedRowLeavesNothing(t *testing.T) {
	b := event.NewBatch(schemas.Events)
	b.Reset(meta(schemas.Events))
	b.SetString(schemas.Action, "kept")
	b.EndRow()
	for _, c := range b.Columns() {
		if k := c.Info().Kind; k == schemas.KString || k == schemas.KDict || k == schemas.KStrings {
			b.SetString(c, "123-45-6789")
		}
	}
	b.EndRow()
	b.DropRow(true)
	if data := encode(t, b); bytes.Contains(data, []byte("123-45")) || !bytes.Contains(data, []byte("kept")) {
		t.Fatal("the file holds a dropped row's text")
	}
}

func TestColumnFromTheFuture(t *testing.T) {
	b := event.NewBatch(schemas.Events)
	b.Reset(meta(schemas.Events))
	batchtest.Events(b, 3)
	data := bytes.ReplaceAll(encode(t, b), []byte("mfa"), []byte("mfb"))
	if _, err := decode(data, schemas.Events); err == nil {
		t.Fatal("a column nobody knows was lost in silence")
	}
}

func TestSameBatchSameBytes(t *testing.T) {
	b := event.NewBatch(schemas.Flows)
	b.Reset(meta(schemas.Flows))
	batchtest.Flows(b, 500)
	e := NewEncoder()
	one := encode(t, b)
	for range 3 {
		two, _, err := e.Encode(nil, b, func([sha256.Size]byte) ([]byte, error) { return []byte("{}"), nil })
		if err != nil || !bytes.Equal(one, two) {
			t.Fatal("bytes differ between encoders", err)
		}
	}
}

func TestRLE(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := rapid.IntRange(1, 32).Draw(t, "width")
		var vs []uint32
		for range rapid.IntRange(0, 20).Draw(t, "parts") {
			v := rapid.Uint32Max(1<<w-1).Draw(t, "v")
			vs = append(vs, slices.Repeat([]uint32{v}, rapid.IntRange(1, 40).Draw(t, "n"))...)
		}
		got := make([]uint32, len(vs))
		if err := decodeRLE(got, appendRLE(nil, vs, w), w); err != nil || !slices.Equal(got, vs) {
			t.Fatal(err, vs, got)
		}
	})
}

func TestDelta(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 600 {
		wide := n%2 == 0
		vs := make([]uint64, n)
		for i := range vs {
			vs[i] = r.Uint64() >> (n % 64)
			if !wide {
				vs[i] &= 1<<32 - 1
			}
		}
		got := make([]uint64, n)
		if err := decodeDelta(got, appendDelta(nil, vs, wide), wide); err != nil || !slices.Equal(got, vs) {
			t.Fatal(n, err)
		}
	}
}

func TestEncodeAllocatesNothingPerRow(t *testing.T) {
	for _, table := range []schemas.Table{schemas.Events, schemas.Flows} {
		b := event.NewBatch(table)
		b.Reset(meta(table))
		if table == schemas.Flows {
			batchtest.Flows(b, 5000)
		} else {
			batchtest.Events(b, 5000)
		}
		e, d, back := NewEncoder(), NewDecoder(), event.NewBatch(table)
		var out []byte
		describe := func([sha256.Size]byte) ([]byte, error) { return []byte("{}"), nil }
		if n := testing.AllocsPerRun(3, func() { out, _, _ = e.Encode(out[:0], b, describe) }); n > 200 {
			t.Errorf("encoding 5000 %s allocates %v times", table, n)
		}
		// Reading allocates the values of dictionaries, once per different value.
		if n := testing.AllocsPerRun(3, func() {
			back.Reset(b.Meta)
			f, err := Parse(out)
			if err == nil {
				err = d.Decode(f, back)
			}
			if err != nil {
				t.Fatal(err)
			}
		}); n > 500 {
			t.Errorf("decoding 5000 %s allocates %v times", table, n)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, table := range []schemas.Table{schemas.Events, schemas.Flows} {
		for _, rows := range []int{0, 1, 40} {
			b := event.NewBatch(table)
			b.Reset(meta(table))
			batchtest.Random(rand.New(rand.NewPCG(3, uint64(rows))), b, rows)
			f.Add(encode(f, b), uint8(table))
		}
	}
	dec := NewDecoder()
	f.Fuzz(func(t *testing.T, data []byte, table uint8) {
		file, err := Parse(data)
		if err != nil || file.Rows > 1<<16 {
			return
		}
		b := event.NewBatch(schemas.Table(table % 2))
		if dec.Decode(file, b) == nil && b.Rows() != file.Rows {
			t.Fatal("rows")
		}
	})
}
