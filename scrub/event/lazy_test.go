package event

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/scrubline/scrubline/schemas"
)

// One column of each kind, and one that the table lacks.
var sample = []schemas.Column{schemas.Native, schemas.Action, schemas.ResourceIDs, schemas.HTTPStatus, schemas.SrcIP, schemas.Packets}

func cell(b *Batch, c schemas.Column, row int) string {
	switch c.Info().Kind {
	case schemas.KString:
		return string(b.Str(c).At(row))
	case schemas.KDict:
		return b.Dict(c).At(row)
	case schemas.KStrings:
		var vs []string
		for i, to := b.Strs(c).Row(row); i < to; i++ {
			vs = append(vs, string(b.Strs(c).Items.At(i)))
		}
		return fmt.Sprint(vs)
	case schemas.KIP:
		return fmt.Sprint(b.Addrs(c)[row][0])
	default:
		return fmt.Sprint(b.Nums(c)[row])
	}
}

// TestRowsAreWhatWasSet: whatever rows set, drop and leave out, and whenever a
// column is read in between, each row has what it set, and zero, nothing or the
// filling elsewhere.
func TestRowsAreWhatWasSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := NewBatch(schemas.Events)
		b.Reset(Meta{Table: schemas.Events})
		b.Fill(schemas.Batch, "filling")
		b.FillNum(schemas.IngestTime, 7)
		zero := map[schemas.Column]string{schemas.Native: "", schemas.Action: "", schemas.ResourceIDs: "[]", schemas.HTTPStatus: "0", schemas.SrcIP: "0"}
		var rows []map[schemas.Column]string
		everSet := map[schemas.Column]bool{}
		read := map[schemas.Column]bool{}
		for range rapid.IntRange(0, 40).Draw(t, "rows") {
			row := map[schemas.Column]string{}
			var items []string
			for _, c := range rapid.SliceOf(rapid.SampledFrom(sample)).Draw(t, "set") {
				v := rapid.IntRange(0, 9).Draw(t, "value")
				everSet[c] = true
				switch c {
				case schemas.Packets:
					b.SetNum(c, 1) // flows have it
				case schemas.HTTPStatus:
					b.SetNum(c, uint64(v))
					row[c] = fmt.Sprint(v)
				case schemas.SrcIP:
					b.SetAddr(c, [16]byte{byte(v)})
					row[c] = fmt.Sprint(v)
				case schemas.ResourceIDs:
					b.SetBytes(c, fmt.Append(nil, v))
					items = append(items, fmt.Sprint(v))
					row[c] = fmt.Sprint(items)
				default:
					b.SetString(c, fmt.Sprint(v))
					row[c] = fmt.Sprint(v)
				}
			}
			switch rapid.IntRange(0, 5).Draw(t, "then") {
			case 0:
				b.DropRow(false)
				continue
			case 1:
				b.EndRow()
				b.DropRow(true)
				continue
			}
			b.EndRow()
			rows = append(rows, row)
			if c := rapid.SampledFrom(sample[:5]).Draw(t, "read"); rapid.Bool().Draw(t, "reads") {
				_ = cell(b, c, 0)
				read[c] = true
			}
		}
		for _, c := range sample[:5] {
			if b.Unset(c) == (everSet[c] || read[c]) {
				t.Fatalf("%s: unset is %v, set %v, read %v", c, b.Unset(c), everSet[c], read[c])
			}
			for i, row := range rows {
				want, ok := row[c]
				if !ok {
					want = zero[c]
				}
				if got := cell(b, c, i); got != want {
					t.Fatalf("row %d, %s is %q, want %q", i, c, got, want)
				}
			}
		}
		for i := range rows {
			if cell(b, schemas.Batch, i) != "filling" || cell(b, schemas.IngestTime, i) != "7" {
				t.Fatalf("row %d lacks the filling", i)
			}
		}
		if n := len(b.Nums(schemas.HTTPStatus)); n != b.Rows() || n != len(rows) {
			t.Fatalf("%d values of %d rows, want %d", n, b.Rows(), len(rows))
		}
	})
}

// TestSizeIsWhatRowsTake: a column that no row sets costs nothing, one that a
// late row sets costs all rows.
func TestSizeIsWhatRowsTake(t *testing.T) {
	b := NewBatch(schemas.Events)
	for i := range 100 {
		b.SetBytes(schemas.Native, []byte("0123456789"))
		if i == 99 {
			b.SetNum(schemas.HTTPStatus, 200)
		}
		b.EndRow()
	}
	if got, want := b.Size(), 100*(10+4)+100*8; got != want {
		t.Errorf("size %d, want %d", got, want)
	}
	before := b.Footprint()
	b.Reset(Meta{Table: schemas.Events})
	if b.Size() != 0 || b.Footprint() != before {
		t.Errorf("after a reset size %d and footprint %d, want 0 and %d", b.Size(), b.Footprint(), before)
	}
}

// TestTablesShareMemory: a batch that changes its table keeps no value of the
// other's columns.
func TestTablesShareMemory(t *testing.T) {
	b := NewBatch(schemas.Flows)
	b.SetNum(schemas.Packets, 3)
	b.SetString(schemas.Action, "ACCEPT")
	b.EndRow()
	b.Reset(Meta{Table: schemas.Events})
	b.SetNum(schemas.Packets, 4)
	b.EndRow()
	if n := len(b.Nums(schemas.Packets)); n != 0 {
		t.Errorf("%d values in a column the table lacks", n)
	}
	if slices.Contains(b.Dict(schemas.Action).Values, "ACCEPT") {
		t.Error("the other table's words stayed")
	}
}
