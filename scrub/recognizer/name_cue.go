package recognizer

// How much a word says about a name behind it.
const (
	NoCue     = iota
	Faint     // for, of, with: two words, the first a given name
	Probable  // patient, member, called: two words that are no ordinary ones
	Strong    // Hi, Dear, Mrs: one word that is no ordinary one
	cueLetter = 13
)

// cueLengths has, for a first letter, a bit for each length of a cue.
var cueLengths, cues = func() (l [256]uint16, m map[string]int) {
	m = map[string]int{}
	add := func(strength int, words ...string) {
		for _, w := range words {
			f := []byte(w)
			for i := range f {
				f[i] |= 0x20
			}
			m[string(f)] = strength
			l[w[0]] |= 1 << len(w)
			l[w[0]-0x20] |= 1 << len(w)
		}
	}
	add(Strong, "mr", "mrs", "ms", "miss", "dr", "prof", "hi", "hello", "dear", "hey", "hola", "estimado", "estimada", "sr", "sra", "srta", "señora", "señor", "señorita", "doña", "named", "welcome", "mister", "madam", "nurse")
	add(Probable, "paciente", "patient", "pt", "member", "subscriber", "resident", "beneficiary", "claimant", "insured", "enrollee", "guarantor", "caller", "spouse", "daughter", "son", "mother", "father", "wife", "husband", "sister", "brother", "guardian", "called", "contacted", "spoke", "name", "signed", "attn", "caregiver", "witness", "dependent", "employee", "client", "child", "dup", "duplicate", "deceased", "regards", "sincerely", "thanks", "contact", "relative", "met", "relatives", "occupant", "recipient", "requester", "requestor", "applicant", "visitor", "attendee", "enrolled", "donor", "decedent", "survivor", "candidate", "rider", "passenger", "participant", "holder", "cardholder", "addressee", "mom", "dad", "parent", "boy", "girl", "dtr", "dau", "grandmother", "grandfather", "grandson", "granddaughter", "aunt", "uncle", "niece", "nephew", "cousin", "neighbor", "friend", "partner", "fiance", "fiancee", "girlfriend", "boyfriend", "stepmother", "stepfather", "stepson", "roommate", "poa", "hcp", "hcpoa", "proxy", "caretaker", "widow", "widower", "twin", "inlaw", "fiancé", "female", "male", "interpreter", "employer", "landlord")
	add(Faint, "for", "of", "with", "by", "to", "from", "about", "and", "is", "on", "behalf", "re", "regarding", "at", "that", "seen", "saw", "told", "asked", "as", "matched", "merge", "merged", "into", "was", "not", "or", "versus", "vs", "than", "expected", "actual", "got", "found")
	return l, m
}()

// Cue says how much a word of letters tells about a name behind it.
func Cue(w []byte) int {
	if len(w) > cueLetter || cueLengths[w[0]]&(1<<len(w)) == 0 {
		return NoCue
	}
	var f [cueLetter]byte
	for i, c := range w {
		f[i] = c | 0x20
	}
	return cues[string(f[:len(w)])]
}

