package policy

import (
	"math/bits"
	"regexp/syntax"

	"github.com/scrubline/scrubline/scrub/recognizer"
)

// states is a set of states of a machine.
type states [maxStates / 64]uint64

func (s *states) add(i uint32)      { s[i>>6] |= 1 << (i & 63) }
func (s *states) has(i uint32) bool { return s[i>>6]&(1<<(i&63)) != 0 }

// machine runs a bounded pattern over bytes, all its states at once: in time
// linear in the text, without memory of its own. It matches ASCII only.
type machine struct {
	start  states
	accept uint32
	bytes  [][2]uint64 // by state: the bytes it takes
	next   []states    // by state: where it goes on
	first  [2]uint64   // the bytes that a match can start with
}

func newMachine(re *syntax.Regexp) (*machine, error) {
	prog, err := syntax.Compile(re.Simplify())
	if err != nil || len(prog.Inst) > maxStates {
		return nil, errComplex
	}
	m := &machine{bytes: make([][2]uint64, len(prog.Inst)), next: make([]states, len(prog.Inst))}
	for i := range prog.Inst {
		switch in := &prog.Inst[i]; in.Op {
		case syntax.InstMatch:
			m.accept = uint32(i)
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			for c := range rune(0x80) {
				if in.MatchRune(c) {
					m.bytes[i][c>>6] |= 1 << (c & 63)
				}
			}
			follow(prog, in.Out, &m.next[i], &states{})
		case syntax.InstEmptyWidth:
			return nil, errAnchors
		}
	}
	follow(prog, uint32(prog.Start), &m.start, &states{})
	for i := range prog.Inst {
		if m.start.has(uint32(i)) {
			for w := range m.first {
				m.first[w] |= m.bytes[i][w]
			}
		}
	}
	return m, nil
}

// follow adds the states that pc leads to without a byte; seen are those it has
// been to.
func follow(prog *syntax.Prog, pc uint32, to, seen *states) {
	if seen.has(pc) {
		return
	}
	seen.add(pc)
	switch in := &prog.Inst[pc]; in.Op {
	case syntax.InstAlt, syntax.InstAltMatch:
		follow(prog, in.Out, to, seen)
		follow(prog, in.Arg, to, seen)
	case syntax.InstCapture, syntax.InstNop:
		follow(prog, in.Out, to, seen)
	case syntax.InstFail:
	default:
		to.add(pc)
	}
}

// match returns the end of the longest match that starts at b[i] and is whole
// words: no letter or digit of it has another beside it. 0 is none.
func (m *machine) match(b []byte, i int) (end int) {
	c := b[i]
	if c >= 0x80 || m.first[c>>6]&(1<<(c&63)) == 0 || i > 0 && wordByte(b[i-1]) && wordByte(c) {
		return 0
	}
	cur := m.start
	for ; i < len(b); i++ {
		if c = b[i]; c >= 0x80 {
			return end
		}
		var next states
		for w, set := range cur {
			for ; set != 0; set &= set - 1 {
				s := w<<6 | bits.TrailingZeros64(set)
				if m.bytes[s][c>>6]&(1<<(c&63)) != 0 {
					for k := range next {
						next[k] |= m.next[s][k]
					}
				}
			}
		}
		if next == (states{}) {
			return end
		}
		if next.has(m.accept) && (i+1 == len(b) || !wordByte(c) || !wordByte(b[i+1])) {
			end = i + 1
		}
		cur = next
	}
	return end
}

// whole says that all of b matches.
func (m *machine) whole(b []byte) bool { return len(b) > 0 && m.match(b, 0) == len(b) }

func wordByte(c byte) bool { return recognizer.IsWord(c) }
