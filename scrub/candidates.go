package scrub

import (
	"math/bits"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/classes"
	"github.com/scrubline/scrubline/scrub/recognizer"
)

// What may stand before a number or a word so that it can be a value.
const (
	behindWord   = 1 << iota // announced by the words before it
	behindBlank              // of a number in prose
	behindQuote              // of a telephone number
	behindPipe               // of a FHIR search
	behindJoint              // of a date in the name of a file, or of a portrait
	behindBorder             // of a name in prose
)

var behind = func() (t [256]uint8) {
	for _, c := range " #:.('\"[<" {
		t[c] |= behindWord
	}
	t[' '] |= behindBlank
	t['#'] |= behindBlank
	t['('] |= behindBlank
	t['"'] |= behindQuote
	t['\''] |= behindQuote
	t['|'] |= behindPipe
	t['_'] |= behindJoint
	t['-'] |= behindJoint
	for c, is := range pairStart {
		if is {
			t[c] |= behindBorder
		}
	}
	return t
}()

// uuid has the letters and digits of 8-4-4-4-12.
const uuid = 0xff | 0xf<<9 | 0xf<<14 | 0xf<<19 | 0xfff<<24

// uuidBits are those of a UUID and of the byte behind it.
const uuidBits = 1<<37 - 1

// seen is what the words that a search has passed can mean to those that follow.
type seen struct {
	end            int  // of the last run of letters
	phrase         bool // one of its last two words can end a phrase that announces something
	generic        bool // it announces something together with what encloses it
	last           bool // its last word can
	session, lives bool // it can be the last word before a user, or before "in" a place
	path           bool // the segment behind it identifies somebody
	biometric      int  // where the last word of biometric data ended
}

// word takes the run of letters with the sign s that ends at end.
func (p *seen) word(s wordSign, end int) {
	before := s&signBefore != 0
	if s&signOne != 0 {
		before = p.last
	}
	p.last, p.generic = s&signPhrase != 0, s&signGeneric != 0
	p.phrase = p.last || before
	p.end, p.session, p.lives, p.path = end, s&signSession != 0, s&signLives != 0, s&signPath != 0
	if s&signBiometric != 0 {
		p.biometric = end
	}
}

// announces says that the words before b[i] may announce a value there.
func (p *seen) announces(i int, before uint8) bool {
	return p.phrase && before&behindWord != 0 && i-p.end <= 4
}

// candidates does what every does, but looks at candidates only: what stands at a
// place, what is before it and what the words before it say must leave something
// for every to find there. Most words and numbers of a log are passed with a look
// at their length, their neighbours and the sign of the word.
func (s *searcher) candidates(blocks []classes.Block) {
	b := s.b
	prose := s.hint == schemas.Text || s.hint == schemas.Query || s.hint == schemas.URL || s.hint == schemas.Header || s.hint == schemas.MapKey
	p := seen{end: -100, biometric: -100}
	carry, pass := uint64(0), 0
	for w := 0; w+1 < len(blocks); w++ {
		k := &blocks[w]
		word := k.Digit | k.Letter
		starts := word&^(word<<1|carry) | k.Mark
		carry = word >> 63
		for ; starts != 0; starts &= starts - 1 {
			shift := bits.TrailingZeros64(starts)
			i := w<<6 + shift
			if i < pass {
				continue
			}
			if k.Mark>>shift&1 != 0 {
				if s.markCandidate(&p, i) && i >= s.pos {
					s.at(i)
				}
				continue
			}
			next := &blocks[w+1]
			digits := k.Digit>>shift | next.Digit<<1<<(63-shift)
			letters := k.Letter>>shift | next.Letter<<1<<(63-shift)
			run := bits.TrailingZeros64(^(digits | letters))
			before := uint8(0)
			if i > 0 {
				before = behind[b[i-1]]
			}
			if (digits|letters)&uuidBits == uuid && digits&uuid != 0 && hyphens(b[i:]) && hexadecimal(b[i:i+8]) && !p.announces(i, before) && (before&behindJoint == 0 || digits&0xff != 0xff) { // lee_ann_19500309-… is a file first of all
				pass = i + 36
				continue
			}
			if digits&1 != 0 {
				if i >= s.pos && (s.numberCandidate(&p, i, bits.TrailingZeros64(^digits), digits, before) || run >= hexLeast && hexHead(b, i+hexMark(b, i))) {
					s.at(i)
				}
				if run == 64 || fourteen(letters&(1<<run-1)) {
					s.longWords(i)
				}
				if run == 64 || letters&(1<<run-1) != 0 {
					p.word(signPhrase|signLives|signSession, s.runEnd(i+run)) // its last word may be one: not worth a look
				}
				continue
			}
			if n := bits.TrailingZeros64(^letters); n < run {
				if s.mixedCandidate(&p, i, run, digits, before) && i >= s.pos {
					s.at(i)
				}
				p.word(signPhrase|signLives|signSession, s.runEnd(i+run))
				continue
			}
			n := s.runEnd(i+run) - i
			sign := s.e.words.sign(b, i, i+n)
			capitals := k.Capital>>shift | next.Capital<<1<<(63-shift)
			if s.wordCandidate(&p, i, n, sign, before, capitals, prose) && i >= s.pos {
				s.at(i)
			}
			p.word(sign, i+n)
		}
	}
	s.pos = len(b)
}

// hyphens says that b, whose letters and digits are those of a UUID, is one.
func hyphens(b []byte) bool { return b[8] == '-' && b[13] == '-' && b[18] == '-' && b[23] == '-' }

// hexadecimal says that w has no letters but those of hexadecimal digits.
func hexadecimal(w []byte) bool {
	for _, c := range w {
		if hexDigit(c) < 0 {
			return false
		}
	}
	return true
}

// fourteen says that 14 bits in a row are set.
func fourteen(m uint64) bool {
	m &= m >> 1
	m &= m >> 2
	m &= m >> 4
	return m&(m>>6) != 0
}

// longWords looks at the long words of the run of letters and digits at i, which
// starts with a digit.
func (s *searcher) longWords(i int) {
	for b, n := s.b, 0; i < len(b) && recognizer.IsWord(b[i]); i++ {
		if n++; recognizer.IsDigit(b[i]) {
			n = 0
		}
		if n == opaqueMin && i+1-n >= s.pos {
			s.at(i + 1 - n)
			n = 0
		}
	}
}

// runEnd returns the end of the run of letters and digits that goes on to b[i] at
// least.
func (s *searcher) runEnd(i int) int {
	for i < len(s.b) && recognizer.IsWord(s.b[i]) {
		i++
	}
	return i
}