// NameAfter returns the span of the name that stands behind a cue which ends at
// b[i], or end 0.
func NameAfter(b []byte, i, cue int) (start, end int) {
	j := i
	if j < len(b) && b[j] == '.' {
		j++
	}
	if n := j + 1; cue == Probable && n < len(b) && b[j] == ' ' && IsDigit(b[n]) { // Patient 2: Ann Lee
		if e := run(b, n); e-n < 4 && e < len(b) && (b[e] == ':' || b[e] == '.') {
			j = e + 1
		}
	}
	if j < len(b) && b[j] == ':' && cue >= Probable {
		j++
	}
	if cue == Strong && folded(b[j:], " back") && !IsLetter(b[min(j+5, len(b)-1)]) { // Welcome back, Ann!
		j += len(" back")
	}
	if j < len(b) && b[j] == ',' && cue >= Probable {
		j++
	}
	k := j
	for k < len(b) && k < j+2 && (b[k] == ' ' || b[k] == '\n' && cue >= Probable) {
		k++
	}
	for k < len(b) && k < j+3 && (b[k] == '"' || b[k] == '\'') {
		k++
	}
	if k == i || k >= len(b) {
		return 0, 0
	}
	if cue >= Probable {
		if e := initialName(b, k, cue); e > 0 {
			return k, e
		}
	}
	first := k
	if cue >= Probable {
		k = pastParticles(b, k)
	}
	if !capital(b, k) {
		return 0, 0
	}
	if e := nameWord(b, k); cue >= Probable && joinedName(b[k:e]) {
		return k, e
	}
	n := readName(b, k)
	switch {
	case n.words == 0 || first < k && n.ordinary > 0:
		return 0, 0
	case first < k: // Mr. van den Berg
	case n.wordGiven(b, k):
	case cue == Strong:
		if n.capitals && n.ordinary > 0 && n.names == 0 { // MR KNEE LT is an image
			return 0, 0
		}
		if n.first&isCommon != 0 && n.first&(isGiven|isFamily) == 0 && n.words < 2 {
			return 0, 0
		}
	case cue == Probable && n.words == 1 && n.ordinary == 0 && n.end-k > 2 && personalAfter(b, n.end):
	case cue == Probable && n.words == 1 && n.ordinary == 0 && !n.capitals && deedAfter(b, n.end) > NoCue && (n.first&isFamily != 0 || deedAfter(b, n.end) == Strong):
	case cue == Probable:
		if n.ordinary > 0 && n.names == 0 && n.first&isCommon != 0 || n.ordinary == n.words || n.words < 2 && n.first&isGiven == 0 || n.shouted && n.names == 0 && !n.comma && n.words > 1 {
			return 0, 0
		}
	default:
		if !n.likely() && !(n.comma && n.capitals && n.names > 0 && n.words < 4) && !(n.words == 2 && n.ordinary == 0 && n.last&isFamily != 0) {
			return 0, 0
		}
	}
	return first, n.end
}

// NamePair returns the end of a given name and at least one more name at b[i],
// without any cue, or 0.
func NamePair(b []byte, i int) int {
	if e := citedInitial(b, i); e > 0 {
		return e
	}
	n := readName(b, i)
	if n.likely() || n.words == 1 && n.first&(isGiven|isCommon) == isGiven && n.end-i > 5 && b[n.end-1] == '.' && b[n.end-3] == ' ' { // Ann L.
		return n.end
	}
	if n.words == 1 && n.first&isCommon == 0 {
		switch {
		case sexAge(b, n.end), kinAfter(b, n.end): // Quispe X (F, 38y), Ann (daughter)
			return n.end
		case n.comma && n.first&isFamily != 0 && n.end-i > 5 && b[n.end-2] == ' ' && IsUpper(b[n.end-1]): // Boyd, T
			return n.end
		case n.first&isGiven != 0 && !n.comma && deedAfter(b, n.end) == Strong: // Ann denies pain
			return n.end
		}
	}
	return 0
}

// capital says that a word that starts with a capital starts at b[i]; letters
// beyond ASCII may be capitals.
func capital(b []byte, i int) bool {
	return (IsUpper(b[i]) || b[i] >= 0xc3) && i+1 < len(b) && (IsLetter(b[i+1]) || b[i+1] == '\'' && i+2 < len(b) && IsUpper(b[i+2]))
}

// Capital says that the letter at b[i] is a capital: of ASCII, of Latin-1 in
// UTF-8, or one whose alphabet is not looked into. Dashes and
// signs of UTF-8, and what a wrong decoding makes of them, are none.
func Capital(b []byte, i int) bool {
	c := b[i]
	return IsUpper(c) || c == 0xc3 && i+1 < len(b) && b[i+1] < 0xa0 || c > 0xc3 && c != 0xd7 && c != 0xe2 && c != 0xef
}

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

