package recognizer

import "bytes"

// PersonWord says that a word speaks of people as their own texts do: I, my, you,
// she.
func PersonWord(w []byte) bool {
	if len(w) > 5 {
		return false
	}
	switch string(w) {
	case "I", "my", "My", "me", "you", "You", "your", "Your", "he", "He", "she", "She", "his", "His", "her", "Her", "him", "we", "We", "our", "Our", "us", "who", "Who", "whose", "they", "They", "their", "Their", "them", "mine", "yours", "lives", "lived", "says", "said", "born", "wife", "son":
		return true
	}
	return false
}

// FreeName returns the end of the name or street at b[i] in a text of a person,
// or 0: words with capitals that are no ordinary words, with initials, particles
// and, in streets, numbers between them.
func FreeName(b []byte, i int) (end int, address bool) {
	words, numbers, upper := 0, 0, 0
	for j, n := i, 0; n < 12 && j < len(b); n++ {
		if IsDigit(b[j]) {
			e := run(b, j)
			if e-j > 6 || e < len(b) && (b[e] == ':' || b[e] == '-' && e+1 < len(b) && IsDigit(b[e+1]) || b[e] == '/' || b[e] == '%' || b[e] == ',' && e+1 < len(b) && IsDigit(b[e+1]) || b[e] == '.' && e+1 < len(b) && IsDigit(b[e+1])) {
				break
			}
			for e < len(b) && e-j < 7 && IsLetter(b[e]) { // 57B; but not 20th
				e++
			}
			if e < len(b) && IsWord(b[e]) || n == 0 && (e+1 >= len(b) || !capital(b, e+1) && !IsDigit(b[min(e+1, len(b)-1)])) {
				break
			}
			if n == 0 && e+2 < len(b) && (b[e+1] == 'A' || b[e+1] == 'P') && b[e+2] == 'M' && (e+3 == len(b) || !IsLetter(b[e+3])) {
				break // 2 PM
			}
			numbers++
			if words > 0 {
				end = e
			}
			j = e
		} else {
			e := nameWord(b, j)
			w := b[j:e]
			if len(w) == 0 || e < len(b) && (b[e] == '@' || IsDigit(b[e]) && words+numbers == 0 || b[e] == '(' && words == 0 || (b[e] == '/' || b[e] == '.') && e+1 < len(b) && IsWord(b[e+1])) {
				break
			}
			lowered := !Capital(w, 0)
			switch {
			case lowered && numbers > 0 && suffixes[string(w)] || lowered && numbers > 0 && streetWords[string(w)]:
				if words > 0 {
					end = e
				} else {
					words++
				}
			case lowered && words > 0 && len(w) <= 6 && e+1 < len(b) && b[e] == ' ' && capital(b, e+1) && known(w)&isOrdinary == 0 && len(w) > 2:
			case lowered && (words == 0 && numbers == 0 || !particle(w)):
				goto done
			case lowered:
			case len(w) == 1:
				if words == 0 {
					goto done
				}
			case freeOrdinary(w) && numbers == 0 && !saint(b, j):
				goto done
			case numbers == 0 && camel(w) && known(w) == 0:
				goto done // LastName
			default:
				words++
				if len(w) > 1 && IsUpper(w[1]) {
					upper++
				}
				end = e
			}
			j = e
			if j < len(b) && b[j] == '.' && len(w) <= 4 {
				j++
				if len(w) == 1 || numbers > 0 {
					end = j
				}
			}
		}
		if j+1 < len(b) && b[j] == ',' && b[j+1] == ' ' && numbers > 0 && words > 0 {
			j++
		}
		if j >= len(b) || b[j] != ' ' {
			break
		}
		j++
	}
done:
	if words == 0 || numbers == 0 && upper == words && words < 2 && end-i < 6 {
		return 0, false
	}
	if w := nameWord(b, i); numbers > 0 && words == 1 && upper == 1 && w-i > 1 && w-i < 5 && !military[string(b[i:w])] {
		return 0, false // RTC 10, BP 120
	}
	return end, numbers > 0
}

// saint says that a town's name may start at b[i] as those of saints, mounts and forts
// do: St. Paul, Mt Vernon, Ft. Worth.
func saint(b []byte, i int) bool {
	switch e := nameWord(b, i); string(b[i:e]) {
	case "San", "Santa", "Los", "Las", "El", "Fort", "Saint", "Mount", "Baton", "Palo", "Grand", "Cedar", "Salt", "Little", "Bowling", "Council":
		return e+1 < len(b) && b[e] == ' ' && capital(b, e+1)
	case "Fe", "Rouge", "Paso", "Alto", "Rapids", "Falls", "Bluffs":
		return i > 2 && b[i-1] == ' ' && IsLetter(b[i-2])
	case "St", "Ste", "Mt", "Ft":
		if e < len(b) && b[e] == '.' {
			e++
		}
		return e+1 < len(b) && b[e] == ' ' && capital(b, e+1)
	}
	return false
}

