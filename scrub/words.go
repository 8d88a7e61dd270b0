package scrub

import (
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/recognizer"
)

// word looks at the word at pos.
func (s *searcher) word() {
	b, i := s.b, s.pos
	end := i
	for end < len(b) && recognizer.IsLetter(b[end]) {
		end++
	}
	s.pos = end
	if i > 0 && recognizer.IsWord(b[i-1]) && end-i < opaqueMin {
		return // letters behind digits are no word
	}
	if end < len(b) && recognizer.IsDigit(b[end]) {
		s.mixed(i, end)
		return
	}
	if end+1 < len(b) && b[end] == '-' && recognizer.IsDigit(b[end+1]) && s.announced(i) {
		return
	}
	if end-i >= opaqueMin {
		if paired(b, end) && s.pair(end) {
			return
		}
		s.opaque(i)
		return
	}
	if i > 0 && (b[i-1] == '_' || b[i-1] == '-') && recognizer.Portrait(b[i:end]) {
		if from, to := recognizer.PortraitAt(b, i, end); to > 0 {
			s.e.add(&s.v, from, to, recognizer.Photo)
			s.pos = to
			return
		}
	}
	if end+1 < len(b) && (b[end] == '-' || b[end] == '_') && recognizer.IsUpper(b[i]) && recognizer.IsUpper(b[end+1]) {
		if to, dot := recognizer.DocumentName(b, i); to > 0 && (recognizer.NamesKnown(b[i:to]) || s.near(i, 80, "patient", "patients", "chart", "charts", "ccda", "member", "members", "mrn")) {
			s.e.add(&s.v, i, to, recognizer.PersonName)
			s.pos = dot
			return
		}
	}
	if i > 5 && behind[b[i-1]]&behindJoint != 0 && recognizer.IsDigit(b[i-2]) && s.numberedName(i, end) {
		return
	}
	if end < len(b) && (b[end] == '-' || b[end] == '_') && i > 0 && (behind[b[i-1]]&behindJoint != 0 || end+1 < len(b) && recognizer.IsUpper(b[end+1])) && s.document(i) {
		return
	}
	if end < len(b) && (b[end] == '|' || b[end] == '*') && s.segment(i, end) {
		return
	}
	if end-i == 3 && end+1 < len(b) && b[end] == '-' && recognizer.IsDigit(b[end+1]) && s.terser(i) || end-i == 4 && b[i] == 'A' && string(b[i:end]) == "ANSI" && s.licence(end) || end-i == 5 && b[i] == 'N' && string(b[i:end]) == "NCPDP" && s.telecom(end) {
		return
	}
	if end-i == 3 && end < len(b) && b[end] == '+' && string(b[i:end]) == "PTT" && s.patientSegment(i) {
		return
	}
	if paired(b, end) && s.pair(end) {
		return
	}
	if i > 1 && (b[i-1] == '_' || b[i-1] == '-') && s.nameInFile(i, end) {
		return
	}
	if s.hint == schemas.Text {
		if end-i == 6 && foldedEqual(b[i:end], "values") && s.insert(end) {
			return
		}
		if s.compare(i, end) {
			return
		}
		s.prose(i, end)
		return
	}
	switch s.hint {
	case schemas.Query, schemas.URL, schemas.Header, schemas.MapKey: // people type prose into queries too
		if (s.hint == schemas.Query || s.hint == schemas.URL) && s.compare(i, end) { // OData
			return
		}
		s.prose(i, end)
	case schemas.UserAgent:
		if end+3 < len(b) && b[end] == '\'' {
			s.owner(i, end)
		}
	}
}

// prose looks for a name at or behind the word b[i:end], and for a month.
func (s *searcher) prose(i, end int) {
	b := s.b
	if i > 0 && (b[i-1] == ' ' || b[i-1] == '"' || b[i-1] == '\'') && (end == len(b) || b[end] == '.' || b[end] == '_' || b[end] == '@' || (b[end] == ' ' || b[end] == '"' || b[end] == ',' || b[end] == '\'') && recognizer.Handle(b[i:end])) && s.userBefore(i) {
		s.take(i, segment(b, i), recognizer.UserID)
		return
	}
	if end-i == 2 && end < len(b) && (b[i+1] == 'n' || b[i+1] == 'o') && s.residence(i, end) {
		return
	}
	if end-i == 2 && b[i] == 'P' && s.postBox(i) {
		return
	}
	if end+3 < len(b) && b[end] == '\'' && s.owner(i, end) {
		return
	}
	if end-i == 4 && foldedEqual(b[i:end], "name") && s.givenName(i, end) {
		return
	}
	if cue := recognizer.Cue(b[i:end]); cue != recognizer.NoCue && (i == 0 || b[i-1] != '_' && b[i-1] != '.' && b[i-1] != '/' && !recognizer.IsDigit(b[i-1])) {
		if cue == recognizer.Faint && recognizer.Governs(b, i) {
			if cue = recognizer.Probable; recognizer.KinBefore(b, i) {
				cue = recognizer.Strong
			}
		}
		if cue == recognizer.Probable && (b[i] == 'b' || b[i] == 'g') && i > 5 && foldedText(b[i-5:i], "baby ") {
			cue = recognizer.Strong
		}
		if from, to := recognizer.NameAfter(b, end, cue); to > 0 {
			s.name(from, to)
			return
		}
	}
	if recognizer.Capital(b, i) && s.behindColumn(i) {
		return
	}
	if s.hint == schemas.Text && s.road(i, end) || !recognizer.Capital(b, i) || s.cellWord(i) || end >= len(b) {
		return
	}
	if s.sideBySide(i, end) || s.boundName(i, end) {
		return
	}
	if b[end] == ' ' && end+1 < len(b) && recognizer.IsDigit(b[end+1]) && recognizer.MonthWord(b[i:end]) {
		if !s.announced(i) {
			s.dated(i, end)
		}
		return
	}
	if i > 0 && !pairStart[b[i-1]] || s.hint != schemas.Text && s.hint != schemas.Query {
		return
	}
	if i > 0 && b[i-1] == '=' && s.query() {
		if to := recognizer.NamedFile(b, i); to > 0 {
			s.name(i, to)
			return
		}
	}
	if to := recognizer.NamePair(b, i); to > 0 && (s.hint == schemas.Text || (i == 0 || b[i-1] == '=') && (to == len(b) || b[to] == '&' || b[to] == ' ' && to+1 < len(b) && recognizer.IsDigit(b[to+1]))) {
		s.name(i, to)
	}
}

