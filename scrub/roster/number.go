package roster

import "github.com/scrubline/scrubline/scrub/recognizer"

// digits looks at the run of digits that starts at b[i], before which no letter
// stands, and returns where to go on.
func (s *Scanner) digits(b []byte, i int) int {
	end := i + 1
	for end < len(b) && digit(b[end]) {
		end++
	}
	n := end - i
	if n == 4 {
		if to := stamp(b, i, end); to > 0 {
			return to
		}
	}
	if to := uuid(b, i); to > 0 {
		return to
	}
	if end < len(b) && letter(b[end]) { // 5th, 200ms, hexadecimal
		if s.r.prefixes&1 != 0 {
			if next := s.mixed(b, i, end); next > 0 {
				return next
			}
		}
		if n <= 6 && (end+1 == len(b) || !alnum(b[end+1])) { // 12B Oak Street
			if next := s.street(b, i); next > 0 {
				return next
			}
		}
		return runEnd(b, end)
	}
	if n >= digitMin && s.r.runs>>min(n, 63)&1 != 0 && s.number(b, i, end) {
		return end
	}
	if end+1 >= len(b) {
		return end
	}
	c, m := b[end], marks[b[end]]
	if c < 0x80 && m&(isJoin|isDial) == 0 && c != '+' {
		return end
	}
	next := 0
	if n == 3 || n == 6 || n == 1 && b[i] == '1' || i > 0 && b[i-1] == '+' {
		next = s.dialed(b, i, end)
	}
	if next == 0 && n <= 6 && (c == ' ' || c == '+' || c == '_' || c == '-' && letter(b[end+1]) || c == 0xc2) {
		next = s.street(b, i)
	}
	if next == 0 && m&isJoin != 0 && (digit(b[end+1]) || c == '-') && joinStart(b, i) {
		next = s.joined(b, i)
	}
	return max(end, next)
}

// stamp returns where the time that starts at b[i] ends, 0 if there is none:
// 2026-03-01, 2026-03-01T10:15:32. b[end] is behind the first digits.
func stamp(b []byte, i, end int) int {
	if i+10 > len(b) || b[end] != '-' && b[end] != '/' || b[i+7] != b[end] || !digit(b[i+5]) || !digit(b[i+6]) || !digit(b[i+8]) || !digit(b[i+9]) || b[i] != '1' && b[i] != '2' {
		return 0
	}
	if i+10 < len(b) && digit(b[i+10]) || i > 0 && b[i-1] == '-' {
		return 0
	}
	if i+19 <= len(b) && (b[i+10] == 'T' || b[i+10] == ' ') && b[i+13] == ':' && b[i+16] == ':' && digit(b[i+11]) && digit(b[i+18]) {
		return i + 19
	}
	return i + 10
}

// uuid returns where the UUID that starts at b[i] ends, 0 if there is none. Every
// line of a log may have some; their groups are no numbers of persons.
func uuid(b []byte, i int) int {
	if i+36 > len(b) || b[i+8] != '-' || b[i+13] != '-' || b[i+18] != '-' || b[i+23] != '-' {
		return 0
	}
	for _, c := range b[i : i+36] {
		if !digit(c) && c|0x20-'a' > 5 && c != '-' {
			return 0
		}
	}
	if i+36 < len(b) && alnum(b[i+36]) {
		return 0
	}
	return i + 36
}

// joinStart says that no group of the same number stands before b[i].
func joinStart(b []byte, i int) bool {
	return i < 2 || marks[b[i-1]]&isJoin == 0 || b[i-1] == ' ' || !digit(b[i-2])
}

// number looks for the run of digits b[i:end] among ids and telephone numbers.
func (s *Scanner) number(b []byte, i, end int) bool {
	n := end - i
	if fragment(b, i, end) {
		return false
	}
	if n >= 9 && n <= 15 {
		p := b[i:end]
		if n == 11 && p[0] == '1' {
			p = p[1:]
		}
		if s.phone(p) {
			if i > 0 && b[i-1] == '+' {
				i--
			}
			s.hit(i, end, recognizer.Phone)
			return true
		}
	}
	id := b[i:end]
	for len(id) > digitMin && id[0] == '0' {
		id = id[1:]
	}
	if !s.r.idLeads.has(id) {
		return false
	}
	if n < freeMin || clock(b[i:end]) {
		if !announced(b, i) {
			return false
		}
	}
	k := s.idKind(id)
	if k == None {
		return false
	}
	s.hit(i, end, k.Finds())
	return true
}

// fragment says that a run of digits is part of something else that programs
// write: a fraction, a version, an account in an ARN, a UUID.
func fragment(b []byte, i, end int) bool {
	if i >= 2 && digit(b[i-2]) && b[i-1] == '.' || end+1 < len(b) && digit(b[end+1]) && b[end] == '.' {
		return true
	}
	if end-i == 12 && i > 0 && b[i-1] == ':' && end < len(b) && b[end] == ':' {
		return true
	}
	return i >= 2 && b[i-1] == '-' && alnum(b[i-2]) && long(b, i) // the end of a UUID
}

