package recognizer

// Addresses of other countries (B), as records of travellers and of relatives
// abroad hold them. The order of their parts follows the Universal Postal Union's
// addressing profiles: the number stands behind the street's name in most of
// Europe and Latin America (Calle Hidalgo 218, Hauptstraße 12), before it in
// France (12 rue de la République), the postal code before the town.

// roadWords start a street's name, roadEndings end its last word.
var roadWords = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range []string{"calle", "avenida", "av", "avda", "carrera", "cra", "calzada", "calz", "paseo", "camino", "carretera", "callejón", "jirón", "rua", "travessa", "alameda", "estrada", "praça", "praceta", "via", "viale", "piazza", "corso", "vicolo", "strada", "rue", "boulevard", "bd", "chemin", "allée", "impasse", "quai", "ul", "ulica", "aleja", "ulitsa", "trg", "tér", "út", "körút", "utca", "nám", "náměstí", "jalan", "jl", "passeig", "carrer", "plaza", "place", "avenue", "sokak", "cadde", "bulevar", "largo"} {
		m[w] = true
	}
	return m
}()

var roadEndings = [...]string{"strasse", "straße", "gracht", "straat", "gatan", "vägen", "katu", "gasse", "weien", "veien", "stien", "allee", "platz", "laan", "plein", "kade", "dijk", "gata", "gade", "braut", "vegur", "stræti", "utca", "vej", "vei", "weg", "str", "damm", "ufer", "backen", "gränd", "tanu", "tn"}

// Road says that w, whatever its case, starts the name of a street.
func Road(w []byte) bool {
	if len(w) < 2 || len(w) > 10 {
		return false
	}
	var f [10]byte
	for i, c := range w {
		if f[i] = c; IsUpper(c) {
			f[i] |= 0x20
		}
	}
	return roadWords[string(f[:len(w)])]
}

// RoadWord says that w starts the name of a street or ends it.
func RoadWord(w []byte) bool { return Road(w) || roadEnding(w) > 0 }

// roadEnding returns the length of the ending of a street's name that w has.
func roadEnding(w []byte) int {
	for _, x := range roadEndings {
		if n := len(w) - len(x); n >= 3 && string(w[n:]) == x {
			return len(x)
		}
	}
	return 0
}

// ForeignStreet returns the end of the street whose first word is b[i:e], a road
// word, or 0: one to five words and a number, perhaps with its letter.
func ForeignStreet(b []byte, i, e int) int {
	if e < len(b) && b[e] == '.' {
		e++
	}
	if !IsUpper(b[i]) {
		switch string(b[i:e]) { // words of English prose too
		case "via", "place", "plaza", "quai", "al", "avenue", "boulevard":
			return 0
		}
	}
	words, named := 0, IsUpper(b[i]) // Calle 13; but not via 10, place Order 5
	for j := e; words < 6 && j+1 < len(b) && b[j] == ' '; words++ {
		k := j + 1
		if IsDigit(b[k]) || b[k] == '#' {
			if !named {
				return 0
			}
			return houseNumber(b, k)
		}
		end := nameWord(b, k)
		w := b[k:end]
		if folded(w, "no") && len(w) <= 3 || folded(w, "num") || string(w) == "nº" {
			if end < len(b) && b[end] == '.' {
				end++
			}
			if named && end+1 < len(b) && b[end] == ' ' && IsDigit(b[end+1]) {
				return houseNumber(b, end+1)
			}
			return 0
		}
		if len(w) == 0 || !Capital(w, 0) && !particle(w) && !linking[string(w)] {
			return 0
		}
		if words == 0 {
			named = false
		}
		named = named || Capital(w, 0) && known(w)&isOrdinary == 0
		j = end
		if j < len(b) && b[j] == ',' {
			j++
		}
		if j < len(b) && b[j] == '.' && len(w) <= 4 {
			j++
		}
	}
	return 0
}

// linking are small words in the names of streets.
var linking = map[string]bool{"las": true, "los": true, "des": true, "del": true, "della": true, "dei": true, "delle": true, "degli": true, "das": true, "e": true, "et": true, "sur": true, "im": true, "am": true, "an": true, "zum": true, "op": true, "het": true, "ten": true, "i": true}

