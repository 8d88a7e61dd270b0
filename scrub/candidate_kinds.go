package scrub

import (
	"math/bits"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/recognizer"
)

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
		if at := end + 1 + group; at < len(b) {
			c := b[at]
			grouped = c == '.' || n == 3 && group == 3 && (c == ' ' || c == '-' || c >= 0x80) // 415.555 0100
		}
	}
	if n < runMax && (next != '.' || grouped) && (next != ' ' || n > 4 || !small(behindNext) || behindNext == 'y') && s.shapes(i, end) != 0 {
		return true
	}
	switch {
	case group >= 4 && n <= 3: // a point on the earth
		return true
	case n == 8 && next == '=' && b[i] == '0': // an element of DICOM
		return true
	case n == 4 && next == '-' && i > 0 && b[i-1] == '/': // see pathDate
		return true
	case n >= 10 && i > 0 && b[i-1] == '/' && n <= 11: // see context
		return true
	case n >= attachedMin && before&behindJoint != 0 && p.phrase && p.end == i-1: // see attached
		return true
	case (n == 8 || n == 4 || n >= 5 && i > 0 && (b[i-1] == '_' || next == '.' || next == '/' || next == '?' || next == ' ' || next == 0)) && before&behindJoint != 0: // the name of a file
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
	if p.announces(i, before) || run == 64 || before&behindJoint != 0 && p.phrase && p.end == i-1 {
		return true
	}
	switch {
	case b[i] == 't' && b[i+1] == '1' && i+2 < len(b) && b[i+2] == '.':
		return true
	case compressedAt(b, i), b[i] == 'x' && run > hexLeast && hexHead(b, i+hexMark(b, i)):
		return true
	case run <= 3 && i+run < len(b) && (b[i+run] == '|' || b[i+run] == '*'):
		return true // a segment of HL7 or X12
	case run == 4 && b[i] == 'A' && b[i+1] == 'M' && b[i+2] == '0': // a segment of NCPDP
		return true
	case run == 9 && recognizer.IsUpper(b[i]) && recognizer.IsUpper(b[i+1]):
		return true
	case run == 17 && !small(b[i]) && !small(b[i+16]):
		return true
	case run >= opaqueMin:
		return run >= 15 && recognizer.IsUpper(b[i]) && recognizer.IsUpper(b[i+1]) && recognizer.IsDigit(b[i+2]) || opaqueHead(b, i)
	}
	if s.besideCandidate(i) || p.opensSession(b, i) {
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
		return opaqueHead(b, i) || (sign&(signPhrase|signBefore) != 0 || p.last && i-p.end <= 1) && paired(b, end)
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
	if b[i] == 'A' && string(b[i:end]) == "ANSI" || b[i] == 'N' && string(b[i:end]) == "NCPDP" || n == 3 && next == '-' && end+1 < len(b) && recognizer.IsDigit(b[end+1]) && sign&signPhrase != 0 { // see licence, telecom, terser
		return true
	}
	if before&behindJoint != 0 && sign&(signPortrait|signName) != 0 || n <= 3 && (next == '|' || next == '*' || next == '+' && string(b[i:end]) == "PTT") {
		return true
	}
	if !prose {
		return s.hint == schemas.UserAgent && next == '\'' && sign&signName != 0 // see owner
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
	if p.phrase && i-p.end <= 2 && b[p.end] == ' ' && recognizer.Capital(b, i) && columnEnds(b, p.end) { // see behindColumn
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
	if next == '\'' && sign&signName != 0 { // see owner
		return true
	}
	if s.hint != schemas.Text && s.hint != schemas.Query || i > 0 && before&behindBorder == 0 {
		return false
	}
	switch next {
	case ' ', '^', '+': // a capital, a particle, or what people do
		return capitals&1 != 0 && bracketed(b, end) || sign&signName != 0 && (capitals>>n&2 != 0 || recognizer.Does(b, end) || end+4 < len(b) && (b[end+2] == ' ' || b[end+3] == ' ' || b[end+4] == ' '))
	case ',':
		return capitals>>n&6 != 0
	case '|', '\t', '"', ']': // see sideBySide, boundName
		return sign&signName != 0
	case '-', '\'':
		return true
	case '.':
		return n == 1
	}
	return false
}

// bracketed says that a bracket opens behind the word that ends at b[end], or behind
// it and an initial: see NamePair.
func bracketed(b []byte, end int) bool {
	return end+3 < len(b) && (b[end+1] == '(' || b[end+3] == '(' && b[end+2] == ' ')
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
		return next == '~' || recognizer.IsUpper(next) || p.path && p.end == i || i-p.biometric < 64
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
		return i > 0 && (recognizer.IsLetter(next) && recognizer.IsLetter(b[i-1]) || next == '^' && recognizer.IsWord(b[i-1]))
	case '[':
		s.open++
		return next == labelStart[1]
	case '<':
		s.open++ // of an attribute
		return next == '/' || recognizer.IsLetter(next)
	}
	return true
}
