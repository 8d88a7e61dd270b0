package recognizer

// NameCell says that the words of a cell can be a person's name: capitals, none
// of them an ordinary word or a stop word.
func NameCell(c []byte) bool {
	if len(c) < 2 || !Capital(c, 0) {
		return false
	}
	words := 0
	for i := 0; i < len(c); {
		j := nameWord(c, i)
		if j == i {
			if c[i] != ' ' && c[i] != '.' {
				return false
			}
			i++
			continue
		}
		w := c[i:j]
		if len(w) > 1 && !particle(w) {
			f := known(w)
			if stop(w) || camel(w) || !Capital(w, 0) || f&isCommon != 0 && f&(isGiven|isFamily) == 0 {
				return false
			}
		}
		words++
		i = j
	}
	return words > 0 && words <= 4
}

// KinBefore says that a word for a relative stands before the preposition at b[i]:
// mother of.
func KinBefore(b []byte, i int) bool {
	if i < 4 || b[i-1] != ' ' {
		return false
	}
	s := i - 1
	for s > 0 && i-s < 12 && IsLetter(b[s-1]) {
		s--
	}
	switch string(b[s : i-1]) {
	case "mom", "mother", "dad", "father", "wife", "husband", "spouse", "son", "daughter", "parent", "parents", "guardian", "sister", "brother", "Mom", "Mother", "Dad", "Father", "Wife", "Husband", "Spouse", "Son", "Daughter", "Parent", "Parents", "Guardian":
		return true
	}
	return false
}

// NameBeside returns the end of a name of two words or more at b[i], none of
// them ordinary, or 0: what stands next to a number of a person.
func NameBeside(b []byte, i int) int {
	if e := initialName(b, i, Probable); e > 0 {
		return e
	}
	n := readName(b, i)
	if n.words == 1 && n.ordinary == 0 && n.comma && n.end-i > 5 && (b[n.end-1] == '.' || IsUpper(b[n.end-1])) { // Lee, D.
		return n.end
	}
	if n.words < 2 || n.words > 4 || n.ordinary > 0 && n.names == 0 {
		return 0
	}
	return n.end
}

// NameBefore returns where a name that ends at b[end] starts, or -1: two or
// three words with capitals, none of them ordinary.
func NameBefore(b []byte, end int) int {
	j, from, words := end, -1, 0
	ordinary, name := false, false // a word of the name is ordinary, one is none
	for words < 3 {
		s := j
		for s > 0 && end-s < 60 && (IsLetter(b[s-1]) || (b[s-1] == '\'' || b[s-1] == '-') && s > 1 && IsLetter(b[s-2]) && s < j) {
			s--
		}
		w := b[s:j]
		if len(w) == 0 || !IsUpper(w[0]) && w[0] < 0xc3 || s > 0 && (IsDigit(b[s-1]) || b[s-1] == '.' || b[s-1] == '_' || b[s-1] == '/') {
			break
		}
		f := known(w)
		if len(w) > 1 && (stop(w) || camel(w)) {
			break
		}
		if f&isCommon != 0 && f&(isGiven|isFamily) == 0 {
			if words > 0 {
				break
			}
			ordinary = true
		}
		if f&isGiven != 0 || f == 0 || f&(isFamily|isCommon) == isFamily {
			name = true
		}
		words++
		from = s
		if s > 1 && b[s-1] == ' ' && b[s-2] == ',' && words == 1 {
			j = s - 2
		} else if s > 1 && (b[s-1] == ' ' || b[s-1] == '^') {
			j = s - 1
			if b[j-1] == '.' {
				j--
			}
		} else {
			break
		}
	}
	if words < 2 || ordinary && !name {
		return -1
	}
	return from
}

