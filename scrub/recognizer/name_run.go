package recognizer

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
