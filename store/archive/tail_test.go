package archive

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
)

// part is the batch of a stream's offsets [from,to), one record a message.
func part(start, from, to, before uint64) *event.Batch {
	b := batch(schemas.Events, "app", "00", start, int(to-from), false)
	b.PayloadID = "k/00"
	b.Stream = &event.Stretch{From: from, To: to, Before: before, Epoch: -1, Runs: []event.Run{{from, to - from, 1}}}
	return b
}

// TestTail: the end of a stream is found among objects at any offsets, also as it
// was before some offset, and so is the object before each; the whole verifies.
func TestTail(t *testing.T) {
	for seed := range uint64(8) {
		r := rand.New(rand.NewPCG(seed, 1))
		a := open(t, tempDir(t))
		defer closeArchive(t, a)
		store := &counting{Store: a.store}
		a.store = store
		var from []uint64
		at, before, records := uint64(0), uint64(0), uint64(0)
		for range r.IntN(6) {
			b := part(records, at, at+2, before)
			// What lies between the last message and the next stretch is no message.
			b.Stream.To += []uint64{0, 1, 9, 10, 99, 12345, 1 << 40}[r.IntN(7)]
			if _, adopted, err := a.Write(t.Context(), b); err != nil || adopted {
				t.Fatal(adopted, err)
			}
			from = append(from, at)
			before, at, records = at, b.Stream.To, records+2
		}
		for i := range from {
			for _, below := range []uint64{from[i] + 1, from[i] + 2, from[i]} {
				want := i
				if below == from[i] {
					want--
				}
				store.lists.Store(0)
				o, ok, err := a.Tail(t.Context(), "k/00", below)
				if err != nil || ok != (want >= 0) || ok && o.Meta.Stream.From != from[want] {
					t.Fatalf("tail below %d of %v: %+v, %t, %v", below, from, o.Meta.Stream, ok, err)
				}
				if store.lists.Load() > 11*offsetDigits {
					t.Fatalf("%d lists", store.lists.Load())
				}
				if want > 0 {
					if p, err := a.Before(t.Context(), &o); err != nil || p.Meta.Stream.From != from[want-1] {
						t.Fatalf("before %d: %+v, %v", from[want], p.Meta.Stream, err)
					}
				}
			}
		}
		if o, ok, err := a.Tail(t.Context(), "k/00", ^uint64(0)); err != nil || ok != (len(from) > 0) || ok && o.Meta.Stream.To != at {
			t.Fatalf("%+v, %t, %v", o.Meta.Stream, ok, err)
		}
		if _, err := a.Chain(t.Context(), "k/00"); err != nil {
			t.Fatal(err)
		}
	}
}

// TestStreamOutOfPlace: what does not follow the stream's end is refused, what is
// there already wins, and a stream begins with the offset 0.
func TestStreamOutOfPlace(t *testing.T) {
	dir := tempDir(t)
	a := open(t, dir)
	write := func(b *event.Batch) (Object, bool, error) { return a.Write(t.Context(), b) }
	if _, _, err := write(part(0, 5, 7, 0)); !errors.Is(err, ErrPlace) {
		t.Errorf("a stream that begins with offset 5: %v", err)
	}
	for _, b := range []*event.Batch{part(0, 0, 4, 0), part(4, 4, 9, 0)} {
		if _, _, err := write(b); err != nil {
			t.Fatal(err)
		}
	}
	for i, b := range []*event.Batch{part(9, 10, 12, 4), part(8, 8, 12, 4), part(9, 9, 12, 0), part(10, 9, 12, 4)} {
		if _, _, err := write(b); !errors.Is(err, ErrPlace) {
			t.Errorf("batch %d is taken: %v", i, err)
		}
	}
	if o, adopted, err := write(part(4, 4, 6, 0)); err != nil || !adopted || o.Meta.Stream.To != 9 {
		t.Errorf("%+v, %t, %v", o.Meta.Stream, adopted, err)
	}
	// A process that knows nothing of the stream continues it.
	closeArchive(t, a)
	b := open(t, dir)
	defer closeArchive(t, b)
	if _, _, err := b.Write(t.Context(), part(9, 9, 12, 4)); err != nil {
		t.Error(err)
	}
}

// TestFooterOfStream: an object whose footer contradicts its rows is damaged.
func TestFooterOfStream(t *testing.T) {
	for i, wrong := range []func(*event.Stretch){
		func(s *event.Stretch) { s.Runs = nil },
		func(s *event.Stretch) { s.Runs[0][1]++ },
		func(s *event.Stretch) { s.To = 3 },
		func(s *event.Stretch) { s.Gap = 1 },
		func(s *event.Stretch) { s.Runs = append(s.Runs, event.Run{0, 1, 0}) },
	} {
		b := part(0, 0, 4, 0)
		wrong(b.Stream)
		if b.Stream.Agrees(4) {
			t.Errorf("%d: %+v agrees", i, b.Stream)
		}
	}
	s := event.Stretch{From: 10, Gap: 20}
	for _, m := range []uint64{20, 21, 22, 30} {
		s.Add(m, m/10)
	}
	if fmt.Sprint(s.Runs) != "[[20 3 2] [30 1 3]]" || s.To != 31 || s.Messages() != 4 || !s.Agrees(1+3*2+3) {
		t.Errorf("%+v", s)
	}
}