// nameRun is a run of words that could be a name.
type nameRun struct {
	end             int
	words, ordinary int
	names           int   // words in the lists of names
	first, last     uint8 // what the lists say of the first and the last word
	comma           bool  // behind the first word
	house           bool  // a word for a building stands in it: Lincoln Tower
	capitals        bool  // the first word is in capitals
	shouted         bool  // the last word is in capitals and short: more likely an acronym
}

// houses are words for buildings and firms that family names precede.
var houses = map[string]bool{"Tower": true, "Towers": true, "Building": true, "Wing": true, "Center": true, "Centre": true, "Campus": true, "Pavilion": true, "Clinic": true, "Hospital": true, "Pharmacy": true, "Cardiology": true, "Medicine": true, "Foundation": true, "Institute": true, "Memorial": true, "Entrance": true, "Elementary": true, "Library": true, "Freight": true, "Logistics": true, "Inc": true, "LLC": true, "Corp": true}

// likely says that the words are a given name and a family name: the first is in
// the list, the last is no ordinary word; or both are in the lists.
func (n *nameRun) likely() bool {
	if n.house {
		return false
	}
	if n.words < 2 || n.words > 4 || n.ordinary > 0 || n.shouted && !n.capitals && n.last == 0 {
		return false // Martin-Hopkins LDL
	}
	return n.first&isGiven != 0 || (n.first&isFamily != 0 || n.comma) && n.last&isGiven != 0
}

// readName reads up to five words with capitals, initials and particles between
// them, at b[i].
func readName(b []byte, i int) (n nameRun) {
	j := i
	for n.words < 5 {
		e := nameWord(b, j)
		w := b[j:e]
		if len(w) == 0 || w[0] == 0xe2 { // a dash or an arrow
			break
		}
		lowered := !IsUpper(w[0]) && w[0] < 0xc3
		if lowered && (n.words == 0 || !particle(w)) || len(w) == 1 && n.words == 0 && (e >= len(b) || b[e] != '.') {
			break
		}
		if e < len(b) && (IsDigit(b[e]) || b[e] == '_' || b[e] == '/' && (e+1 >= len(b) || !IsDigit(b[e+1]) && (n.words == 0 || class[b[e+1]]&lower == 0)) || b[e] == '=' || b[e] == '(' || b[e] == '@' || b[e] == '\\' && n.words == 0 && (e+1 >= len(b) || b[e+1] != '"') || !(n.words > 0 && extensionAt(b, e)) && (b[e] == '.' || b[e] == ':') && e+1 < len(b) && IsLetter(b[e+1]) && len(w) > 1) {
			break
		}
		if n.words == 0 && weekdays[string(w)] || n.words > 0 && e+1 < len(b) && b[e] == ' ' && IsDigit(b[e+1]) && MonthWord(w) {
			break // Tue Jun 10
		}
		if n.words == 0 && len(w) > 1 && (Road(w) || e+1 < len(b) && b[e] == ' ' && IsDigit(b[e+1]) && MonthWord(w)) {
			break // Calle Hidalgo 218, June 17
		}
		f := uint8(0)
		if n.words > 1 && !n.capitals && !n.comma && len(w) > 1 && len(w) < 7 && IsUpper(w[0]) && IsUpper(w[len(w)-1]) && known(w) == 0 && n.first&isGiven != 0 && n.last&isFamily != 0 {
			break // Ann Lee BSA
		}
		if len(w) > 1 && !lowered {
			if f = knownJoined(w); stop(w) {
				f |= isCommon
			}
			if camel(w) && f == 0 {
				break // ClassName
			}
			if f&isCommon != 0 && f&(isGiven|isFamily) == 0 {
				if n.words > 1 || n.words == 1 && stop(w) {
					break
				}
				n.ordinary++
			}
		}
		if !lowered {
			if n.words == 0 {
				n.first, n.capitals = f, len(w) > 1 && IsUpper(w[len(w)-1])
			}
			if len(w) > 1 {
				n.last = f
				n.shouted = IsUpper(w[len(w)-1]) && len(w) < 7
			}
			if f&(isGiven|isFamily) != 0 {
				n.names++
			}
			n.words++
			n.house = n.house || n.words > 1 && houses[string(w)]
			n.end = e
			if n.comma && n.words == 2 && f&isGiven != 0 && e+3 < len(b) && b[e] == ' ' && known(b[e+1:nameWord(b, e+1)])&(isGiven|isFamily) == 0 && nameWord(b, e+1)-e > 2 {
				break // LEE, ANN ADM
			}
			if len(w) == 1 && e < len(b) && b[e] == '.' {
				e++
				n.end = e
			}
			if len(w) == 1 {
				n.words-- // an initial is no word
				if n.comma && n.words > 1 && e+1 < len(b) && b[e] == ' ' && known(b[e+1:nameWord(b, e+1)])&(isGiven|isFamily) == 0 {
					break // LEE,ANN M PCN
				}
			}
		}
		k := e
		if k < len(b) && b[k] == ',' && n.words == 1 && (len(w) > 1 || lowered) { // not behind an initial
			k++
			n.comma = true
			if k+1 < len(b) && IsUpper(b[k]) && (IsUpper(b[k+1]) && IsUpper(b[k-2]) || f&(isGiven|isFamily) != 0 && known(b[k:nameWord(b, k)])&isGiven != 0) { // LEE,ANN
				j = k
				continue
			}
		}
		if k >= len(b) || b[k] != ' ' && b[k] != '^' && b[k] != '+' {
			break
		}
		k++
		if k >= len(b) || !IsLetter(b[k]) {
			break
		}
		j = k
	}
	return n
}

