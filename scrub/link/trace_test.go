package link

import (
	"fmt"
	"sync"
	"testing"
)

// TestTraceForms: a trace id is known in every form it is written in.
func TestTraceForms(t *testing.T) {
	w := New(Options{})
	j := NewJudge(Default(), w)
	if j.NoteTrace([]byte("1-67891233-abcdef012345678912345678")); w.HasTraces() || j.Traced([]byte("1-67891233-abcdef012345678912345678")) {
		t.Error("a trace id was kept outside of a round")
	}
	same := []string{
		"1-67891233-abcdef012345678912345678", "Root=1-67891233-abcdef012345678912345678", "Self=1-67891234-12456789abcdef012345678;Root=1-67891233-abcdef012345678912345678",
		"Root=1-67891233-ABCDEF012345678912345678;Parent=53995c3f42cd8ad8;Sampled=1", "00-67891233abcdef012345678912345678-00f067aa0ba902b7-01", "67891233abcdef012345678912345678",
	}
	for _, noted := range same {
		w.StartRound()
		if w.HasTraces() {
			t.Error("a new round has trace ids")
		}
		j.NoteTrace([]byte(noted))
		for _, asked := range same {
			if !j.Traced([]byte(asked)) {
				t.Errorf("%s is not %s", asked, noted)
			}
		}
		for _, other := range []string{"", "-", "1", "Root=1-67891233-abcdef012345678912345679", "00-67891233abcdef012345678912345679-00f067aa0ba902b7-01"} {
			if j.Traced([]byte(other)) {
				t.Errorf("%s is %s", other, noted)
			}
		}
	}
	w.StartRound()
	if j.NoteTrace([]byte("-")); w.HasTraces() {
		t.Error("an absent trace id was noted")
	}
	p := Default()
	p.Across = InFlows
	w.StartRound()
	if NewJudge(p, w).NoteTrace([]byte(same[0])); w.HasTraces() {
		t.Error("a trace id was noted although it counts in no record")
	}
}

// TestTracesTogether: many goroutines note trace ids; all are known, none else.
func TestTracesTogether(t *testing.T) {
	w := New(Options{})
	w.StartRound()
	id := func(n int) []byte { return fmt.Appendf(nil, "1-67891233-%024x", n) }
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			j := NewJudge(Default(), w)
			for n := range 5000 {
				j.NoteTrace(id(n*4 + g))
			}
		})
	}
	wg.Wait()
	j := NewJudge(Default(), w)
	for n := range 30000 {
		if j.Traced(id(n)) != (n < 20000) {
			t.Fatalf("trace id %d", n)
		}
	}
	one := id(1)
	if allocs := testing.AllocsPerRun(100, func() { j.NoteTrace(one); j.Traced(one) }); allocs > 0 {
		t.Errorf("%v allocations", allocs)
	}
}
