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
	if b[k] != ' ' || !IsUpper(b[k+1]) {
		return 0
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
