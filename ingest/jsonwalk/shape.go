package jsonwalk

import (
	"encoding/binary"

	"github.com/scrubline/scrubline/schemas"
)

// Records of one source have the same keys in the same order, or nearly. A
// walker remembers the orders it has met as trees of steps: where objects have
// gone before, a key is recognised by comparing it with the one or two that came
// next before; its treatment is known then, and so is that it is no duplicate,
// because the keys before it are the same each time. An object that leaves the
// known orders adds a step to them. One whose keys look like data, or that has
// very many, goes on without: see loose.

// What is remembered is bounded; forgetting costs time only.
const (
	maxSteps     = 2048 // all of them are forgotten when there are as many
	maxFollowers = 12   // of one step
	maxMembers   = 64   // of one object
	maxText      = 48   // bytes of a key, its quotes and its colon
	stepBlock    = 64   // steps are allocated so many at a time
)

// step is a place in an object: after the members on the way from its start. A
// start has no text, and what is inside it is itself.
type step struct {
	head, tail uint64 // the first and the last eight bytes of the text
	mask       uint64 // of the bytes of head that are text
	n, tailAt  uint8
	text       [maxText]byte // `"key":` of the last member, n bytes

	unnamed bool // the schema does not name the key: it is a field
	quiet   bool // a string that is the value makes no field
	members uint8
	object  *schemas.Node
	child   *schemas.Node // of the last member's value; of a start, object
	up      *step         // the place before
	first   *step         // the places after, the one taken last first
	next    *step         // the next of the places after up
	inside  *step         // the start of objects that are the last member's value
}

// shapes is the memory of a walker. The keys in it are text of records: it
// lives as long as the walker and is shown to nobody.
type shapes struct {
	blocks [][]step
	used   int
	full   bool
	starts map[*schemas.Node]*step
	last   *step // the start that was asked for last
}

// start returns the start of objects that have the node n, wherever they are.
func (s *shapes) start(n *schemas.Node) *step {
	if s.last != nil && s.last.object == n {
		return s.last
	}
	p := s.starts[n]
	if p == nil {
		if s.starts == nil {
			s.starts = map[*schemas.Node]*step{}
		}
		p = new(step)
		p.begin(n)
		s.starts[n] = p
	}
	s.last = p
	return p
}

func (p *step) begin(n *schemas.Node) {
	*p = step{object: n, child: n, quiet: quiet(n), inside: p}
}

func quiet(n *schemas.Node) bool { return n.Treat == schemas.Keep && n.Column == schemas.None }

// forget empties the memory if it is full. No step may be in use.
func (s *shapes) forget() {
	if s.full {
		s.used, s.full = 0, false
		for n, p := range s.starts {
			p.begin(n)
		}
	}
}

func (s *shapes) take() *step {
	if s.used == maxSteps {
		s.full = true
		return nil
	}
	i := s.used / stepBlock
	if i == len(s.blocks) {
		s.blocks = append(s.blocks, make([]step, stepBlock))
	}
	s.used++
	return &s.blocks[i][(s.used-1)%stepBlock]
}

// within returns the start of objects that are the value of p's member.
func (s *shapes) within(p *step) *step {
	if p.inside == nil {
		if p.inside = s.take(); p.inside == nil {
			return s.start(p.child)
		}
		p.inside.begin(p.child)
	}
	return p.inside
}

// learn adds a place after p. It returns nil if that is not to be remembered.
func (s *shapes) learn(p *step, key []byte) *step {
	if p.members == maxMembers || len(key) > maxText-3 || !wordlike(key) {
		return nil
	}
	followers := 0
	for f := p.first; f != nil; f = f.next {
		followers++
	}
	if followers == maxFollowers {
		return nil
	}
	f := s.take()
	if f == nil {
		return nil
	}
	*f = step{object: p.object, up: p, next: p.first, members: p.members + 1, n: uint8(len(key) + 3)}
	f.child, f.unnamed = member(p.object, key)
	f.quiet = quiet(f.child)
	f.text[0], f.text[f.n-2], f.text[f.n-1] = '"', '"', ':'
	copy(f.text[1:], key)
	f.tailAt = max(f.n, 8) - 8
	f.head, f.tail = binary.LittleEndian.Uint64(f.text[:]), binary.LittleEndian.Uint64(f.text[f.tailAt:])
	f.mask = ^uint64(0) >> (64 - 8*min(uint(f.n), 8))
	p.first = f
	return f
}

// wordlike says that a key is like a name in a program. What holds anything else
// is more likely data, which differs from record to record.
func wordlike(key []byte) bool {
	for _, c := range key {
		if c-'0' > 9 && c|0x20-'a' > 25 && c != '_' && c != '-' && c != '.' && c != ':' {
			return false
		}
	}
	return true
}

// member returns the node of an object's member, and whether the key, which the
// schema does not name, is a field of its own.
func member(object *schemas.Node, key []byte) (child *schemas.Node, unnamed bool) {
	if child = object.Children[string(key)]; child != nil {
		return child, false
	}
	if child = object.Any; child == nil {
		child = schemas.Unknown
	}
	return child, child.Treat != schemas.Keep
}

// follow returns the place after p that b, which begins with a key, goes to; nil
// if that is unknown.
func (p *step) follow(b []byte) *step {
	f := p.first
	if f == nil || f.begins(b) {
		return f
	}
	for before := f; before.next != nil; before = before.next {
		if f = before.next; f.begins(b) {
			before.next, f.next, p.first = f.next, p.first, f
			return f
		}
	}
	return nil
}

// begins says whether b begins with p's text. It compares eight bytes at a time,
// the last of them over again rather than one by one.
func (p *step) begins(b []byte) bool {
	n := int(p.n)
	if len(b) < max(n, 8) {
		return len(b) >= n && string(b[:n]) == string(p.text[:n])
	}
	le := binary.LittleEndian
	if ((le.Uint64(b)^p.head)|(le.Uint64(b[p.tailAt:])^p.tail))&p.mask != 0 {
		return false
	}
	return n <= 16 || p.middle(b)
}

// middle compares what head and tail leave.
func (p *step) middle(b []byte) bool {
	le := binary.LittleEndian
	for i := 8; i < int(p.tailAt); i += 8 {
		if le.Uint64(b[i:])^le.Uint64(p.text[i:]) != 0 {
			return false
		}
	}
	return true
}

// named returns the place after p by the key; nil if it is unknown.
func (p *step) named(key []byte) *step {
	for f := p.first; f != nil; f = f.next {
		if string(f.key()) == string(key) {
			return f
		}
	}
	return nil
}

func (p *step) key() []byte { return p.text[1 : p.n-2] }

// passed says whether the way to p holds the key, or one that differs in ASCII
// case only.
func (p *step) passed(key []byte) bool {
	for ; p.up != nil; p = p.up {
		if sameButCase(p.key(), key) {
			return true
		}
	}
	return false
}

func sameButCase(a, b []byte) bool {
	if len(a) != len(b) {
		return false
	}
	for i, c := range a {
		if d := b[i]; c != d && (c|0x20 != d|0x20 || c|0x20-'a' > 25) {
			return false
		}
	}
	return true
}
