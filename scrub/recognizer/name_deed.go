package recognizer

// deeds are what people do in sentences of a clinic: Patient Lee denies pain. The
// strong ones nothing but a person does.
var deeds = func() map[string]int {
	m := map[string]int{}
	for _, w := range []string{"called", "phoned", "denies", "denied", "complains", "complained", "fell", "says", "said", "wants", "wanted", "asks", "asked", "presented", "presents", "arrived", "cancelled", "canceled", "rescheduled", "refused", "refuses", "states", "stated", "endorses", "consented", "complaining", "prefers", "agreed", "declined", "ambulated", "tolerated", "slept", "lives", "died"} {
		m[w] = Strong
	}
	for _, w := range []string{"is", "was", "has", "had", "will", "reports", "reported", "requests", "requested", "needs", "needed", "missed", "confirmed", "confirms", "scheduled", "transferred", "moved", "discharged", "admitted", "checked", "left", "signed", "seen", "received", "takes", "took", "returned", "came", "went", "paid", "updated", "moves", "gave", "did", "does", "can", "cannot", "may", "should", "who", "whose"} {
		m[w] = Probable
	}
	return m
}()

// deedAfter says how much the word behind b[end] tells of a person before it.
func deedAfter(b []byte, end int) int {
	if end+2 >= len(b) || b[end] != ' ' {
		return NoCue
	}
	e := nameWord(b, end+1)
	return deeds[string(b[end+1:e])]
}

// Does says that nothing but a person, named up to b[end], does what stands there.
func Does(b []byte, end int) bool { return deedAfter(b, end) == Strong }

// personal are the words that what is said of a person starts with.
var personal = map[string]bool{"dob": true, "mrn": true, "ssn": true, "born": true, "aged": true, "age": true, "yo": true, "phone": true, "tel": true, "cell": true, "birthdate": true}

// personalAfter says that what is said of a person stands behind b[end], a number of a
// telephone or a word for what follows: Lee (DOB, Lee 413-555-0172.
func personalAfter(b []byte, end int) bool {
	k := end
	for k < len(b) && k < end+2 && (b[k] == ' ' || b[k] == ',' || b[k] == '(') {
		k++
	}
	if k == end {
		return false
	}
	if sexAge(b, end) {
		return true
	}
	if e := nameWord(b, k); e > k && e-k < 10 {
		var f [10]byte
		for i, c := range b[k:e] {
			f[i] = c | 0x20
		}
		return personal[string(f[:e-k])]
	}
	return phoneValue(b, k, true) > k+9
}

// initialName returns the end of an initial and a family name at b[i], T Boyd, or 0. A
// title makes any word a family name that is no ordinary one.
func initialName(b []byte, i, cue int) int {
	if i+4 >= len(b) || !IsUpper(b[i]) {
		return 0
	}
	k := i + 1
	if b[k] == '.' {
		k++
	}
	if b[k] != ' ' {
		return 0
	}
	particles := k
	if k = pastParticles(b, k+1) - 1; !IsUpper(b[k+1]) {
		return 0
	}
	if k > particles {
		cue = Strong // B. van den Berg
	}
	e := nameWord(b, k+1)
	if e-k < 4 || e < len(b) && (IsDigit(b[e]) || b[e] == '_' || b[e] == '/' || b[e] == '=' || b[e] == '(') {
		return 0
	}
	f := knownJoined(b[k+1 : e])
	if f&isCommon != 0 || f&isFamily == 0 && (cue != Strong || stop(b[k+1:e]) || camel(b[k+1:e])) {
		return 0
	}
	return e
}

// pastParticles returns where the word with a capital starts that the particles of a
// family name at b[i] stand before, van den Berg, or i.
func pastParticles(b []byte, i int) int {
	j := i
	for n := 0; n < 3; n++ {
		e := nameWord(b, j)
		if e == j || e+1 >= len(b) || b[e] != ' ' || !particle(b[j:e]) {
			break
		}
		j = e + 1
	}
	if j > i && capital(b, j) {
		return j
	}
	return i
}

// kin are words for how somebody is related to a patient.
var kin = map[string]bool{"daughter": true, "son": true, "wife": true, "husband": true, "spouse": true, "mother": true, "father": true, "mom": true, "dad": true, "sister": true, "brother": true, "niece": true, "nephew": true, "aunt": true, "uncle": true, "grandson": true, "granddaughter": true, "grandmother": true, "grandfather": true, "fiancee": true, "girlfriend": true, "boyfriend": true, "roommate": true, "caregiver": true, "guardian": true, "stepson": true, "stepdaughter": true, "cousin": true}

// kinAfter says that a relation stands in brackets behind b[end]: Rosalind (daughter).
func kinAfter(b []byte, end int) bool {
	if end+5 >= len(b) || b[end] != ' ' || b[end+1] != '(' {
		return false
	}
	e := nameWord(b, end+2)
	return e < len(b) && (b[e] == ')' || b[e] == ',') && kin[string(b[end+2:e])]
}

// citedInitial returns the end of a family name and an initial in brackets at b[i],
// (Lee, A.), or 0.
func citedInitial(b []byte, i int) int {
	if i == 0 || b[i-1] != '(' {
		return 0
	}
	e := nameWord(b, i)
	if e-i < 3 || e+3 >= len(b) || b[e] != ',' || b[e+1] != ' ' || !IsUpper(b[e+2]) || known(b[i:e])&isCommon != 0 || stop(b[i:e]) || camel(b[i:e]) {
		return 0
	}
	k := e + 3
	if b[k] == '.' {
		k++
	}
	if k < len(b) && b[k] == ')' {
		return k
	}
	return 0
}

// sexAge says that a sex and an age stand in brackets behind b[end]: (F, 38y), (44/M).
func sexAge(b []byte, end int) bool {
	k := end
	if k+6 >= len(b) || b[k] != ' ' || b[k+1] != '(' {
		return false
	}
	sex, age := false, false
	for k += 2; k < len(b) && k < end+14 && b[k] != ')'; k++ {
		switch c := b[k]; {
		case IsDigit(c):
			r := run(b, k)
			age = age || r-k < 4
			k = r - 1
		case IsLetter(c):
			e := nameWord(b, k)
			sex = sex || e == k+1 && (c == 'F' || c == 'M')
			k = e - 1
		case c != ' ' && c != ',' && c != '/':
			return false
		}
	}
	return sex && age && k < len(b) && b[k] == ')'
}