// CaretName returns the span of a person name of DICOM or HL7 around the ^ at
// b[i]: LEE^ANN^M. Fields of HL7 messages have their own rules; here something
// other than a field's start stands before it.
func CaretName(b []byte, i int) (start, end int) {
	if i < 3 || i+2 >= len(b) || !IsLetter(b[i-1]) || !IsLetter(b[i+1]) {
		return 0, 0
	}
	s := i
	for s > 0 && i-s < 40 && (IsLetter(b[s-1]) || b[s-1] == '\'' || b[s-1] == '-') {
		s--
	}
	if s == 0 && known(b[:i])&(isGiven|isFamily) == 0 && known(b[i+1:nameWord(b, i+1)])&isGiven == 0 { // the text of a member of JSON
		return 0, 0
	}
	if s > 0 && b[s-1] != ' ' && b[s-1] != '[' && b[s-1] != '=' && b[s-1] != '"' && b[s-1] != '(' && b[s-1] != ':' && b[s-1] != '/' || !IsUpper(b[s]) {
		return 0, 0
	}
	e := i + 1
	for e < len(b) && e-i < 60 && (IsLetter(b[e]) || b[e] == '^' || b[e] == '\'' || b[e] == '-') {
		e++
	}
	if e < len(b) && (IsDigit(b[e]) || b[e] == '|' || b[e] == '&') || known(b[s:i])&isCommon != 0 {
		return 0, 0
	}
	for b[e-1] == '^' {
		e--
	}
	if i-s > 1 && IsUpper(b[s+1]) != (i+2 < e && IsUpper(b[i+2])) {
		return 0, 0 // Hispanic or Latino^CDCREC
	}
	return s, e
}

// governing are the words that, before a preposition, make a name behind it
// likely: appointment for, spoke with, sent to, duplicate of, name is.
var governing = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range []string{"printed", "appointment", "appt", "statement", "results", "result", "chart", "record", "records", "visit", "claim", "refill", "referral", "reminder", "contact", "slot", "booked", "labs", "lab", "prescription", "spoke", "spoken", "talked", "met", "sent", "mail", "mailed", "email", "emailed", "letter", "dup", "duplicate", "duplicates", "behalf", "name", "names", "birth", "care", "consent", "admission", "discharge", "message", "note", "notes", "order", "coverage", "eligibility", "benefits", "invoice", "bill", "payment", "authorization", "demographics", "merge", "merged", "patient", "member", "profile", "registered", "enrolled", "signed", "completed", "requested", "called", "voicemail", "call", "report", "intake", "encounter", "vaccine", "immunization", "guardian", "parent", "mom", "dad", "identity", "accepted", "received", "verified", "processing", "skipped", "rejected", "paired", "mother", "father", "spouse", "child", "son", "daughter", "wife", "husband", "relative", "admit", "transfer", "transferred", "prescribed", "dispensed", "delivered", "scheduled", "rescheduled", "cancelled", "canceled", "checkin", "death", "attention"} {
		m[w] = true
	}
	return m
}()

// Governs says that the word before the preposition at b[i] makes a name behind
// it likely.
func Governs(b []byte, i int) bool {
	if i < 2 || b[i-1] != ' ' {
		return false
	}
	e := i - 1
	s := e
	for s > 0 && e-s < 16 && IsLetter(b[s-1]) {
		s--
	}
	if e-s > 15 {
		return false
	}
	var f [16]byte
	for k, c := range b[s:e] {
		f[k] = c | 0x20
	}
	return governing[string(f[:e-s])]
}

// Surname says that one word with a capital that is no ordinary one stands at
// b[i], perhaps in quotes: last=Lee, but not last=Tuesday or last="page two".
func Surname(b []byte, i int) bool {
	for i < len(b) && (b[i] == '"' || b[i] == '\'' || b[i] == ' ' || b[i] == '[') {
		i++
	}
	e := nameWord(b, min(i, len(b)))
	return e-i > 1 && capital(b, i) && !freeOrdinary(b[i:e]) && !(e < len(b) && (IsDigit(b[e]) || b[e] == '_' || b[e] == '=' || b[e] == '(' || b[e] == '.'))
}
