package match

import (
	"bytes"
	"unicode/utf8"

	"github.com/scrubline/scrubline/detect/sigma"
)

// Scanner runs a Matcher's rules over records, one after the other, for one
// goroutine. It allocates nothing for a record once its buffers have grown.
type Scanner struct {
	m       *Matcher
	states  map[string]*state
	matches []int32

	*state
	values  []value
	seen    []int32 // slots with values
	scratch []byte
	doc     []byte
	isJSON  bool
}

// state is what a Scanner keeps for one program.
type state struct {
	p     *program
	epoch uint32
	heads []head
	// Of this record, if the epoch is its: what an atom said, and which rules
	// were looked at.
	answers []answer
	looked  []uint32
}

// head is where a slot's values are.
type head struct {
	epoch       uint32
	first, last int32
}

type answer struct {
	epoch uint32
	yes   bool
}

// NewScanner returns a scanner.
func (m *Matcher) NewScanner() *Scanner {
	s := &Scanner{m: m, states: map[string]*state{}}
	for src, p := range m.programs {
		s.states[src] = &state{
			p: p, heads: make([]head, len(p.slots)), answers: make([]answer, len(p.atoms)), looked: make([]uint32, len(p.rules)),
		}
	}
	return s
}

// Scan returns the rules that match rec, as indexes of the Matcher's rules in
// rising order. The slice is the scanner's and valid until the next call.
func (s *Scanner) Scan(rec *Record) []int32 {
	s.matches = s.matches[:0]
	if s.state = s.states[rec.Source]; s.state == nil {
		return nil
	}
	s.load(rec)
	s.candidates()
	if len(s.matches) > 1 {
		sortInts(s.matches)
	}
	return s.matches
}

// load notes the values of all slots.
func (s *Scanner) load(rec *Record) {
	p := s.p
	s.values, s.scratch, s.seen = s.values[:0], s.scratch[:0], s.seen[:0]
	if s.epoch++; s.epoch == 0 { // wrapped: nothing of old may look new
		clear(s.heads)
		clear(s.answers)
		clear(s.looked)
		s.epoch = 1
	}
	s.doc = rec.Native
	if !utf8.Valid(s.doc) {
		s.doc = bytes.ToValidUTF8(s.doc, []byte("\uFFFD")) // rare: scrubbed text is made valid before
	}
	start := blanks(s.doc, 0)
	s.isJSON = p.json && start < len(s.doc) && s.doc[start] == '{'
	if s.isJSON && p.root != nil {
		end := s.object(s.doc, start+1, p.root, 0)
		if end < 0 || blanks(s.doc, end) != len(s.doc) {
			s.forget() // no JSON: it has no fields
			s.isJSON = false
		}
	}
	if rec.Batch != nil {
		for _, n := range p.columns {
			s.column(rec, n, &p.slots[n])
		}
	}
	if !s.isJSON && len(p.urls) > 0 {
		if url := requestURL(s.doc); len(url) > 0 {
			for _, n := range p.urls {
				s.add(n, value{raw: url, kind: plain})
			}
		}
	}
	if len(p.lists) > 0 {
		s.lookUp(rec)
	}
	if n, ok := p.byName[""]; ok {
		kind := plain
		if s.isJSON {
			kind = object
		}
		s.add(n, value{raw: s.doc, kind: kind})
	}
}

func (s *Scanner) forget() {
	for _, n := range s.seen {
		s.heads[n].epoch = 0
	}
	s.seen, s.values = s.seen[:0], s.values[:0]
}

// First returns the first text of a field of the record scanned last, which must
// be one that a correlation of the matcher or a rule's group_by names; it is lent until the next Scan.
func (s *Scanner) First(field string) (text []byte, ok bool) {
	if s.state == nil {
		return nil, false
	}
	n, ok := s.p.byName[field]
	if !ok || s.heads[n].epoch != s.epoch {
		return nil, false
	}
	for i := s.heads[n].first; i >= 0; i = s.values[i].next {
		if b, ok := s.text(&s.values[i]); ok {
			return b, true
		}
	}
	return nil, false
}

// Rule returns a rule by the index that Scan gave.
func (m *Matcher) Rule(i int32) *sigma.Rule { return m.rules[i] }

func sortInts(v []int32) {
	for i := 1; i < len(v); i++ {
		for k := i; k > 0 && v[k] < v[k-1]; k-- {
			v[k], v[k-1] = v[k-1], v[k]
		}
	}
}
