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
	add(Faint, "for", "of", "with", "by", "to", "from", "about", "and", "is", "on", "behalf", "re", "regarding", "at", "that", "am", "seen", "saw", "told", "asked", "as", "matched", "merge", "merged", "into", "was", "not", "or", "versus", "vs", "than", "expected", "actual", "got", "found")
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
