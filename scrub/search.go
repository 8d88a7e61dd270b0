package scrub

import (
	"math/bits"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/classes"
	"github.com/scrubline/scrubline/scrub/recognizer"
)

// What a byte can start.
const (
	stDigit = iota + 1
	stLetter
	stAssign // = or :
	stAt
	stSlash
	stBracket // a label of ours
	stParen
	stPlus
	stCaret
	stTag
)

var start = func() (t [256]uint8) {
	for c := range t {
		switch b := byte(c); {
		case recognizer.IsDigit(b):
			t[c] = stDigit
		case recognizer.IsLetter(b):
			t[c] = stLetter
		}
	}
	t['='], t[':'] = stAssign, stAssign
	t['@'], t['/'], t['['], t['('] = stAt, stSlash, stBracket, stParen
	t['+'], t['^'], t['<'] = stPlus, stCaret, stTag
	return t
}()

// searcher is one pass over a text.
type searcher struct {
	e         *Engine
	v         view
	b         []byte
	hint      schemas.Hint
	depth     int
	pos       int  // everything before it is done
	narrative bool // a person wrote the text
	lower     bool // and without capitals
	lastName  int  // where the last name that was found ends
	open      int  // brackets; not counted when looking at each byte

	params int // of a statement whose values were looked for

	lastPerson int             // where the last value of a person ends
	lastKind   recognizer.Kind // and its kind

	outer []byte          // in markup: the name of the element around
	field recognizer.Kind // in markup: of the HL7 field around
	told  recognizer.Kind // in markup: of the attribute or slot around, by its name
	about resourceClass   // in markup: whom the FHIR resource around is about
	ids   bool            // in markup: in an identifier of it
	ajar  int             // in markup: up to where the end of an organisation was looked for in vain
}

// run searches the text. Texts of persons are looked at byte by byte, others at
// candidates only.
func (s *searcher) run(blocks []classes.Block) {
	if s.narrative || s.e.slow {
		s.every()
	} else {
		s.candidates(blocks)
	}
}

// every looks at each byte.
func (s *searcher) every() {
	s.open = 1
	for s.pos < len(s.b) {
		st := start[s.b[s.pos]]
		if s.narrative && (st == stDigit || st == stLetter || st == stParen) && s.free() {
			continue
		}
		s.step(st)
	}
}

// at looks at b[i].
func (s *searcher) at(i int) {
	s.pos = i
	s.step(start[s.b[i]])
}

// step looks at what starts at pos and goes on behind it.
func (s *searcher) step(st uint8) {
	b := s.b
	switch st {
	case stDigit:
		s.digits()
	case stLetter:
		s.word()
	case stAssign:
		s.assign()
	case stAt:
		if from, to := recognizer.EmailAt(b, s.pos); to > 0 && ours(b[s.pos+1:]) == 0 && s.hint != schemas.UserAgent && !hasToken(b[s.pos:to]) {
			s.take(from, to, recognizer.Email)
		} else {
			s.pos++
		}
	case stSlash:
		if s.hint == schemas.UserAgent {
			s.pos++
			return
		}
		s.slash()
	case stBracket:
		s.pos += max(1, ours(b[s.pos:]))
	case stParen:
		s.paren()
	case stTag:
		s.tag()
	case stPlus:
		if end := recognizer.PlusPhone(b, s.pos); end > 0 {
			s.take(s.pos, end, recognizer.Phone)
		} else {
			s.pos++
		}
	case stCaret:
		if s.assigned(s.pos) {
			return
		}
		if from, to := recognizer.CaretName(b, s.pos); to > 0 {
			s.name(from, to)
		} else {
			s.pos++
		}
	default:
		s.pos++
	}
}

// take notes a match and goes on after it.
func (s *searcher) take(from, to int, k recognizer.Kind) {
	s.e.add(&s.v, from, to, k)
	s.pos = to
	s.note(from, to, k)
}

// dateDigits are how many digits a date may start with: a day or month, a year, or
// all of it with or without a century or a time of day. One that starts with another
// number of them is none (package recognizer).
const dateDigits = 1<<1 | 1<<2 | 1<<4 | 1<<6 | 1<<8 | 1<<12 | 1<<14

// digits looks at the run of digits at pos.
func (s *searcher) digits() {
	b, i := s.b, s.pos
	end := i
	for end < len(b) && recognizer.IsDigit(b[end]) {
		end++
	}
	if i > 0 && (recognizer.IsWord(b[i-1]) || b[i-1] == '(' && dicomAt(b, i-1)) {
		s.pos = end
		return
	}
	if s.announced(i) || end-i < runMax && s.attached(i, end, end-i) || s.hex(i) {
		return
	}
	if end-i == 8 && b[i] == '0' && end < len(b) && b[end] == '=' && s.dicomParameter(i, end) {
		return
	}
	if n := end - i; n < runMax {
		for set := s.shapes(i, end); set != 0; set &= set - 1 {
			k := recognizer.Kind(bits.TrailingZeros64(set))
			to := recognizer.All[k].Shape(b, i)
			if to == 0 {
				continue
			}
			if k == recognizer.IPAddress && s.hint == schemas.UserAgent {
				continue // a version: rv:1.8.1.4
			}
			if k == recognizer.IPAddress {
				s.iisUser(i)
				s.e.address(&s.v, i, to)
				s.pos = to
			} else {
				s.take(i, to, k)
				if k == recognizer.StreetAddress {
					s.pos = s.place(to)
				}
			}
			return
		}
		if n == 8 {
			if s.hint == schemas.Text && s.fixedWidth(i, end) {
				return
			}
			if from, to := recognizer.FileNameAt(b, i); to > 0 {
				s.e.add(&s.v, from, to, recognizer.PersonName)
				s.pos = to
				return
			}
		}
		if n == 4 {
			if s.pathDate(i) {
				return
			}
			if from, to := recognizer.ISOFileNameAt(b, i); to > 0 {
				s.e.add(&s.v, from, to, recognizer.PersonName)
				s.pos = to
				return
			}
		}
	}
	if from, to := recognizer.PointAt(b, i); to > 0 {
		s.take(from, to, recognizer.GeoPoint)
		return
	}
	if s.hint == schemas.Text && dateDigits>>(end-i)&1 == 1 && s.dated(i, end) || s.context(i, end, end-i) {
		return
	}
	s.pos = max(s.pos, end)
}

// paren looks at an opening bracket: (415) 555-0100, a UDI, a DICOM tag.
func (s *searcher) paren() {
	b, i := s.b, s.pos
	s.pos++
	if i+5 < len(b) && b[i+4] == ')' {
		if end := recognizer.All[recognizer.Phone].Value(b, i, false); end > 0 {
			s.take(i, end, recognizer.Phone)
		}
		return
	}
	if recognizer.UDIAt(b, i) {
		if end := recognizer.All[recognizer.Device].Value(b, i, false); end > 0 {
			s.take(i, end, recognizer.Device)
		}
		return
	}
	s.dicom(i)
}

// ipv6 looks for an address around the colons at i.
func (s *searcher) ipv6(i int) int {
	j := i
	for j > 0 && i-j < 40 && (recognizer.IsWord(s.b[j-1]) || s.b[j-1] == ':') {
		j--
	}
	to := recognizer.IPv6At(s.b, j)
	if to > i {
		s.e.address(&s.v, j, to)
		return to
	}
	return 0
}