// military are the boxes of the armed forces (USPS Publication 28, section 237).
var military = map[string]bool{"PSC": true, "CMR": true, "APO": true, "FPO": true, "DPO": true, "USNV": true, "USS": true, "BOX": true, "UNIT": true, "HC": true, "RR": true}

// streetWords are words for streets of other languages that stand in small
// letters before or behind a street's name.
var streetWords = map[string]bool{"rue": true, "via": true, "rua": true, "calle": true, "avenida": true, "strada": true, "u": true, "utca": true, "utja": true, "tn": true, "tee": true, "vei": true, "gata": true, "av": true, "bis": true, "street": true}

// MoreAddress returns the end of what goes on with an address at b[i], behind a
// comma, a blank or a line's end: units, towns, countries, postal codes.
func MoreAddress(b []byte, i int) int {
	end := i
	for n := 0; n < 8; n++ {
		j := end
		for j < len(b) && j < end+5 && (b[j] == ' ' || b[j] == ',' || b[j] == '\n') {
			j++
		}
		if j == end || j >= len(b) {
			break
		}
		if e := PostBox(b, j); e > 0 {
			end = e
			continue
		}
		e := j
		if IsDigit(b[j]) {
			for e < len(b) && (IsWord(b[e]) || b[e] == '-' && e+1 < len(b) && IsDigit(b[e+1])) {
				e++
			}
			if e-j > 10 {
				break
			}
		} else if capital(b, j) || j+1 < len(b) && IsUpper(b[j]) {
			e = nameWord(b, j)
			w := b[j:e]
			if e < len(b) && (b[e] == ':' || b[e] == '@') || weekdays[string(w)] || len(w) == 1 || addressOrdinary(w) && b[j-1] != '\n' && b[j-1] != ',' && len(w) != 2 {
				break
			}
			if PersonWord(w) {
				break
			}
		} else {
			w := b[j:nameWord(b, j)]
			if !particle(w) && !suffixes[string(w)] && !streetWords[string(w)] {
				break
			}
			e = j + len(w)
		}
		if e < len(b) && (b[e] == ':' || b[e] == '/') {
			break
		}
		end = e
	}
	return end
}

// FreeLower returns the end of the name at b[i] in a text without capitals, or 0:
// a given name of the list, and what follows it that is no ordinary word.
func FreeLower(b []byte, i int) int {
	e := nameWord(b, i)
	if f := known(b[i:e]); e-i < 3 || f&isGiven == 0 || f&isOrdinary != 0 {
		return 0
	}
	end := e
	for n := 0; n < 3 && end+1 < len(b) && b[end] == ' '; n++ {
		e = nameWord(b, end+1)
		w := b[end+1 : e]
		switch {
		case len(w) == 1 && e < len(b) && b[e] == '.' && e+1 < len(b) && b[e+1] == ' ':
			e++
		case len(w) < 3 || known(w)&isOrdinary != 0 || stop(w) || n > 0 && b[end-1] != '.':
			return end
		}
		end = e
	}
	return end
}

// freeOrdinary says that a word with a capital is no name even in the middle of
// a sentence.
func freeOrdinary(w []byte) bool { return known(w)&isEnglish != 0 || addressOrdinary(w) || compound(w) }

// compound says that ordinary words make up w: Follow-up, Check-in.
func compound(w []byte) bool {
	at := bytes.IndexByte(w, '-')
	if at < 1 || len(w) < 5 {
		return false
	}
	for _, half := range [...][]byte{w[:at], w[at+1:]} {
		if f := known(half); len(half) > 2 && (f&isCommon == 0 || f&(isGiven|isFamily) != 0) {
			return false
		}
	}
	return true
}

// eponyms are what medicine calls by the names of those who described it.
var eponyms = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range []string{"criteria", "criterion", "score", "scores", "scale", "index", "guideline", "guidelines", "catheter", "syndrome", "disease", "sign", "test", "method", "procedure", "classification", "rule", "rules", "stage", "staging", "staining", "stain", "fracture", "tube", "position", "reflex", "palsy", "lymphoma", "tumor", "contracture", "protocol", "study", "trial", "technique", "maneuver", "manoeuvre"} {
		m[w] = true
	}
	return m
}()

// Eponym says that the name which ends at b[end] is that of a thing of medicine: Wells
// criteria.
func Eponym(b []byte, end int) bool {
	return end+4 < len(b) && b[end] == ' ' && eponyms[string(b[end+1:nameWord(b, end+1)])]
}