// houseNumber returns the end of the number at b[i]: 12, 12B, 71-21, #5.
func houseNumber(b []byte, i int) int {
	if b[i] == '#' {
		i++
	}
	e := run(b, i)
	if e == i || e-i > 5 {
		return 0
	}
	for e+1 < len(b) && (b[e] == '-' || b[e] == '/') && IsDigit(b[e+1]) && run(b, e+1)-e < 6 {
		e = run(b, e+1)
	}
	if e < len(b) && IsLetter(b[e]) && b[e] < 0x80 {
		e++
	}
	if !boundary(b, e) || e+1 < len(b) && b[e] == '.' && IsWord(b[e+1]) || e < len(b) && (b[e] == ':' || b[e] == '=' || b[e] == '%') {
		return 0
	}
	return e
}

// RoadEnding returns the end of the house number behind the word b[i:e], which
// ends as the names of streets do in German, Dutch and the Nordic languages, or 0.
func RoadEnding(b []byte, i, e int) int {
	if e+1 >= len(b) || b[e] != ' ' || !IsDigit(b[e+1]) || e-i < 6 || roadEnding(b[i:e]) == 0 || known(b[i:e])&isOrdinary != 0 {
		return 0
	}
	return houseNumber(b, e+1)
}

// NumberedRoad returns the end of a street at b[i], a number, whose road is told
// by a number too: 538 County Road 12, 77 Hwy 61 (USPS Publication 28, appendix
// F); or by a word that goes without a suffix: 20 E Broadway; or, as in French,
// by a road word in small letters: 12 rue de la République. Otherwise 0.
func NumberedRoad(b []byte, i int) int {
	e := run(b, i)
	if e-i > 5 {
		return 0
	}
	for n, j := 0, e; n < 3 && j+1 < len(b) && b[j] == ' '; n++ {
		end := nameWord(b, j+1)
		w := b[j+1 : end]
		if len(w) == 0 {
			return 0
		}
		if n == 0 && !IsUpper(w[0]) {
			if !Road(w) {
				return 0
			}
			return frenchStreet(b, end)
		}
		switch {
		case folded2(w, "broadway") && len(w) == 8:
			return unit(b, end)
		case highway[string(w)] && end+1 < len(b) && b[end] == ' ' && IsDigit(b[end+1]):
			k := run(b, end+1)
			if k-end > 5 || !boundary(b, k) {
				return 0
			}
			return unit(b, k)
		case !IsUpper(w[0]) || len(w) > 10:
			return 0
		}
		j = end
		if j < len(b) && b[j] == '.' {
			j++
		}
	}
	return 0
}

var highway = map[string]bool{"Road": true, "Rd": true, "Highway": true, "Hwy": true, "Route": true, "Rte": true, "FM": true, "CR": true, "SR": true, "RR": true, "US": true, "ROAD": true, "RD": true, "HIGHWAY": true, "HWY": true, "ROUTE": true, "RTE": true, "Interstate": true, "Carr": true, "CARR": true}

func frenchStreet(b []byte, j int) (end int) {
	for words := 0; words < 6 && j+1 < len(b) && (b[j] == ' ' || b[j] == '\''); words++ {
		e := nameWord(b, j+1)
		w := b[j+1 : e]
		if len(w) == 0 || !Capital(w, 0) && !particle(w) && !linking[string(w)] && !(len(w) > 2 && (w[1] == '\'')) {
			break
		}
		if Capital(w, 0) || len(w) > 2 && w[1] == '\'' {
			end = e
		}
		j = e
	}
	return end
}

// Tail returns the end of what goes on with an address behind b[i]: ", 80331
// München", " 28013 Madrid, Spain". Words count if they have capitals and are no
// ordinary ones, and no key.
func Tail(b []byte, i int) int {
	end := i
	for parts := 0; parts < 3; parts++ {
		j := end
		for j < len(b) && j < end+2 && (b[j] == ',' || b[j] == ' ') {
			j++
		}
		if j == end || j >= len(b) || parts > 0 && b[end] != ',' {
			return end
		}
		k := j
		if IsDigit(b[k]) {
			for k < len(b) && (IsDigit(b[k]) || b[k] == '-') && k-j < 10 {
				k++
			}
			if k-j < 4 || k < len(b) && IsWord(b[k]) || k+1 >= len(b) || b[k] != ' ' || !IsLetter(b[k+1]) {
				return end
			}
			if k+3 < len(b) && IsUpper(b[k+1]) && IsUpper(b[k+2]) && b[k+3] == ' ' { // 1016 AB Amsterdam
				k += 3
			}
			k++
		} else if b[j-1] == ' ' && b[end] != ',' {
			return end
		}
		words := 0
		last := k
		for words < 4 {
			e := nameWord(b, k)
			w := b[k:e]
			if len(w) < 2 || !Capital(w, 0) && !(words > 0 && (particle(w) || linking[string(w)])) || known(w)&isOrdinary != 0 && known(w)&(isGiven|isFamily) == 0 || stop(w) || e < len(b) && (b[e] == ':' || b[e] == '=' || b[e] == '(' || b[e] == '_' || b[e] == '/' || IsDigit(b[e])) {
				break
			}
			words++
			last = e
			if e+1 >= len(b) || b[e] != ' ' {
				break
			}
			k = e + 1
		}
		if words == 0 {
			return end
		}
		end = last
	}
	return end
}

