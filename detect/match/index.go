package match

import "github.com/scrubline/scrubline/detect/sigma"

// index tells by a record's values which rules can match it: no other rule can.
type index struct {
	always []int32     // rules that need nothing in particular
	slots  []slotIndex // by slot
}

// slotIndex is what values of one slot tell.
type slotIndex struct {
	there   []int32            // rules that need a value
	equal   map[string][]int32 // rules that need one with this folded text
	json    bool               // one of equal's texts is that of an object
	pieces  *pieces            // rules that need a piece of text in one
	needles [][]int32          // rules by piece
}

// anchor is a set of clues, one of which a record must show for a rule to match.
type anchor struct {
	clues []clue
	cost  int // how often they will be seen, by guess
	none  bool
}

// clue is one thing to be seen in a record.
type clue struct {
	slot int32
	kind clueKind
	text string // folded
}

type clueKind uint8

const (
	isThere clueKind = iota
	isEqual
	hasPiece
)

// Costs of clues. They only steer which of a rule's tests is looked up.
const (
	costEqual = 1
	costPiece = 4
	costShort = 100 // a piece of one or two characters
	costThere = 300
	costNever = 1 << 30
)

func buildIndex(p *program) index {
	ix := index{slots: make([]slotIndex, len(p.slots))}
	found := map[int32]map[string]int32{}
	for r := range p.rules {
		p.order(&p.rules[r].cond)
		a := p.anchor(&p.rules[r].cond)
		if a.none {
			ix.always = append(ix.always, int32(r))
			continue
		}
		for _, c := range a.clues {
			sl := &ix.slots[c.slot]
			switch c.kind {
			case isThere:
				sl.there = append(sl.there, int32(r))
			case isEqual:
				if sl.equal == nil {
					sl.equal = map[string][]int32{}
				}
				sl.equal[c.text] = append(sl.equal[c.text], int32(r))
				sl.json = sl.json || c.text != "" && (c.text[0] == '{' || c.text[0] == '[')
			case hasPiece:
				if found[c.slot] == nil {
					found[c.slot] = map[string]int32{}
				}
				n, ok := found[c.slot][c.text]
				if !ok {
					n = int32(len(sl.needles))
					found[c.slot][c.text] = n
					sl.needles = append(sl.needles, nil)
				}
				sl.needles[n] = append(sl.needles[n], int32(r))
			}
		}
	}
	for slot, texts := range found {
		ix.slots[slot].pieces = compilePieces(texts)
	}
	return ix
}

// anchor finds the cheapest clues for a condition.
func (p *program) anchor(c *cond) anchor {
	switch c.op {
	case condAtom:
		return p.atomAnchor(&p.atoms[c.atom])
	case condAnd:
		best := anchor{none: true}
		for i := range c.kids {
			if a := p.anchor(&c.kids[i]); !a.none && (best.none || a.cost < best.cost) {
				best = a
			}
		}
		return best
	case condOr:
		sum := anchor{}
		for i := range c.kids {
			a := p.anchor(&c.kids[i])
			if a.none {
				return a
			}
			sum.clues = append(sum.clues, a.clues...)
			sum.cost += a.cost
		}
		return sum
	case condNever:
		return anchor{}
	}
	return anchor{none: true}
}

func (p *program) atomAnchor(a *atom) anchor {
	one := func(k clueKind, text string, cost int) anchor {
		return anchor{clues: []clue{{a.slot, k, text}}, cost: cost}
	}
	switch a.kind {
	case sigma.Null:
		return anchor{none: true}
	case sigma.Exists:
		if !a.want {
			return anchor{none: true}
		}
	case sigma.Regexp:
		if lit := needle(a.re.String()); len(lit) > 2 {
			return one(hasPiece, lit, costPiece+a.uses)
		}
	case sigma.Text:
		lit := a.text.longest()
		if a.cased {
			lit = sigma.Fold(lit)
		}
		switch {
		case a.text.shape == equal:
			return one(isEqual, lit, costEqual+a.uses)
		case len(lit) > 2:
			return one(hasPiece, lit, costPiece+a.uses)
		case len(lit) > 0:
			return one(hasPiece, lit, costShort)
		}
	}
	return one(isThere, "", costThere)
}

// longest returns the longest text that must stand in what t matches.
func (t *textTest) longest() string {
	best := t.lit
	for i := range t.tokens {
		if len(t.tokens[i].lit) > len(best) {
			best = t.tokens[i].lit
		}
	}
	return string(best)
}

// candidates looks up what the record shows and evaluates the rules that it may
// match.
func (s *Scanner) candidates() {
	ix := &s.p.index
	for _, r := range ix.always {
		s.try(r)
	}
	for _, n := range s.seen {
		sl := &ix.slots[n]
		for _, r := range sl.there {
			s.try(r)
		}
		if sl.equal == nil && sl.pieces == nil {
			continue
		}
		for i := s.heads[n].first; i >= 0; i = s.values[i].next {
			v := &s.values[i]
			if sl.pieces == nil && v.kind == object && !sl.json {
				continue // its text is long, and none that is looked for
			}
			text, ok := s.fold(v)
			if !ok {
				continue
			}
			for _, r := range sl.equal[string(text)] {
				s.try(r)
			}
			if sl.pieces != nil {
				s.pieces(sl, text)
			}
		}
	}
}

// try evaluates a rule, once a record.
func (s *Scanner) try(r int32) {
	if s.looked[r] == s.epoch {
		return
	}
	s.looked[r] = s.epoch
	if rule := &s.p.rules[r]; s.eval(&rule.cond) {
		s.matches = append(s.matches, rule.number)
	}
}
