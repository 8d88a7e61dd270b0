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

// initialName returns the end of an initial and a family name at b[i], T Boyd, or 0.
func initialName(b []byte, i int) int {
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
	if f := knownJoined(b[k+1 : e]); f&isFamily == 0 || f&isCommon != 0 {
		return 0
	}
	return e
}