// behindColumn takes the name at b[i] behind the name of a column or a field that
// announces it, with no more than a blank and perhaps a quote between: last_name
// 'Lee' is too long, edited: lastName Lee.
func (s *searcher) behindColumn(i int) bool {
	b, j := s.b, i
	if j > 0 && (b[j-1] == '\'' || b[j-1] == '"') {
		j--
	}
	if j < 5 || b[j-1] != ' ' || !columnEnds(b, j-1) {
		return false
	}
	k := j - 1
	for k > 0 && j-k < keyMax && (recognizer.IsLetter(b[k-1]) || b[k-1] == '_' || b[k-1] == '-') {
		k--
	}
	if a := s.e.announce(b[k : j-1]); a.kind != recognizer.PersonName || a.weak || !recognizer.Surname(b, i) {
		return false
	}
	s.name(i, recognizer.NameWord(b, i))
	return true
}

// columnEnds says that a word ends at b[end] which _ joins to another, or in which a
// capital follows a small letter: the name of a column, no word of prose.
func columnEnds(b []byte, end int) bool {
	for k := end - 1; k > 0 && end-k < 24 && recognizer.IsLetter(b[k]); k-- {
		if (b[k-1] == '_' || b[k-1] == '-') && k > 1 && recognizer.IsLetter(b[k-2]) || recognizer.IsUpper(b[k]) && recognizer.IsLetter(b[k-1]) && !recognizer.IsUpper(b[k-1]) {
			return true
		}
	}
	return false
}

// owner takes the given name b[i:end] that a telephone or a watch is called by:
// Ann's iPhone.
func (s *searcher) owner(i, end int) bool {
	b := s.b
	if b[end+1] != 's' || b[end+2] != ' ' || !recognizer.Capital(b, i) || !recognizer.NamesKnown(b[i:end]) || i > 0 && !pairStart[b[i-1]] {
		return false
	}
	rest := b[end+3:]
	for _, d := range [...]string{"iphone", "ipad", "apple", "galaxy", "pixel", "macbook", "watch", "phone", "fitbit", "android", "tablet", "airpods"} {
		if len(rest) >= len(d) && foldedEqual(rest[:len(d)], d) {
			s.name(i, end)
			return true
		}
	}
	return false
}

// pairStart has the bytes behind which two names without any cue can start.
var pairStart = func() (t [256]bool) {
	for _, c := range " \"('\n>[=|,;\t\\*" {
		t[c] = true
	}
	return t
}()

// mixed looks at a word of letters and digits that starts at i.
func (s *searcher) mixed(i, end int) {
	b := s.b
	if n := ours(b[i:]); n > 0 {
		s.pos = i + n
		return
	}
	if i > 0 && recognizer.IsDigit(b[i-1]) {
		return
	}
	letters := end
	for end < len(b) && recognizer.IsWord(b[end]) {
		end++
	}
	s.pos = end
	if end-i == 4 && b[i] == 'A' && b[i+1] == 'M' && b[i+2] == '0' && s.telecom(end) || s.announced(i) || end < len(b) && (b[end] == '|' || b[end] == '*') && s.segment(i, end) || b[i] == 'x' && s.hex(i) {
		return
	}
	if compressedAt(b, i) {
		s.opaque(i)
		return
	}
	if recognizer.IsUpper(b[i]) && end-i >= 15 {
		if to := recognizer.IBANAt(b, i); to > 0 {
			s.take(i, to, recognizer.Account)
			return
		}
	}
	switch n := end - i; {
	case n == 17:
		if to := recognizer.VINAt(b, i); to > 0 {
			s.take(i, to, recognizer.VIN)
			return
		}
	case n == 9:
		if to := recognizer.DEAAt(b, i); to > 0 && recognizer.IsUpper(b[i]) && recognizer.IsUpper(b[i+1]) && s.near(i, 30, "dea") {
			s.take(i, to, recognizer.DEA)
			return
		}
	case n >= opaqueMin:
		s.opaque(i)
		return
	}
	if s.fused(i, letters, end) {
		return
	}
	digits := 0
	for _, c := range b[i:end] {
		if recognizer.IsDigit(c) {
			digits++
		}
	}
	if !s.attached(i, end, digits) {
		s.context(i, end, digits)
	}
}