// knownJoined is known of a word, or of both halves of a double name, Jean-Luc or
// Ruiz-Cortez, when the lists know both or one of them and the other is no ordinary
// word.
func knownJoined(w []byte) uint8 {
	f := known(w)
	if f != 0 {
		return f
	}
	for k := 2; k+2 < len(w); k++ {
		if w[k] == '-' {
			g, h := known(w[:k]), known(w[k+1:])
			if (g|h)&isCommon != 0 || (g|h)&(isGiven|isFamily) == 0 {
				return 0
			}
			return g&isGiven | (g|h)&isFamily
		}
	}
	return 0
}

// nameWord returns the end of the word at i: letters, with ' - and ’ inside.
func nameWord(b []byte, i int) int {
	j := i
	for j < len(b) && (IsLetter(b[j]) || j > i && (b[j] == '\'' || b[j] == '-') && j+1 < len(b) && IsLetter(b[j+1]) && !(b[j] == '\'' && b[j+1] == 's' && (j+2 >= len(b) || !IsLetter(b[j+2])))) {
		j++
	}
	return j
}

// camel says that a word has small letters before a capital, and is no McName,
// MacName or O'Name.
func camel(w []byte) bool {
	for k := 1; k < len(w); k++ {
		if IsUpper(w[k]) && class[w[k-1]]&lower != 0 {
			return !(k == 2 && w[0] == 'M' && w[1] == 'c' || k == 3 && string(w[:3]) == "Mac" || k == 2 && (w[0] == 'D' || w[0] == 'L') || k == 3 && string(w[:3]) == "Van")
		}
	}
	return false
}

// joinedName says that w is a given name and another name without a blank between:
// JaneDoe.
func joinedName(w []byte) bool {
	for k := 3; k+2 < len(w); k++ {
		if IsUpper(w[k]) && class[w[k-1]]&lower != 0 {
			f, g := known(w[:k]), known(w[k:])
			return f&isGiven != 0 && g&(isGiven|isFamily) != 0 && (f|g)&isCommon == 0
		}
	}
	return false
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
