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
			if digits&1 != 0 {
				if (digits|letters)&uuidBits == uuid && b[i+8] == '-' && b[i+13] == '-' && b[i+18] == '-' && b[i+23] == '-' && !p.announces(i, before) {
					pass = i + 36
					continue
				}
				if i >= s.pos && s.numberCandidate(&p, i, bits.TrailingZeros64(^digits), digits, before) {
					s.at(i)
				}
				if run == 64 || fourteen(letters&(1<<run-1)) {
					s.longWords(i)
				}
				if run == 64 || letters&(1<<run-1) != 0 {
					p.word(signPhrase, s.runEnd(i+run)) // its last word may be one: not worth a look
				}
				continue
			}
			if n := bits.TrailingZeros64(^letters); n < run {
				if (digits|letters)&uuidBits == uuid && b[i+8] == '-' && b[i+13] == '-' && b[i+18] == '-' && b[i+23] == '-' && !p.announces(i, before) {
					pass = i + 36
					continue
				}
				if s.mixedCandidate(&p, i, run, digits, before) && i >= s.pos {
					s.at(i)
				}
				p.word(signPhrase, s.runEnd(i+run))
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

// numberCandidate: see digits.
func (s *searcher) numberCandidate(p *seen, i, n int, digits uint64, before uint8) bool {
	b, end := s.b, i+n
	if p.announces(i, before) {
		return true
	}
	next, behindNext := byte(0), byte(0)
	if end < len(b) {
		next = b[end]
		if end+1 < len(b) {
			behindNext = b[end+1]
		}
	}
	group := 0 // digits behind a point
	grouped := false
	if next == '.' && n < runMax {
		group = bits.TrailingZeros64(^(digits >> (n + 1)))
		grouped = end+1+group < len(b) && b[end+1+group] == '.'
	}
	if n < runMax && (next != '.' || grouped) && (next != ' ' || n > 4 || !small(behindNext) || behindNext == 'y') && s.shapes(i, end) != 0 {
		return true
	}
	switch {
	case group >= 4 && n <= 3: // a point on the earth
		return true
	case n >= attachedMin && before&behindJoint != 0 && p.phrase && p.end == i-1: // see attached
		return true
	case (n == 8 || n == 4 || n >= 5 && i > 0 && b[i-1] == '_') && before&behindJoint != 0: // the name of a file
		return true
	case s.hint == schemas.Text && s.dateCandidate(n, end, next, behindNext, digits):
		return true
	case n >= 5 && s.besideCandidate(i):
		return true
	case before == 0:
		return false
	case before&behindBlank == 0:
		return n >= 5 && before&behindPipe != 0 || n == 10 && (before&behindQuote != 0 || b[i-1] == '<') || p.opensSession(b, i)
	}
	return n >= 5 && n <= 20 || p.opensSession(b, i)
}

// opensSession says that the word before b[i], a blank and perhaps a quote may
// stand before a user's name.
func (p *seen) opensSession(b []byte, i int) bool {
	return p.session && (p.end == i-1 || p.end == i-2 && (b[i-1] == '"' || b[i-1] == '\''))
}

// besideCandidate: see cell, cellWord and personPath.
func (s *searcher) besideCandidate(i int) bool { return s.lastPerson > 0 && i-s.lastPerson <= 80 }

// dateCandidate: see dated. digits are those from the number on, which ends at
// b[end].
func (s *searcher) dateCandidate(n, end int, next, behindNext byte, digits uint64) bool {
	switch {
	case n == 8 || n == 12 || n == 14:
		return true
	case n == 3 || n > 4:
		return false
	}
	switch next {
	case '-', '/', '.':
		group := bits.TrailingZeros64(^(digits >> (n + 1)))
		if group == 1 || group == 2 {
			whole := n < 3 && next == '/' || end+1+group < len(s.b) && s.b[end+1+group] == next
			return whole && !(n < 3 && next == '.' && (s.noDay(end-n, end) || s.noDay(end+1, end+1+group)))
		}
		return n < 3 && group == 0 && (behindNext == ' ' || recognizer.IsLetter(behindNext))
	case ' ', ',':
		return n < 3 && (recognizer.IsLetter(behindNext) || behindNext == ' ' || behindNext == '-')
	}
	return n < 3 && recognizer.IsLetter(next)
}

// noDay says that one or two digits are no day of a month: in 0.32.5 and 12.60.1.
func (s *searcher) noDay(i, end int) bool {
	d := s.b[end-1] - '0'
	if end-i == 2 {
		d += 10 * (s.b[i] - '0')
	}
	return d == 0 || d > 31
}

// mixedCandidate: see mixed.
func (s *searcher) mixedCandidate(p *seen, i, run int, digits uint64, before uint8) bool {
	b := s.b
	if p.announces(i, before) || run == 64 {
		return true
	}
	switch {
	case b[i] == 't' && b[i+1] == '1' && i+2 < len(b) && b[i+2] == '.':
		return true
	case run <= 3 && i+run < len(b) && (b[i+run] == '|' || b[i+run] == '*'):
		return true // a segment of HL7 or X12
	case run == 9 && recognizer.IsUpper(b[i]) && recognizer.IsUpper(b[i+1]):
		return true
	case run == 17 && !small(b[i]) && !small(b[i+16]):
		return true
	case run >= opaqueMin:
		return run >= 15 && recognizer.IsUpper(b[i]) && recognizer.IsUpper(b[i+1]) && recognizer.IsDigit(b[i+2]) || opaqueHead(b, i)
	}
	if s.besideCandidate(i) || p.opensSession(b, i) || before&behindJoint != 0 && p.phrase && p.end == i-1 {
		return true
	}
	if n := bits.TrailingZeros64(digits); run-n >= attachedMin && s.e.words.sign(b, i, i+n)&signPhrase != 0 {
		return true // see fused
	}
	if before&(behindBlank|behindPipe) == 0 && (i == 0 || b[i-1] != '_') {
		return false
	}
	return bits.OnesCount64(digits&(1<<run-1)) >= 5
}

func small(c byte) bool { return c-'a' < 26 }

// wordCandidate: see word and prose.
func (s *searcher) wordCandidate(p *seen, i, n int, sign wordSign, before uint8, capitals uint64, prose bool) bool {
	b, end := s.b, i+n
	if n >= opaqueMin {
		return opaqueHead(b, i)
	}
	next := byte(0)
	if end < len(b) {
		next = b[end]
	}
	if (next == '-' || next == '_') && end+1 < len(b) {
		if next == '-' && recognizer.IsDigit(b[end+1]) && p.announces(i, before) || recognizer.IsUpper(b[i]) && recognizer.IsUpper(b[end+1]) {
			return true
		}
	}
	if (sign&(signPhrase|signBefore) != 0 || p.last && i-p.end <= 1) && paired(b, end) {
		return true
	}
	if before&behindJoint != 0 && sign&(signPortrait|signName) != 0 || n <= 3 && (next == '|' || next == '*') {
		return true
	}
	if !prose {
		return false
	}
	if sign&(signCue|signIn|signSQL) != 0 {
		switch {
		case sign&signCue != 0 && capitals>>n&0x1ff != 0, sign&signIn != 0 && p.lives, sign&signSQL != 0 && (s.sql(end) || aliased(b, i, end)):
			return true
		}
	}
	if sign&signRoad != 0 && (next == ' ' || next == '.') {
		return true
	}
	if n == 2 && b[i] == 'P' {
		return true // PO Box
	}
	if p.opensSession(b, i) && (next == 0 || next == '\'' || next == '.' || next == '_' || next == '@' || next == ' ' || next == '"' || next == ',') {
		return true
	}
	if capitals&1 == 0 {
		return false
	}
	if s.besideCandidate(i) {
		return true
	}
	if next == 0 {
		return false
	}
	if next == ' ' && sign&signMonth != 0 {
		return true
	}
	if s.hint != schemas.Text && s.hint != schemas.Query || i > 0 && before&behindBorder == 0 {
		return false
	}
	switch next {
	case ' ', '^', '+': // a capital, or a particle
		return sign&signName != 0 && (capitals>>n&2 != 0 || end+4 < len(b) && (b[end+2] == ' ' || b[end+3] == ' ' || b[end+4] == ' '))
	case ',':
		return capitals>>n&6 != 0
	case '-', '\'':
		return true
	case '.':
		return n == 1
	}
	return false
}

// sql says that a literal or a list may stand behind a word of SQL that ends at
// b[end]: see insert and compare.
func (s *searcher) sql(end int) bool {
	for i := end; i < len(s.b) && i < end+24; i++ {
		switch c := s.b[i]; {
		case c == '(' || c == '\'':
			return true
		case c != ' ' && !recognizer.IsLetter(c):
			return false
		}
	}
	return false
}

// markCandidate: see assign, slash, paren and run.
func (s *searcher) markCandidate(p *seen, i int) bool {
	b := s.b
	if i+1 >= len(b) {
		return false
	}
	next := b[i+1]
	switch b[i] {
	case ':':
		if i > 1 && i+6 < len(b) && b[i+3] == ':' && b[i+6] == ':' || i > 0 && (next == ':' || b[i-1] == ':') {
			return true
		}
		if next == '/' || i > 0 && recognizer.IsDigit(b[i-1]) && recognizer.IsDigit(next) {
			return false
		}
		return (p.phrase || p.generic && s.open > 0) && i-p.end < keyMax
	case '=':
		return (p.phrase || p.generic && s.open > 0) && i-p.end < keyMax
	case '@':
		return true
	case '/':
		if next == '9' || i > 8 && (b[i-1] == 'm' && b[i-4] == '.' || b[i-1] == 'n' && b[i-3] == '/') { // an image, a profile
			return true
		}
		return next == '~' || p.path && p.end == i || i-p.biometric < 64
	case ')', ']', '}':
		s.open = max(0, s.open-1)
		return false
	case '{':
		s.open++
		return false
	case '(':
		s.open++
		return recognizer.IsDigit(next)
	case '+':
		return recognizer.IsDigit(next)
	case '^':
		return i > 0 && recognizer.IsLetter(next) && recognizer.IsLetter(b[i-1])
	case '[':
		s.open++
		return next == labelStart[1]
	case '<':
		s.open++ // of an attribute
		return next == '/' || recognizer.IsLetter(next)
	}
	return true
}
