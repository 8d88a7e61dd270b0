package roster

// joinStart says that no group of the same number stands before b[i].
func joinStart(b []byte, i int) bool {
	return i < 2 || marks[b[i-1]]&isJoin == 0 || b[i-1] == ' ' || !digit(b[i-2])
}

// idKind returns what kind of id canonical text is, or None.
func (s *Scanner) idKind(id []byte) Kind {
	mac, ok := s.r.tables[ids].get(s.r.hash.entry(ids, s.r.hash.bytes(id), 1))
	if !ok {
		return None
	}
	return signed(mac, s.macs.bits(append(s.macs.start(MRN), id...)))
}

// mixed looks at the word of letters and digits that starts at b[i] and changes
// from one to the other at b[mid], and returns where it ends if it is an id.
func (s *Scanner) mixed(b []byte, i, mid int) int {
	if to := uuid(b, i); to > 0 {
		return to
	}
	first := i
	if letter(b[i]) {
		first = mid
	}
	if s.r.prefixes>>min(first-i, 31)&1 == 0 && !(first-i == 3 && b[i]|0x20 == 'm') || i > 0 && alnum(b[i-1]) {
		return 0
	}
	end := runEnd(b, mid)
	if end-i > idMax+3 {
		return 0
	}
	if !s.r.index.Tails && first+runDigits(b[first:end]) < end {
		return 0
	}
	if s.fits(b[i:], first-i, end-i, false) && !(i >= 2 && b[i-1] == '-' && alnum(b[i-2]) && long(b, i)) {
		s.word = append(s.word[:0], b[i:end]...)
		if s.known(b, i, end, false) {
			return end
		}
	}
	if end+1 < len(b) && marks[b[end]]&isJoin != 0 && (digit(b[end+1]) || b[end] == '-') && joinStart(b, i) {
		return s.joined(b, i)
	}
	return 0
}

// fits says that an id of n letters and digits may be the roster's; b[first] is
// the first digit.
func (s *Scanner) fits(b []byte, first, n int, pure bool) bool {
	if n > idMax+3 {
		return false
	}
	if b[first] == '0' { // zeros are cut
		return true
	}
	if pure {
		return s.r.pureLens>>n&1 != 0
	}
	return s.r.mixedLens>>n&1 != 0 || b[0]|0x20 == 'm' && n > 3 && s.r.pureLens>>(n-3)&1 != 0
}

// joined looks for an id in groups that starts at b[i]: MRN-0048213, 12-34-56,
// XYZ 123 456. Where blanks, points and slashes join them, a word must announce it.
func (s *Scanner) joined(b []byte, i int) int {
	found, n, first := 0, 0, -1
	loose, pure := false, true
	for groups, j := 1, i; groups <= 5; groups++ {
		from := j
		for ; j < len(b); j++ {
			if cls := class[b[j]]; cls != clsDigit {
				if cls != clsLetter {
					break
				}
				if pure = false; first >= 0 && (!s.r.index.Tails || first == i && s.r.prefixes&1 == 0) {
					return found // no id goes on with letters
				}
			} else if first < 0 {
				first = j
			}
		}
		n += j - from
		if j == from || n > idMax+3 {
			break
		}
		more := j+1 < len(b) && b[j] == '-' && digit(b[j+1])
		if groups > 1 && first >= 0 && !(pure && more) && s.fits(b[i:], first-i, n, pure) && !date(b[i:j]) {
			s.word = s.word[:0]
			for _, c := range b[i:j] {
				if alnum(c) {
					s.word = append(s.word, c)
				}
			}
			if s.known(b, i, j, loose) {
				found = j
			}
		}
		if j+1 >= len(b) || marks[b[j]]&isJoin == 0 || b[j] != '-' && !digit(b[j+1]) {
			break
		}
		// A short word before the digits is a prefix of the number, whatever joins them.
		loose = loose || b[j] != '-' && !(groups == 1 && letter(b[j-1]))
		j++
	}
	return found
}

// known asks for the id of letters and digits in s.word, which stands at b[i:end],
// and notes it.
func (s *Scanner) known(b []byte, i, end int, loose bool) bool {
	digits := 0
	for k, c := range s.word {
		if digit(c) {
			digits++
		} else {
			s.word[k] = c &^ 0x20
		}
	}
	s.id = append(s.id[:0], s.word...) // the groups that follow need s.word
	id := trimID(s.id)
	if digits < digitMin || len(id) > idMax {
		return false
	}
	sh, pure := shape(id)
	if pure && (len(id) < digitMin || !s.r.idLeads.has(id)) || !pure && !s.r.idShapes.has(sh) {
		return false
	}
	labelled := letter(b[i])
	short := pure && digits < freeMin || !pure && len(id) < freeMin
	if (short || loose || pure && clock(id)) && !(pure && labelled) && !announced(b, i) {
		return false
	}
	k := s.idKind(id)
	if k == None {
		return false
	}
	if pure && labelled && !digit(b[i+3]) { // MRN-0048213: the label stays
		for !digit(b[i]) {
			i++
		}
	}
	s.hit(i, end, k.Finds())
	return true
}
