package event

import (
	"slices"
	"testing"

	"github.com/scrubline/scrubline/schemas"
)

// TestDroppedRowLeavesNothing: a row that is given up leaves no value behind, not
// even in a dictionary, which readers of the batch may send whole.
func TestDroppedRowLeavesNothing(t *testing.T) {
	b := NewBatch(schemas.Events)
	b.SetString(schemas.Action, "GetObject")
	b.EndRow()
	b.SetString(schemas.Action, "left over")
	b.SetString(schemas.Native, "left over")
	b.SetString(schemas.ResourceIDs, "left over")
	b.DropRow(false)
	if v := b.Dict(schemas.Action).Values; slices.Contains(v, "left over") {
		t.Errorf("dictionary still holds %q", v)
	}
	if n := len(b.Str(schemas.Native).Buf) + len(b.Strs(schemas.ResourceIDs).Items.Buf); n != 0 {
		t.Errorf("%d bytes of text left", n)
	}
	for _, v := range []string{"PutObject", "GetObject", "left over"} {
		b.SetString(schemas.Action, v)
		b.EndRow()
	}
	for i, want := range []string{"GetObject", "PutObject", "GetObject", "left over"} {
		if got := b.Dict(schemas.Action).At(i); got != want {
			t.Errorf("row %d: %q, want %q", i, got, want)
		}
	}
}
