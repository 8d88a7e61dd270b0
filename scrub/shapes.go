package scrub

import "github.com/scrubline/scrubline/scrub/recognizer"

// runMax bounds the runs of digits that a shape can start with.
const runMax = 20

// shapes has a bit for each recognizer with a shape: by the length of the run of
// digits that it starts with, by the byte behind that run too, and by the byte
// before it. Zero stands for the text's edge.
var shapes = func() (t struct {
	runs   [runMax]uint64
	next   [runMax][256]uint64
	before [256]uint64
}) {
	for k := range recognizer.All {
		r := &recognizer.All[k]
		for _, n := range r.Runs {
			t.runs[n] |= 1 << k
		}
		for c := range 256 {
			for _, n := range r.Runs {
				if r.Next == nil || r.Next(n, byte(c)) {
					t.next[n][c] |= 1 << k
				}
			}
			if r.Before == nil || r.Before(byte(c)) {
				t.before[c] |= 1 << k
			}
		}
	}
	return t
}()

// shapes returns the recognizers whose values can start with the digits b[i:end],
// fewer than runMax.
func (s *searcher) shapes(i, end int) uint64 {
	if s.e.slow {
		return shapes.runs[end-i]
	}
	next, before := byte(0), byte(0)
	if end < len(s.b) {
		next = s.b[end]
	}
	if i > 0 {
		before = s.b[i-1]
	}
	set := shapes.next[end-i][next] & shapes.before[before]
	if end-i >= 13 && !recognizer.CardStart(s.b[i], s.b[i+1]) {
		set &^= 1 << recognizer.Card
	}
	return set
}
