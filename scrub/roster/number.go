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
