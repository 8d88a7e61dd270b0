package roster

import "github.com/scrubline/scrubline/scrub/recognizer"

// Hit is a place where a patient of the roster stands: bytes of the text.
type Hit struct {
	From, To int
	Kind     recognizer.Kind
}

// Scanner looks for a roster's patients in text. It is for one goroutine.
type Scanner struct {
	owner  *Roster // keeps the memory of r
	r      *state
	macs   *hmacs
	hits   []Hit
	word   []byte // canonical form of the word or number in hand
	id     []byte
	chain  [partsMax]link
	ends   [2]link
	set    [partsMax]link
	before link // a word that was not asked about, if its to is not 0
	links  int  // words of chain in use: adjacent, each a word of names or an initial
	parts  [][]byte
	bufs   [partsMax][]byte
}

// link is a word of a chain.
type link struct {
	hash     uint64
	from, to int
	role     role
}

// NewScanner returns a scanner of r.
func NewScanner(r *Roster) *Scanner {
	s := &Scanner{owner: r, r: r.s, macs: newHMACs(r.s.mac), word: make([]byte, 0, 256), parts: make([][]byte, 0, partsMax), hits: make([]Hit, 0, 64)}
	for i := range s.bufs {
		s.bufs[i] = make([]byte, 0, 2*wordMax)
	}
	return s
}

// Roster is what the scanner consults.
func (s *Scanner) Roster() *Roster { return s.owner }

// Scan returns where patients stand in b, in no certain order; places may overlap.
// The answer is valid until the next call. It does not allocate.
func (s *Scanner) Scan(b []byte) []Hit {
	s.hits, s.links, s.before.to = s.hits[:0], 0, 0
	for i := 0; i < len(b); {
		switch class[b[i]] {
		case clsLetter, clsHigh:
			i = s.letters(b, i)
		case clsDigit:
			i = s.digits(b, i)
		case clsAt:
			s.mail(b, i)
			i++
		default:
			i++
		}
	}
	return s.hits
}

func (s *Scanner) hit(from, to int, k recognizer.Kind) { s.hits = append(s.hits, Hit{from, to, k}) }

// letters looks at the word that starts at b[i] and returns where to go on.
func (s *Scanner) letters(b []byte, i int) int {
	// Nearly all words of logs are short, of ASCII, of no name, and end here.
	if len(b) >= 8 {
		n, y := lettersOf(load(b, i))
		end, stop, number := i+n, byte(0), false // number: digits follow what follows
		if end+1 < len(b) {
			stop, number = b[end], digit(b[end+1])
		} else if end < len(b) {
			stop = b[end]
		}
		m := marks[stop]
		switch {
		case n == 0 || n == 8 || stop >= 0x80: // another letter may follow
		case digit(stop):
			return s.numbered(b, i, end)
		case number && s.r.prefixes>>n&1 != 0 && m&isJoin != 0:
		case s.links == 0 && s.before.to == 0 && (number || m&isLink == 0): // alone, whatever it is
			return end
		default:
			hash := s.r.hash.last(s.r.hash.k0, y&(1<<(8*n)-1), n)
			s.named(b, link{from: i, to: end, hash: hash})
			return end
		}
	}
	end, hash, ok := s.wordAt(b, i)
	switch {
	case end == i: // a character beyond ASCII that is no letter
		return i + max(1, dashLen(b, i))
	case end < len(b) && digit(b[end]):
		return s.numbered(b, i, end)
	case end+1 < len(b) && marks[b[end]]&isJoin != 0 && digit(b[end+1]) && s.r.prefixes>>min(end-i, 31)&1 != 0:
		if to := s.joined(b, i); to > 0 {
			s.links = 0
			return to
		}
	}
	if ok {
		s.named(b, link{from: i, to: end, hash: hash})
	} else {
		s.links = 0
	}
	return end
}

// numbered looks at the word b[i:end] that digits follow, and returns where to go
// on.
func (s *Scanner) numbered(b []byte, i, end int) int {
	if next := s.mixed(b, i, end); next > 0 {
		s.links = 0
		return next
	}
	if s.links > 0 || s.before.to > 0 {
		if _, hash, ok := s.wordAt(b, i); ok { // jane_doe2
			s.named(b, link{from: i, to: end, hash: hash})
		}
	}
	if end+2 < len(b) && digit(b[end+2]) && announces(b[i:end]) { // patient48213977
		return end
	}
	return runEnd(b, end)
}

// named adds a word to the chain if it is one of names, or an initial. A name has
// two words or more: until there is a chain, only every second of the words that
// could be one is asked about, and the one before it if it is of names.
func (s *Scanner) named(b []byte, l link) {
	if l.from > 0 && digit(b[l.from-1]) {
		s.links, s.before.to = 0, 0
		return
	}
	if s.links == 0 && (s.before.to == 0 || !linked(b, s.before.to, l.from)) {
		s.before = l
		return
	}
	before := s.before
	s.before.to = 0
	if l.role = s.r.roles.name(l.hash); l.role == 0 && l.to-l.from > 1 {
		s.links = 0
		return
	}
	if s.links == 0 && before.to > 0 {
		if before.role = s.r.roles.name(before.hash); before.role != 0 || before.to-before.from == 1 {
			s.chained(b, before)
		}
	}
	s.chained(b, l)
}