// long says that hexadecimal groups stand before b[i], as in a UUID.
func long(b []byte, i int) bool {
	j, dashes := i, 0
	for j > 0 && i-j < 24 && (b[j-1] == '-' || digit(b[j-1]) || b[j-1]|0x20-'a' < 6) {
		if j--; b[j] == '-' {
			dashes++
		}
	}
	return i-j >= 9 && dashes >= 2
}

// clock says that digits are a date or a time as programs count: 20260301,
// 20260301101500, seconds since 1970 or a thousandth, millionth … of them.
func clock(d []byte) bool {
	switch len(d) {
	case 8, 12, 14:
		year, month, day := int(d[0]-'0')*10+int(d[1]-'0'), int(d[4]-'0')*10+int(d[5]-'0'), int(d[6]-'0')*10+int(d[7]-'0')
		return (year == 19 || year == 20) && month >= 1 && month <= 12 && day >= 1 && day <= 31
	case 10, 13, 16, 19:
		return d[0] == '1' && d[1] >= '4' // from 2014 to 2033
	}
	return false
}

// announced says that a word before b[i] says that an identifier follows.
func announced(b []byte, i int) bool {
	from := max(0, i-40)
	for j := i; j > from; {
		for j > from && !letter(b[j-1]) {
			j--
		}
		end := j
		for j > from && letter(b[j-1]) {
			j--
		}
		if announces(b[j:end]) {
			return true
		}
	}
	return false
}

func announces(w []byte) bool {
	var f [12]byte
	if len(w) < 2 || len(w) > len(f) {
		return false
	}
	for i, c := range w {
		f[i] = c | 0x20
	}
	switch string(f[:len(w)]) {
	case "mrn", "mrns", "patient", "patients", "patientid", "pt", "ptid", "pid", "member", "members", "memberid", "chart", "charts", "medical", "med",
		"record", "records", "recordno", "subscriber", "insured", "enrollee", "account", "acct", "guarantor", "empi", "hospital", "ssn":
		return true
	}
	return false
}

// idKind returns what kind of id canonical text is, or None.
func (s *Scanner) idKind(id []byte) Kind {
	mac, ok := s.r.tables[ids].get(s.r.hash.entry(ids, s.r.hash.bytes(id), 1))
	if !ok {
		return None
	}
	return signed(mac, s.macs.bits(append(s.macs.start(MRN), id...)))
}

// phone says whether the digits are a telephone number of the roster.
func (s *Scanner) phone(p []byte) bool {
	if !s.r.phoneLeads.has(p) {
		return false
	}
	mac, ok := s.r.tables[phones].get(s.r.hash.entry(phones, s.r.hash.bytes(p), 1))
	return ok && s.macs.bits(append(s.macs.start(Phone), p...)) == mac
}

// dialed looks for a telephone number in groups, the first of which is b[i:end],
// and returns where it ends.
func (s *Scanner) dialed(b []byte, i, end int) int {
	n := end - i
	if n > 8 || len(s.r.tables[phones].parts) == 0 {
		return 0
	}
	if n > 2 && !s.r.phoneLeads.some(b[i:]) {
		return 0
	}
	s.word = append(s.word[:0], b[i:end]...)
	groups := 1
	for j := end; groups < 6; groups++ {
		gap := 0
		for j < len(b) && gap < 3 {
			if d := dashLen(b, j); d > 0 {
				j += d
			} else if marks[b[j]]&isDial != 0 {
				j++
			} else {
				break
			}
			gap++
		}
		from := j
		for j < len(b) && digit(b[j]) {
			j++
		}
		if gap == 0 || j == from || len(s.word)+j-from > 15 {
			return 0
		}
		s.word = append(s.word, b[from:j]...)
		p := s.word
		if len(p) == 11 && p[0] == '1' {
			p = p[1:]
		}
		if len(p) < 9 || j < len(b) && (alnum(b[j]) && b[j]|0x20 != 'x' && b[j]|0x20 != 'e') {
			continue
		}
		if s.phone(p) && !dotted(b[i:j]) {
			if i > 0 && b[i-1] == '(' || i > 0 && b[i-1] == '+' {
				i--
			}
			s.hit(i, j, recognizer.Phone)
			return j
		}
	}
	return 0
}

// dotted says that there are three points, as in an address of the network.
func dotted(b []byte) bool {
	n := 0
	for _, c := range b {
		if c == '.' {
			n++
		}
	}
	return n > 2
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

// date says that groups of digits are a date: 2026-03-01, 3-1-2026.
func date(b []byte) bool {
	var n [4]int
	g := 0
	for _, c := range b {
		switch {
		case digit(c):
			n[g]++
		case g == 2 || letter(c):
			return false
		default:
			g++
		}
	}
	return g == 2 && (n[0] == 4 && n[1] <= 2 && n[2] <= 2 || n[2] == 4 && n[0] <= 2 && n[1] <= 2)
}
