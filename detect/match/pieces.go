package match

// pieces finds any of many texts in one pass: the automaton of Aho and Corasick,
// its transitions in a table of states by classes of bytes.
type pieces struct {
	class   [256]uint8
	classes int
	next    []int32   // state*classes+class
	found   [][]int32 // texts that end at a state
}

// compilePieces makes an automaton of texts, none empty, with their numbers.
func compilePieces(texts map[string]int32) *pieces {
	a := &pieces{classes: 1} // class 0: bytes that no text has
	for t := range texts {
		for i := 0; i < len(t); i++ {
			if a.class[t[i]] == 0 && a.classes < 256 {
				a.class[t[i]] = uint8(a.classes)
				a.classes++
			}
		}
	}
	state := func() int32 {
		for range a.classes {
			a.next = append(a.next, -1)
		}
		a.found = append(a.found, nil)
		return int32(len(a.found) - 1)
	}
	state()
	for t, n := range texts {
		at := int32(0)
		for i := 0; i < len(t); i++ {
			k := int(at)*a.classes + int(a.class[t[i]])
			if a.next[k] < 0 {
				a.next[k] = state()
			}
			at = a.next[k]
		}
		a.found[at] = append(a.found[at], n)
	}
	// Breadth first: where a state has no way on, its longest proper suffix's is
	// taken.
	fail := make([]int32, len(a.found))
	var queue []int32
	for c := range a.classes {
		if a.next[c] < 0 {
			a.next[c] = 0
		} else {
			queue = append(queue, a.next[c])
		}
	}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		a.found[at] = append(a.found[at], a.found[fail[at]]...)
		for c := range a.classes {
			k := int(at)*a.classes + c
			back := a.next[int(fail[at])*a.classes+c]
			if a.next[k] < 0 {
				a.next[k] = back
			} else {
				fail[a.next[k]] = back
				queue = append(queue, a.next[k])
			}
		}
	}
	return a
}

// pieces tries the rules whose piece of text is in b.
func (s *Scanner) pieces(sl *slotIndex, b []byte) {
	a := sl.pieces
	at := int32(0)
	for _, c := range b {
		at = a.next[int(at)*a.classes+int(a.class[c])]
		for _, n := range a.found[at] {
			for _, r := range sl.needles[n] {
				s.try(r)
			}
		}
	}
}