// Whereabouts returns the end of the address at b[i] behind words that say that
// one follows, or 0: words with capitals, numbers and what joins them, a number
// or a post office among them, up to an ordinary word or the sentence's end.
// crossing says that two streets may stand there, joined by "and".
func Whereabouts(b []byte, i int, crossing bool) int {
	end, numbers, words := 0, 0, 0
	for j := i; j < len(b) && j-i < 160; {
		if IsDigit(b[j]) {
			e := wordEnd(b, j)
			if e-j > 9 {
				break
			}
			numbers++
			end, j = e, e
		} else {
			e := nameWord(b, j)
			w := b[j:e]
			switch {
			case len(w) == 0:
				goto done
			case e < len(b) && (b[e] == ':' || b[e] == '@'):
				goto done
			case Capital(w, 0):
				if PersonWord(w) || weekdays[string(w)] || words == 0 && numbers == 0 && addressOrdinary(w) && len(w) != 2 {
					goto done
				}
				words++
				end = e
			case suffixes[string(w)] || streetWords[string(w)] || Road(w):
				end = e
			case particle(w) || linking[string(w)] || crossing && string(w) == "and":
			case len(w) > 4 && known(w)&isOrdinary == 0:
				end = e
			default:
				goto done
			}
			j = e
		}
		k := j
		for k < len(b) && k < j+4 && (b[k] == ' ' || b[k] == ',' || b[k] == '\n' || b[k] == '.' && (k+1 < len(b) && b[k+1] == ' ' && k-i > 1 && (IsDigit(b[k-1]) || k-j == 0 && j-end == 0 && shortWord(b, k)))) {
			k++
		}
		if k == j {
			break
		}
		j = k
	}
done:
	if words == 0 || numbers == 0 && !crossing {
		return 0
	}
	return end
}

// shortWord says that an abbreviation, up to four letters, ends at b[k].
func shortWord(b []byte, k int) bool {
	n := 0
	for k > 0 && IsLetter(b[k-1]) {
		k--
		n++
	}
	return n > 0 && n <= 4
}

// AddressLine returns the end of the line that starts at b[i] if it is one of an
// address in several lines, or 0: a house number and words with capitals, or of
// streets and units, but no ordinary ones.
func AddressLine(b []byte, i int) int {
	line := i
	for line > 0 && b[line-1] == ' ' {
		line--
	}
	if line > 0 && b[line-1] != '\n' {
		return 0
	}
	end, numbers, words := i, 0, 0
	for end < len(b) && b[end] != '\n' {
		switch {
		case IsDigit(b[end]):
			e := wordEnd(b, end)
			if e-end > 7 {
				return 0
			}
			numbers++
			end = e
			continue
		case IsLetter(b[end]):
			e := nameWord(b, end)
			w := b[end:e]
			road := Road(w) || streetWords[string(w)] || suffix(w)
			if !road && !particle(w) && (!Capital(w, 0) || known(w)&isOrdinary != 0 && known(w)&(isGiven|isFamily) == 0 && !highway[string(w)] || stop(w) || weekdays[string(w)] || MonthWord(w)) {
				return 0
			}
			if words++; words > 6 {
				return 0
			}
			end = e
			continue
		case b[end] != ' ' && b[end] != ',' && b[end] != '.' && b[end] != '-' && b[end] != '/' && b[end] != '#':
			return 0
		}
		end++
	}
	for end > i && !IsWord(b[end-1]) {
		end--
	}
	if numbers == 0 || numbers > 4 || words == 0 || end == len(b) && line == 0 {
		return 0
	}
	return end
}

// suffix says that w, whatever its case, is a street suffix.
func suffix(w []byte) bool {
	if len(w) > 12 {
		return false
	}
	var f [12]byte
	for i, c := range w {
		f[i] = c | 0x20
	}
	return suffixes[string(f[:len(w)])]
}
