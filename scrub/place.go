package scrub

import (
	"github.com/scrubline/scrubline/scrub/recognizer"
)

// place takes the city, and leaves the state, behind a street address that ends
// at b[i]: ", Fall River, MA 02720". It returns where to go on.
func (s *searcher) place(i int) int {
	b, j := s.b, i
	for j < len(b) && j < i+3 && (b[j] == ',' || b[j] == ' ' || b[j] == '\n' || b[j] == '/' && j > i) {
		j++
	}
	if j == i+1 && b[i] == ' ' && j < len(b) && b[j] == '(' { // 12 Elm St (Springfield)
		k := j + 1
		for k < len(b) && k-j < 30 && (recognizer.IsLetter(b[k]) || b[k] == ' ' || b[k] == '.') {
			k++
		}
		if k < len(b) && b[k] == ')' && k > j+3 && recognizer.NameCell(b[j+1:k]) {
			s.e.add(&s.v, j+1, k, recognizer.StreetAddress)
			return k
		}
	}
	if j == i || j >= len(b) || !recognizer.Capital(b, j) {
		if j < len(b) && j > i && recognizer.IsDigit(b[j]) { // 69001 Lyon
			if end := recognizer.Tail(b, i); end > i {
				s.e.add(&s.v, j, end, recognizer.StreetAddress)
				return end
			}
		}
		return i
	}
	end := j
	for words := 0; words < 4; words++ {
		k := end
		if words > 0 {
			if k >= len(b) || b[k] != ' ' {
				break
			}
			k++
		}
		e := k
		for e < len(b) && (recognizer.IsLetter(b[e]) || (b[e] == '.' || b[e] == '\'' || b[e] == '-') && e > k) {
			e++
		}
		if e == k || !recognizer.Capital(b, k) && !(e-k > 2 && b[k+1] == '\'' && recognizer.IsUpper(b[k+2])) || words > 0 && e-k == 2 && recognizer.State(b[k:e]) {
			break
		}
		end = e
	}
	k := end
	for k < len(b) && k < end+2 && (b[k] == ',' || b[k] == ' ') {
		k++
	}
	if end == j || k == end || k+2 > len(b) || !recognizer.State(b[k:k+2]) || k+2 < len(b) && recognizer.IsWord(b[k+2]) {
		if end = recognizer.Tail(b, i); end > i {
			s.e.add(&s.v, j, end, recognizer.StreetAddress)
			return end
		}
		return i
	}
	s.e.add(&s.v, j, end, recognizer.StreetAddress)
	return end
}

// road takes an address of another country whose street starts with the word
// b[i:end], or whose street this word is.
func (s *searcher) road(i, end int) bool {
	b, to := s.b, 0
	if end+1 >= len(b) || b[end] != ' ' && b[end] != '.' {
		return false
	}
	if string(b[i:end]) == "UL" && recognizer.IsDigit(b[end+1]) { // a standard of Underwriters Laboratories
		return false
	}
	if recognizer.Road(b[i:end]) {
		if i > 2 && b[i-1] == ' ' && recognizer.IsDigit(b[i-2]) && !recognizer.IsUpper(b[i]) { // 12 rue de la République
			from := i - 2
			for from > 0 && i-from < 8 && recognizer.IsDigit(b[from-1]) {
				from--
			}
			if to = recognizer.NumberedRoad(b, from); to > 0 && (from == 0 || !recognizer.IsWord(b[from-1])) {
				s.e.add(&s.v, from, recognizer.Tail(b, to), recognizer.StreetAddress)
				s.note(from, to, recognizer.StreetAddress)
				s.pos = recognizer.Tail(b, to)
				return true
			}
		}
		to = recognizer.ForeignStreet(b, i, end)
	} else {
		to = recognizer.RoadEnding(b, i, end)
	}
	if to == 0 {
		return false
	}
	s.take(i, recognizer.Tail(b, to), recognizer.StreetAddress)
	return true
}

// whereabouts takes the address at b[i] that people's words before it tell of.
func (s *searcher) whereabouts(i int) bool {
	const corner = "the corner of "
	if len(s.b)-i > len(corner) && string(s.b[i:i+len(corner)]) == corner {
		if end := recognizer.Whereabouts(s.b, i+len(corner), true); end > 0 {
			s.take(i, end, recognizer.StreetAddress)
			return true
		}
	}
	if i < 8 || s.b[i-1] > ' ' {
		return false
	}
	said := i // where the words before the address end, and a blank
	for said > 0 && (s.b[said-1] == ' ' || s.b[said-1] == '\n') {
		said--
	}
	if said++; !s.phraseBefore(said, "corner of", "address is", "address:", "address to", "the same:", "located at", "lives on", "lives at", "live at", "live in", "live on", "living at", "moved to", "return to", "station is on", "taxi to", "address of", "off at", "one to", "sent to", "send it to", "deliver to", "delivered to", "mailed to", "ship to", "shipped to", "refers to", "address: ", "stop at", "meet at", "it is", "house at", "home at", "office at", "stays at", "staying at", "located on") {
		return false
	}
	end := recognizer.Whereabouts(s.b, i, false)
	if end == 0 {
		return false
	}
	s.take(i, end, recognizer.StreetAddress)
	return true
}

// residence takes the town behind "lives in" or "moved to", whose last word is
// b[i:end].
func (s *searcher) residence(i, end int) bool {
	if s.b[i] == 'i' && s.phraseBefore(i, "lives", "living", "resides", "residing", "born", "live", "lived", "resident") ||
		s.b[i] == 't' && (s.narrative || s.e.someone()) && s.phraseBefore(i, "moved", "moves", "moving", "relocated", "relocating") {
		if k := min(end+1, len(s.b)); recognizer.MonthWord(s.b[k:recognizer.NameWord(s.b, k)]) {
			return false // moved to October 14
		}
		s.town(end + 1)
		return true
	}
	return false
}

// postBox takes PO Box 1234 and the city behind it.
func (s *searcher) postBox(i int) bool {
	end := recognizer.PostBox(s.b, i)
	if end == 0 {
		return false
	}
	s.take(i, end, recognizer.StreetAddress)
	s.pos = s.place(end)
	return true
}

// town takes the words with capitals at b[i]: where somebody lives.
func (s *searcher) town(i int) {
	b, end := s.b, i
	if i < len(b) && recognizer.IsLetter(b[i]) {
		if e := recognizer.PostBox(b, i); e > 0 {
			s.take(i, recognizer.MoreAddress(b, e), recognizer.StreetAddress)
			return
		}
	}
	for words := 0; words < 4; words++ {
		k := end
		if words > 0 {
			if k+1 >= len(b) || b[k] != ' ' {
				break
			}
			k++
		}
		e := k
		for e < len(b) && (recognizer.IsLetter(b[e]) || (b[e] == '.' || b[e] == '\'' || b[e] == '-') && e > k && e+1 < len(b) && (recognizer.IsLetter(b[e+1]) || b[e+1] == ' ' && e-k < 3)) {
			e++
		}
		if e == k || !recognizer.IsUpper(b[k]) && b[k] < 0xc3 || recognizer.State(b[k:e]) {
			break
		}
		end = e
	}
	if end > i {
		s.take(i, end, recognizer.StreetAddress)
	}
}
