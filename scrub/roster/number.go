package roster

import "github.com/scrubline/scrubline/scrub/recognizer"

// digits looks at the run of digits that starts at b[i], before which no letter
// stands, and returns where to go on.
func (s *Scanner) digits(b []byte, i int) int {
	end := i + 1
	for end < len(b) && digit(b[end]) {
		end++
	}
	if end < len(b) && letter(b[end]) { // 5th, 200ms, hexadecimal
		if next := s.mixed(b, i, end); next > 0 {
			return next
		}
		if end-i <= 6 {
			if next := s.street(b, i); next > 0 {
				return next
			}
		}
		for end < len(b) && alnum(b[end]) {
			end++
		}
		return end
	}
	if n := end - i; n >= digitMin && n <= idMax && s.number(b, i, end) {
		return end
	}
	if end+1 < len(b) {
		if marks[b[end]]&(isJoin|isDial) != 0 || b[end] >= 0x80 {
			if next := s.dialed(b, i, end); next > 0 {
				return next
			}
			if next := s.street(b, i); next > 0 {
				return next
			}
			if marks[b[end]]&isJoin != 0 && alnum(b[end+1]) && s.joinStart(b, i) {
				if next := s.joined(b, i); next > 0 {
					return next
				}
			}
		} else if b[end] == '+' {
			if next := s.street(b, i); next > 0 {
				return next
			}
		}
	}
	return end
}

// joinStart says that no group of the same number stands before b[i].
func (s *Scanner) joinStart(b []byte, i int) bool {
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
	for _, k := range idKinds {
		if s.macs.bits(append(s.macs.start(k), id...)) == mac {
			return k
		}
	}
	return None
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
	if end-i > 8 || len(s.r.tables[phones].parts) == 0 {
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
	if !s.r.mixed && b[i]|0x20 != 'm' || i > 0 && alnum(b[i-1]) {
		return 0
	}
	end := mid
	for end < len(b) && alnum(b[end]) {
		if end++; end-i > idMax+3 {
			return 0
		}
	}
	if i >= 2 && b[i-1] == '-' && alnum(b[i-2]) && long(b, i) {
		return 0
	}
	s.word = append(s.word[:0], b[i:end]...)
	if s.known(b, i, end, false) {
		return end
	}
	if end+1 < len(b) && marks[b[end]]&isJoin != 0 && alnum(b[end+1]) && s.joinStart(b, i) {
		return s.joined(b, i)
	}
	return 0
}

// joined looks for an id in groups that starts at b[i]: MRN-0048213, 12-34-56,
// XYZ 123 456. Where blanks, points and slashes join them, a word must announce it.
func (s *Scanner) joined(b []byte, i int) int {
	s.word = s.word[:0]
	loose := false
	found := 0
	for groups, j := 1, i; groups <= 5; groups++ {
		from := j
		for j < len(b) && alnum(b[j]) {
			j++
		}
		if j == from || len(s.word)+j-from > idMax+3 {
			break
		}
		s.word = append(s.word, b[from:j]...)
		if groups > 1 && !date(b[i:j]) && s.known(b, i, j, loose) {
			found = j
		}
		if j >= len(b) || marks[b[j]]&isJoin == 0 {
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
