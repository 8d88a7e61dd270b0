package clickhouse

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHasSaysWhatTheLedgerHolds(t *testing.T) {
	s := open(t)
	ask := []string{"v1/f/none/000000000000"}
	for i := range hasAtOnce + 2 { // more than one query
		ask = append(ask, fmt.Sprintf("v1/f/none/%012d", i+1))
	}
	if held, err := s.Has(t.Context(), ask); err != nil || len(held) != 0 {
		t.Fatalf("an empty ledger holds %v, %v", held, err)
	}
	a, b := makeBatch(shape{id: "a", start: 100, rows: 40}), makeBatch(shape{id: "b", rows: 7})
	for _, doubt := range []bool{false, true} { // an entry written twice is one
		if err := s.Insert(t.Context(), batchesOf(a, b), doubt); err != nil {
			t.Fatal(err)
		}
	}
	held, err := s.Has(t.Context(), append(ask, a.Key(), b.Key()))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]Held{a.Key(): {Rows: 40, SHA256: a.SHA256}, b.Key(): {Rows: 7, SHA256: b.SHA256}}
	if d := cmp.Diff(want, held); d != "" {
		t.Error(d)
	}
	if held, err := s.Has(t.Context(), nil); err != nil || len(held) != 0 {
		t.Errorf("no keys: %v, %v", held, err)
	}
}