// chained adds a word to the chain, or begins another with it.
func (s *Scanner) chained(b []byte, l link) {
	if s.links > 0 && !linked(b, s.chain[s.links-1].to, l.from) {
		s.links = 0
	}
	if s.links == partsMax {
		copy(s.chain[:], s.chain[1:])
		s.links--
	}
	s.chain[s.links] = l
	if s.links++; s.links > 1 {
		s.name(b)
	}
}

// linked says that b[i:j] may stand between two words of a name.
func linked(b []byte, i, j int) bool {
	if j-i > 4 || i == j {
		return false
	}
	for i < j {
		if d := dashLen(b, i); d > 0 {
			i += d
		} else if marks[b[i]]&isLink == 0 {
			return false
		} else {
			i++
		}
	}
	return true
}

// name looks for names that end with the last word of the chain.
func (s *Scanner) name(b []byte) {
	c := s.chain[:s.links]
	last := &c[len(c)-1]
	if p := &c[len(c)-2]; couple(p.role, last.role) && likely(b, p, last) {
		s.ask(b, p.hash+last.hash, c[len(c)-2:])
	}
	if len(c) > 2 {
		p, m := &c[len(c)-3], &c[len(c)-2]
		if couple(p.role, last.role) && (m.role != 0 || m.to-m.from == 1) && likely(b, p, last) {
			s.ends = [2]link{*p, *last}
			s.ask(b, p.hash+last.hash, s.ends[:])
		}
	}
	if last.role == 0 || len(c) < 3 || !s.r.roles.has(last.hash, several) {
		return
	}
	sum, roles, at, skipped := last.hash, last.role, partsMax-1, false
	s.set[at] = *last
	for k := len(c) - 2; k >= 0; k-- {
		if c[k].role == 0 || !s.r.roles.has(c[k].hash, several) {
			if skipped { // one may be a middle name: Mary Ann Q. Smith, José Luis O'Brien
				return
			}
			skipped = true
			continue
		}
		at--
		s.set[at] = c[k]
		sum, roles = sum+c[k].hash, roles|c[k].role
		n := partsMax - at
		if n < 3 || roles&(given|family) != given|family {
			continue
		}
		if s.r.index.Sets>>n&1 != 0 {
			s.ask(b, sum, s.set[at:])
		}
		if n > 3 && s.r.index.Sets>>(n-1)&1 != 0 { // the second word may be a middle name
			middle := s.set[at+1]
			s.set[at+1] = s.set[at]
			s.ask(b, sum-middle.hash, s.set[at+1:])
			s.set[at+1] = middle
		}
	}
}

// couple says that one may be a given name and the other a family name.
func couple(a, b role) bool { return a&given != 0 && b&family != 0 || a&family != 0 && b&given != 0 }

// likely says that two words are no ordinary ones, or written as names are: Mark
// Long, MARK LONG, but not mark_long or MARK_LONG.
func likely(b []byte, p, q *link) bool {
	if !common(b[p.from:p.to]) || !common(b[q.from:q.to]) {
		return true
	}
	if !upper(b[p.from]) || !upper(b[q.from]) {
		return false
	}
	if p.to-p.from > 1 && upper(b[p.from+1]) || q.to-q.from > 1 && upper(b[q.from+1]) {
		for _, c := range b[p.to:q.from] {
			if c == ' ' || c == ',' || c == '^' || c == '*' {
				return true
			}
		}
		return false
	}
	return true
}

// common says that a word alone tells of no name.
func common(w []byte) bool { return len(w) < 3 || ordinary(w) }

// ask asks for the name that has the words.
func (s *Scanner) ask(b []byte, sum uint64, words []link) {
	mac, ok := s.r.tables[names].get(s.r.hash.entry(names, sum, len(words)))
	if !ok {
		return
	}
	s.parts = s.parts[:0]
	for i := range words {
		w := s.bufs[i][:0]
		for j := words[i].from; j < words[i].to; {
			out, n, _ := appendFolded(w, b[j:])
			w = out
			j += n
		}
		s.bufs[i] = w
		s.parts = append(s.parts, w)
	}
	if s.macs.bits(appendSet(s.macs.start(FullName), s.parts)) != mac {
		return
	}
	from, to := words[0].from, words[len(words)-1].to
	s.hit(from, initial(b, to), recognizer.PersonName)
}

// initial takes an initial behind a name: "Doe, Jane Q".
func initial(b []byte, to int) int {
	if to+1 < len(b) && (b[to] == ' ' || b[to] == '^' || b[to] == '_' || b[to] == '*') && upper(b[to+1]) && (to+2 == len(b) || class[b[to+2]] == clsOther) {
		return to + 2
	}
	return to
}

// mail looks for an e-mail address around the @ at b[at].
func (s *Scanner) mail(b []byte, at int) {
	from, to := at, at+1
	for from > 0 && at-from < 64 && marks[b[from-1]]&isMail != 0 {
		from--
	}
	for to < len(b) && to-at < 64 && (marks[b[to]]&isMail != 0) {
		to++
	}
	for to > at+1 && class[b[to-1]] == clsOther {
		to--
	}
	for from < at && class[b[from]] == clsOther {
		from++
	}
	if from == at || to == at+1 || to-from > mailMax || len(s.r.tables[emails].parts) == 0 {
		return
	}
	s.word, _ = canonicalEmail(s.word[:0], b[from:to])
	if mac, ok := s.r.tables[emails].get(s.r.hash.entry(emails, s.r.hash.bytes(s.word), 1)); ok && s.macs.bits(append(s.macs.start(Email), s.word...)) == mac {
		s.hit(from, to, recognizer.Email)
	}
}
