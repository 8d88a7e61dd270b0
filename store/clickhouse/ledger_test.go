package clickhouse

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
)

func ledger(t *testing.T, s *Store) []Entry {
	t.Helper()
	var got []Entry
	for e, err := range s.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, e)
	}
	return got
}

func TestLedgerHasEachBatchOnce(t *testing.T) {
	s := open(t)
	a := makeBatch(shape{id: "a", start: 100, rows: 40})
	empty := event.NewBatch(schemas.Flows)
	empty.Meta = event.Meta{Table: schemas.Flows, Source: "aws_vpcflow", Origin: "file:e", PayloadID: "f/e", Final: true}
	before := time.Now().Add(-time.Millisecond)
	for _, doubt := range []bool{false, true} {
		if err := s.Insert(t.Context(), batchesOf(a, empty), doubt); err != nil {
			t.Fatal(err)
		}
	}
	got := ledger(t, s)
	want := []Entry{
		{Batch: "v1/f/a/000000000100", Table: "events", Source: "aws_test", Origin: "file:a", Start: 100, Rows: 40, Events: 37,
			Tombstones: 3, Duplicates: 3, SHA256: "ab12", MinTime: day0.Add(100 * time.Second), MaxTime: day0.Add(139 * time.Second)},
		{Batch: "v1/f/e/000000000000", Table: "flows", Source: "aws_vpcflow", Origin: "file:e", Final: true,
			MinTime: time.UnixMilli(0).UTC(), MaxTime: time.UnixMilli(0).UTC()},
	}
	if d := cmp.Diff(want, got, cmpopts.IgnoreFields(Entry{}, "InsertedAt")); d != "" {
		t.Error(d)
	}
	for _, e := range got {
		if e.InsertedAt.Before(before) || e.InsertedAt.After(time.Now()) {
			t.Errorf("%s: inserted at %s", e.Batch, e.InsertedAt)
		}
	}
	for e, err := range s.Batches(t.Context()) {
		if err != nil || e.Batch != want[0].Batch {
			t.Errorf("got %v, %v", e.Batch, err)
		}
		break // leaving early must not hang or panic
	}
}

func TestNoBatchesNoEntry(t *testing.T) {
	s := open(t)
	if err := s.Insert(t.Context(), nil, true); err != nil {
		t.Fatal(err)
	}
	if got := ledger(t, s); len(got) != 0 {
		t.Errorf("%d entries", len(got))
	}
}

func TestNoEntryWithoutRows(t *testing.T) {
	s := open(t)
	b := makeBatch(shape{id: "a", rows: 40})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Insert(ctx, batchesOf(b), false); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	if got := ledger(t, s); len(got) != 0 {
		t.Errorf("%d entries", len(got))
	}
}

func TestSeen(t *testing.T) {
	s := open(t)
	b := event.NewBatch(schemas.Events)
	b.Meta = event.Meta{PayloadID: "f/seen", Source: "aws_test"}
	stored := []NativeKey{{"111", "plain"}, {"222", "plain"}, {"111", "it's \\ \"x\""}, {"111", "tab\tline\nnul\x00end"}, {"111", ""}, {"", "no account"}}
	for i, k := range stored {
		b.SetString(schemas.Batch, b.Key())
		b.SetNum(schemas.RecordNo, uint64(i))
		b.SetString(schemas.RecipientAccount, k.Account)
		b.SetString(schemas.NativeID, k.ID)
		b.EndRow()
	}
	if err := s.Insert(t.Context(), batchesOf(b), false); err != nil {
		t.Fatal(err)
	}
	ask := append([]NativeKey{{"333", "plain"}, {"111", "absent"}, {"111", "plain"}, {"111", "no account"}}, stored...)
	want := []bool{false, false, true, false, true, true, true, true, false, true}
	got, err := s.Seen(t.Context(), "v1/f/other/000000000000", ask)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	got, err = s.Seen(t.Context(), b.Key(), ask)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(make([]bool, len(ask)), got); d != "" {
		t.Errorf("the batch sees itself:\n%s", d)
	}
	if got, err := s.Seen(t.Context(), "", nil); err != nil || len(got) != 0 {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestReplayGivesTheSameDigest(t *testing.T) {
	s := open(t)
	for _, tab := range tables {
		b := makeBatch(shape{table: tab, id: "d", rows: 60})
		insert := func(times int) (uint64, string) {
			t.Helper()
			for range times {
				if err := s.Insert(t.Context(), batchesOf(b), false); err != nil {
					t.Fatal(err)
				}
			}
			rows, hash, err := s.Digest(t.Context(), tab)
			if err != nil {
				t.Fatal(err)
			}
			return rows, hash
		}
		rows, first := insert(1)
		if rows != 60 {
			t.Errorf("%s: %d rows, want 60", tab, rows)
		}
		if err := s.Rebuild(t.Context()); err != nil {
			t.Fatal(err)
		}
		if rows, _, err := s.Digest(t.Context(), tab); rows != 0 || err != nil {
			t.Errorf("%s after Rebuild: %d rows, %v", tab, rows, err)
		}
		if got := ledger(t, s); len(got) != 0 {
			t.Errorf("%d ledger entries after Rebuild", len(got))
		}
		if rows, again := insert(2); rows != 60 || again != first {
			t.Errorf("%s: %d rows after a doubled replay, digests equal: %v", tab, rows, again == first)
		}
		// One column of one row differs: the same identity, other content.
		b.Nums(schemas.ScrubCount)[17]++
		if err := s.Insert(t.Context(), batchesOf(b), false); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Digest(t.Context(), tab); !errors.Is(err, ErrForeignRows) {
			t.Errorf("%s: got %v, want ErrForeignRows", tab, err)
		}
	}
}
