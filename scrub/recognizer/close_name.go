package recognizer

// CloseName returns the end of the name at b[i] in a text that speaks of somebody,
// or 0: two words or more none of which is an ordinary one, if the lists know one
// or what stands before leads to a name; one given name only there.
func CloseName(b []byte, i int, led bool) int {
	n := readName(b, i)
	switch {
	case n.words == 0 || n.words > 4 || n.house:
		return 0
	case n.comma && n.words >= 2 && n.names > 0 && n.ordinary < n.words:
		return n.end // YOUNG, ANN
	case n.ordinary > 0 || n.shouted && n.names == 0 && n.words > 1:
		return 0
	case n.words >= 2:
		if n.first&isGiven != 0 || n.last&isGiven != 0 || n.names == n.words || led && n.names > 0 || led && !thing(b[i:n.end]) ||
			n.words == 2 && n.first == 0 && n.last&isFamily != 0 && n.last&isCommon == 0 && !n.shouted && !n.capitals && n.end-i > 8 {
			return n.end
		}
	case led && n.first&(isGiven|isFamily) != 0 && n.first&isCommon == 0 && n.end-i > 2 && !n.shouted:
		return n.end
	}
	return 0
}

// QuotedName says that one word with a capital stands in quotes at b[i], and a list of
// names has it: ln='Young'.
func QuotedName(b []byte, i int) bool {
	if i+3 > len(b) || b[i] != '"' && b[i] != '\'' || !Capital(b, i+1) {
		return false
	}
	e := nameWord(b, i+1)
	return e < len(b) && b[e] == b[i] && known(b[i+1:e])&(isGiven|isFamily) != 0
}

// NameAlone says that a word can be taken for a name alone in a record that speaks
// of somebody: a list of names has it, no list of ordinary words does, and it is the
// name of no place, program or month that logs write.
func NameAlone(w []byte) bool {
	f := known(w)
	return f&(isGiven|isFamily) != 0 && f&isCommon == 0 && !stop(w) && Cue(w) == NoCue && !freeOrdinary(w) && !MonthWord(w) && !camel(w) && !stages[string(w)]
}

// GivenName says that the list of given names has a word, and none of ordinary ones.
func GivenName(w []byte) bool { return known(w)&(isGiven|isCommon) == isGiven && len(w) > 2 }

// stages are words of the lists of names that programs, places and plans are called
// by.
var stages = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range []string{"Austin", "Jackson", "Madison", "Lincoln", "Washington", "Jenkins", "Chrome", "Safari", "Android", "Apple", "Alexa", "Cortana", "Siri", "Watson", "Epic", "Cerner", "Athena", "Maven", "Jordan", "Parker", "Berlin", "Paris", "London", "Chicago", "Denver", "Dallas", "Houston", "America", "Atlanta", "Phoenix", "Aetna", "Cigna", "Humana", "Anthem", "Kaiser", "Oscar", "Molina", "Centene", "Blue", "Medicare", "Medicaid", "Gold", "Silver", "Bronze", "Jira", "Ruby", "Java", "Mac", "Windows", "Linux", "Firefox", "Edge", "Opera", "Mozilla", "Gecko", "Dell", "Lenovo", "Zebra", "Philips", "Siemens", "Baxter", "Abbott", "Roche", "Pfizer", "Moderna", "Novartis", "Stripe", "Twilio", "Amazon", "Google", "Azure", "Oracle", "Tomcat", "Jetty", "Spring", "Quartz", "Celery", "Redis", "Mongo", "Kafka", "Walgreens", "Quest", "Meditech", "Allscripts", "Nextgen", "Mirth", "Rhapsody", "Cloverleaf", "Corepoint", "Orthanc", "Agfa", "Fuji", "Canon", "Sony", "Nikon", "Johnson", "Mayo", "Hopkins", "Stanford", "Harvard", "Virginia", "Georgia", "Carolina", "Dakota", "Florida", "Texas", "Montana", "Nevada", "Indiana", "Maryland", "Delaware"} {
		m[w] = true
	}
	return m
}()

// NamedFile returns the end of the name that a file with blanks in its own starts
// with at b[i], or 0: Ann Lee insurance card.jpg.
func NamedFile(b []byte, i int) int {
	n := readName(b, i)
	if n.words < 2 || n.words > 3 || n.ordinary > 0 || n.names == 0 || n.end >= len(b) || b[n.end] != ' ' {
		return 0
	}
	for j := n.end; j < len(b) && j-n.end < 60 && b[j] >= ' ' && b[j] != '/'; j++ {
		if b[j] == '.' {
			if extensionAt(b, j) {
				return n.end
			}
			return 0
		}
	}
	return 0
}

// Salutation returns the end of the name that a message to somebody starts with at
// b[i], or 0: "Ann, your visit is …".
func Salutation(b []byte, i int) int {
	e := nameWord(b, i)
	if e-i < 3 || known(b[i:e])&isCommon != 0 || e+6 > len(b) || b[e] != ',' && b[e] != ':' || b[e+1] != ' ' {
		return 0
	}
	switch w := b[e+2 : nameWord(b, e+2)]; string(w) {
	case "your", "you", "this", "we", "please", "thank", "thanks", "it", "just", "our", "reminder", "don":
		return e
	}
	return 0
}

// LowerNames returns the end of two names in small letters at b[i], "lee, ann" or
// "ann lee", both of the lists and neither an ordinary word, or 0.
func LowerNames(b []byte, i int) int {
	e := nameWord(b, i)
	k := e
	for k < len(b) && k < e+2 && (b[k] == ' ' || b[k] == ',') {
		k++
	}
	if e-i < 3 || k == e || k >= len(b) || b[k-1] == ',' {
		return 0
	}
	f := nameWord(b, k)
	if i > 0 && (b[i-1] == '"' || b[i-1] == '\'') && f < len(b) && b[f] == b[i-1] && f-k > 3 && knownJoined(b[i:e])&(isGiven|isCommon) == isGiven && known(b[k:f])&isCommon == 0 && !stop(b[k:f]) {
		return f // said "ann leesworth"
	}
	if f-k < 3 || f < len(b) && (b[f] == '=' || b[f] == '(' || b[f] == '_' || b[f] == '/' || b[f] == '.' && f+1 < len(b) && IsLetter(b[f+1])) || !NamesBoth(b[i:e], b[k:f]) || Cue(b[i:e]) != NoCue || Cue(b[k:f]) != NoCue {
		return 0
	}
	return f
}

// JoinedNames returns the end of two words with capitals that _ joins at b[i], one
// of them in the lists of names and neither ordinary, or 0: Lee_Ann.
func JoinedNames(b []byte, i int) int {
	e := nameWord(b, i)
	if e-i < 2 || e+2 >= len(b) || b[e] != '_' || !Capital(b, i) || !Capital(b, e+1) {
		return 0
	}
	f := nameWord(b, e+1)
	if f-e < 3 || !NamesKnown(b[i:f]) || ordinaryOnly(b[i:e]) || ordinaryOnly(b[e+1:f]) {
		return 0
	}
	return f
}

// ordinaryOnly says that w is an ordinary word and no name.
func ordinaryOnly(w []byte) bool {
	f := known(w)
	return stop(w) || f&isCommon != 0 && f&(isGiven|isFamily) == 0
}

// NameWord returns the end of the word at b[i]: letters, with hyphens and
// apostrophes inside.
func NameWord(b []byte, i int) int { return nameWord(b, i) }
