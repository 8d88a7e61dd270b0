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
	maxText      = 39   // bytes of a key, its quotes and its colon
	stepBlock    = 64   // steps are allocated so many at a time
)

// step is a place in an object: after the members on the way from its start. A
// start has no text, and what is inside it is itself.
type step struct {
	lead
	first   *step         // the places after, the one taken last first
	unnamed bool          // the schema does not name the key: it is a field
	quiet   bool          // a string that is the value makes no field
	whole   bool          // an object or array that is the value is one field
	field   schemas.Field // of the value
	text    [span]byte    // `"key":` of the last member, n bytes

	members, followers uint8
	object             *schemas.Node
	child              *schemas.Node // of the last member's value; of a start, object
	up                 *step         // the place before
	next               *step         // the next of the places after up
	inside             *step         // the start of objects that are the last member's value
}

// lead is a text in three words of eight bytes: the first eight, those after them if
// there are more than 16, and the last eight. In short texts they overlap, or are the
// same.
type lead struct {
	head, middle, tail  uint64
	mask                uint64 // of the bytes of a word that are text
	n, middleAt, tailAt uint8  // length, and where the words begin
}

// span is how many bytes begins needs to see. The last word of the longest text
// begins at 31: the masks below tell the compiler that it cannot lie outside.
const span = maxText + 1

// begins says whether q begins with the text, but for what is between middle and
// tail in texts of more than 24 bytes.
func (l *lead) begins(q *[span]byte) bool {
	le := binary.LittleEndian
	return ((le.Uint64(q[:])^l.head)|(le.Uint64(q[l.middleAt&31:])^l.middle)|(le.Uint64(q[l.tailAt&31:])^l.tail))&l.mask == 0
}

// shapes is the memory of a walker. The keys in it are text of records: it
// lives as long as the walker and is shown to nobody.
type shapes struct {
	blocks [][]step
	used   int
	full   bool
	starts [2]map[*schemas.Node]*step
	last   [2]*step // the starts that were asked for last
}

// start returns the start of objects that have the node n: of whole records, or, if
// anywhere is set, of objects that no step leads to.
func (s *shapes) start(n *schemas.Node, anywhere bool) *step {
	k := 0
	if anywhere {
		k = 1
	}
	if p := s.last[k]; p != nil && p.object == n {
		return p
	}
	p := s.starts[k][n]
	if p == nil {
		if s.starts[k] == nil {
			s.starts[k] = map[*schemas.Node]*step{}
		}
		p = new(step)
		p.begin(n)
		s.starts[k][n] = p
	}
	s.last[k] = p
	return p
}

func (p *step) begin(n *schemas.Node) {
	*p = step{object: n, child: n, field: n.Field, quiet: quiet(n), whole: whole(n.Treat), inside: p}
}

func quiet(n *schemas.Node) bool { return n.Treat == schemas.Keep && n.Column == schemas.None }

// forget empties the memory if it is full. No step may be in use.
func (s *shapes) forget() {
	if s.full {
		s.used, s.full = 0, false
		for _, starts := range s.starts {
			for n, p := range starts {
				p.begin(n)
			}
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
			return s.start(p.child, true)
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
	if p.followers == maxFollowers {
		return nil
	}
	f := s.take()
	if f == nil {
		return nil
	}
	*f = step{object: p.object, up: p, next: p.first, members: p.members + 1}
	f.n = uint8(len(key) + 3)
	f.child, f.unnamed = member(p.object, key)
	f.field, f.quiet, f.whole = f.child.Field, quiet(f.child), whole(f.child.Treat)
	f.text[0], f.text[f.n-2], f.text[f.n-1] = '"', '"', ':'
	copy(f.text[1:], key)
	f.lead = leadOf(&f.text, f.n)
	p.first = f
	p.followers++
	return f
}

func leadOf(text *[span]byte, n uint8) lead {
	l := lead{n: n, tailAt: max(n, 8) - 8, mask: ^uint64(0) >> (64 - 8*min(uint(n), 8))}
	if n > 16 {
		l.middleAt = 8
	}
	le := binary.LittleEndian
	l.head, l.middle, l.tail = le.Uint64(text[:]), le.Uint64(text[l.middleAt:]), le.Uint64(text[l.tailAt:])
	return l
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

// is says whether p's text is at b[i].
func (p *step) is(b []byte, i int) bool {
	return len(b)-i >= int(p.n) && string(b[i:i+int(p.n)]) == string(p.text[:p.n])
}

// named returns the place after p by the key, and makes it the first; nil if it is
// unknown.
func (p *step) named(key []byte) *step {
	var before *step
	for f := p.first; f != nil; before, f = f, f.next {
		if int(f.n) == len(key)+3 && string(f.key()) == string(key) {
			if before != nil {
				before.next, f.next, p.first = f.next, p.first, f
			}
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