// addressOrdinary is freeOrdinary inside of an address: any word can be a street's
// or a town's.
func addressOrdinary(w []byte) bool {
	for k := 1; k < len(w); k++ {
		if w[k] == '\'' && len(w)-k <= 3 && !(k == 1 && (w[0] == 'O' || w[0] == 'D' || w[0] == 'L')) {
			return true // I'm, Don't, We've
		}
	}
	if len(w) > 2 && w[1] == '-' || everyday[string(w)] || clinical[string(w)] || demonyms[string(w)] {
		return true // E-mail
	}
	f := known(w)
	if len(w) == 2 && f&isGiven == 0 && (IsUpper(w[1]) || f&isFamily == 0) && w[0] < 0x80 {
		return true // My, It, We
	}
	if f&(isGiven|isFamily) != 0 && f&isOrdinary == 0 {
		return false
	}
	if f&isOrdinary != 0 || stop(w) || MonthWord(w) {
		return true
	}
	return weekdays[string(w)]
}

var weekdays = map[string]bool{"Monday": true, "Tuesday": true, "Wednesday": true, "Thursday": true, "Friday": true, "Saturday": true, "Sunday": true, "Mon": true, "Tue": true, "Wed": true, "Thu": true, "Fri": true, "Sat": true, "Sun": true, "Christmas": true, "Easter": true, "Thanksgiving": true, "Mr": true, "Mrs": true, "Ms": true, "Dr": true, "Email": true, "Phone": true, "Fax": true, "Mobile": true, "Website": true, "Hi": true, "Hello": true, "OK": true, "Yes": true, "No": true, "Thanks": true, "Sorry": true, "English": true, "American": true}

// everyday are words of letters and chats that the documentation of programs,
// from which the list of ordinary words comes, does not use.
var everyday = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range []string{"Desk", "Billing", "Weekly", "University", "Hospital", "Clinic", "Pharmacy", "Doctor", "Nurse", "Baby", "Mother", "Father", "Sister", "Brother", "Wife", "Husband", "Aunt", "Uncle", "Dear", "Sincerely", "Regards", "Guilty", "Pleasures", "Musicians", "Secretly", "Supposed", "Tube", "Snake", "Stripes", "Tales", "Energetic", "Cautionary", "Awarded", "Salesperson", "Kids", "Family", "Comedy", "Drama", "Mystery", "Suspense", "Songs", "Song", "Novel", "Movie", "Album", "Restaurant", "Visa", "Mastercard", "Internet", "Medicare", "Medicaid", "Ibuprofen", "Aspirin", "Cardiology", "Radiology", "Oncology", "Pediatrics", "Surgery", "Diabetes", "Hypertension", "Cancer", "Blood", "Heart", "Lung", "Pain", "Fever", "Tablet", "Capsule", "Iban", "Swift", "Mobile", "Website", "Address", "Please", "Thank", "Cheers", "Love", "Ouch", "Wow", "Republican", "Democrat", "Congress", "Parliament", "Olympic", "European", "Union", "Treaty", "Border", "Police", "Federal", "Ministry", "Producer", "Singer", "Manager", "Accountant", "Soldier", "Teacher", "Engineer", "Lawyer", "Blockbuster", "Pilot", "Cable", "Bank", "Insurance", "Corporation", "Ltd", "Inc", "Llc"} {
		m[w] = true
	}
	return m
}()

// FreeDate returns the end of a whole date at b[i], or 0.
func FreeDate(b []byte, i int) int {
	if IsDigit(b[i]) {
		if e := run(b, i); e-i > 4 || e >= len(b) {
			return 0
		}
		return dateValue(b, i, false)
	}
	if e := monthFirst(b, i); e > 0 && IsUpper(b[i]) {
		return e
	}
	return 0
}

// PostBox returns the end of a military or post box address at b[i], or 0: PSC
// 5217, Box 4854; APO AP 43617; USS Lorenzen; Apt. 4 (USPS Publication 28,
// chapters 2 and 3).
func PostBox(b []byte, i int) int {
	e := i
	for e < len(b) && IsLetter(b[e]) {
		e++
	}
	if e == i || e-i > 9 {
		return 0
	}
	var f [9]byte
	for k, c := range b[i:e] {
		f[k] = c | 0x20
	}
	switch string(f[:e-i]) {
	case "psc", "cmr", "box", "apt", "apartment", "suite", "ste", "unit":
		j := e
		for j < len(b) && j < e+2 && (b[j] == '.' || b[j] == ' ' || b[j] == '#') {
			j++
		}
		k := wordEnd(b, j)
		if k == j || !IsDigit(b[j]) && k-j > 2 || k-j > 6 {
			return 0
		}
		if k+6 < len(b) && b[k] == ',' && folded(b[k+2:], "box") {
			if r := run(b, k+6); r > k+6 {
				return r
			}
		}
		return k
	case "apo", "fpo", "dpo":
		if e+9 <= len(b) && b[e] == ' ' && IsLetter(b[e+1]) && IsLetter(b[e+2]) && b[e+3] == ' ' && exactly(b, e+4, 5) {
			return e + 9
		}
	case "po":
		if e+5 < len(b) && b[e] == ' ' && folded(b[e+1:], "box") {
			if r := run(b, e+5); r > e+5 {
				return r
			}
		}
	}
	return 0
}
