package scrub

import (
	"bytes"

	"github.com/scrubline/scrubline/scrub/recognizer"
)

// Free text: letters, notes and chats of people, not lines of programs. There a
// word with a capital that is no ordinary word is a name, of a person, a place or
// a street. In what programs write that rule would be wrong at every turn, so a
// text must show that people wrote it.

// narrativeMax bounds the texts that are looked at this way.
const narrativeMax = 16 << 10

// narrative says that b was written by a person: no punctuation that programs
// use between keys and values, and either words in the first or second person,
// the sentences of prose, or the short lines of an address.
func narrative(b []byte) bool {
	if len(b) < 8 || len(b) > narrativeMax || b[0] == ' ' || b[0] == '\t' || recognizer.IsDigit(b[0]) && len(b) > 10 && (b[4] == '-' || b[2] == '/') {
		return false
	}
	lines, lower, upper, person := 0, 0, 0, 0
	dots, ats := 0, 0 // inside of words
	marks := false    // digits and signs that programs like
	for i := 0; i < len(b); i++ {
		switch c := b[i]; c {
		case '=', '{', '}', '|', '[', ']', '\t', '_', '<', '^':
			return false
		case ':':
			if i > 0 && b[i-1] == ':' {
				return false
			}
			marks = true
		case '.':
			if i > 0 && i+1 < len(b) && recognizer.IsLetter(b[i-1]) && recognizer.IsLetter(b[i+1]) {
				dots++
			}
		case '\n':
			lines++
		default:
			if c == '@' {
				ats++
			}
			marks = marks || recognizer.IsDigit(c) || c == ':' || c == '/' || c == '#' || c == '"' || c == '@'
			if c == 'T' && i > 9 && i+3 < len(b) && recognizer.IsDigit(b[i-1]) && recognizer.IsDigit(b[i+1]) && b[i+3] == ':' {
				return false // a time as programs write it
			}
			if !recognizer.IsLetter(c) || i > 0 && (recognizer.IsWord(b[i-1]) || b[i-1] == '\'') {
				continue
			}
			if n := ours(b[i:]); n > 0 { // what was replaced says nothing of who wrote the rest, but what it was had marks
				marks = true
				i += n - 1
				continue
			}
			end := i
			for end < len(b) && recognizer.IsLetter(b[end]) {
				end++
			}
			if recognizer.IsUpper(c) {
				upper++
			} else {
				lower++
			}
			if recognizer.PersonWord(b[i:end]) && (i == 0 || b[i-1] == ' ' || b[i-1] == '\n' || b[i-1] == '"') && (end == len(b) || b[end] == ' ' || b[end] == '\'' || b[end] == ',' || b[end] == '.' || b[end] == '?' || b[end] == '\n' || b[end] == '!') {
				person++
			}
			i = end - 1
		}
	}
	last := b[len(b)-1]
	switch {
	case person == 0 && dots > 3*ats+1: // the names of classes
		return false
	case lines >= 2:
		return lines < 40 || person > 2
	case person > 0:
		return lower+upper >= 3
	}
	if last == '.' || last == '?' || last == '!' {
		return lower >= 3 && 2*lower >= upper
	}
	return !marks && lower >= 4 && lower >= 2*upper && recognizer.IsUpper(b[0])
}

// free takes the name or the address that starts at pos in a text of a person,
// and says whether there was one.
func (s *searcher) free() bool {
	b, i := s.b, s.pos
	if i > 0 && (recognizer.IsWord(b[i-1]) || b[i-1] == '@' || b[i-1] == '/' || b[i-1] == '\'' && i > 1 && recognizer.IsWord(b[i-2]) || b[i-1] == ':' && recognizer.IsDigit(b[i]) || b[i-1] == '-' && i > 1 && recognizer.IsWord(b[i-2])) {
		return false
	}
	end := recognizer.FreeDate(b, i)
	if end == 0 {
		end = recognizer.SpokenDate(b, i)
	}
	if end > 0 {
		s.take(i, end, recognizer.CareDate)
		return true
	}
	if s.whereabouts(i) {
		return true
	}
	if end := recognizer.AddressLine(b, i); end > 0 {
		s.take(i, recognizer.MoreAddress(b, end), recognizer.StreetAddress)
		return true
	}
	if end := recognizer.PostBox(b, i); end > 0 {
		s.take(i, recognizer.MoreAddress(b, end), recognizer.StreetAddress)
		return true
	}
	if end := s.freeNumber(i); end > 0 {
		return true
	}
	var address bool
	end, address = recognizer.FreeName(b, i)
	if end == 0 && (s.lower || i > 8 && s.phraseBefore(i, "name is", "this is", "i am", "i'm", "named", "called")) {
		end = recognizer.FreeLower(b, i)
	}
	switch {
	case end == 0, !address && recognizer.Eponym(b, end), end < len(b) && b[end] == ':' && bytes.IndexByte(b[i:end], '-') > 0: // Patient-Name: of a header
		return false
	case address:
		s.take(i, recognizer.MoreAddress(b, end), recognizer.StreetAddress)
	default:
		s.name(i, end)
	}
	return true
}

// freeNumber takes a telephone or card number as people write them, in groups of
// any size, when the words before it say so.
func (s *searcher) freeNumber(i int) int {
	b := s.b
	if !recognizer.IsDigit(b[i]) && b[i] != '(' {
		return 0
	}
	line := i // a number that fills its line, perhaps with its kind behind it
	for line > 0 && (b[line-1] == ' ' || b[line-1] == '>' || b[line-1] == ',' || b[line-1] == '\\' || b[line-1] == '?') {
		line--
	}
	end, digits := i, 0
	for j := i; j < len(b) && j-i < 28; j++ {
		if recognizer.IsDigit(b[j]) {
			digits++
			end = j + 1
		} else if b[j] == 'x' && (j == end || j == end+1 && b[end] == ' ') && digits >= 7 && j+1 < len(b) && recognizer.IsDigit(b[j+1]) { // an extension
			digits-- // at least one is none of the number's
		} else if b[j] != ' ' && b[j] != '-' && b[j] != '.' && b[j] != '(' && b[j] != ')' {
			break
		}
	}
	if end < len(b) && recognizer.IsWord(b[end]) {
		return 0
	}
	var k recognizer.Kind
	switch {
	case digits >= 12 && digits <= 19 && s.near(i, 40, "card", "cc", "credit", "debit"):
		k = recognizer.Card
	case digits >= 7 && digits <= 15 && s.near(i, 40, "fax"):
		k = recognizer.Fax
	case digits >= 7 && digits <= 15 && s.near(i, 48, "phone", "call", "mobile", "desk", "tel", "telephone", "messages", "message", "sms", "text", "dial", "cell", "reach", "answering", "number is"):
		k = recognizer.Phone
	case digits >= 3 && digits <= 9 && s.near(i, 20, "zip", "postal", "postcode"):
		k = recognizer.ZIP
	case digits >= 8 && digits <= 13 && (line == 0 || b[line-1] == '\n' || i > line && b[i-1] == ',') && (end == len(b) || b[end] == '\n' || b[end] == '-') && end-i > 8 && !bytes.Contains(b[i:end], []byte("  ")):
		k = recognizer.Phone
	case digits >= 6 && digits <= 18 && s.near(i, 30, "account", "iban", "routing"):
		k = recognizer.Account
	default:
		return 0
	}
	s.take(i, end, k)
	return end
}

// givenName takes the one word behind "maiden name" or "last name is", which can
// be an ordinary one; the word "name" is b[i:end].
func (s *searcher) givenName(i, end int) bool {
	b := s.b
	if i == 0 || b[i-1] != ' ' || !s.phraseBefore(i, "maiden", "last", "first", "family", "given", "middle") {
		return false
	}
	for _, w := range [...]string{" is ", ": ", " was ", " ", " '", " \"", ": '", ": \""} {
		if k := end + len(w); k < len(b) && string(b[end:k]) == w && recognizer.Capital(b, k) {
			if to := recognizer.All[recognizer.PersonName].Value(b, k, false); to > 0 {
				s.name(k, to)
				return true
			}
			return false
		}
	}
	return false
}

// lowerCase says that a text has no capitals, as in chats. Where something was
// replaced nobody knows: the capitals may have stood there.
func lowerCase(b []byte) bool {
	for i, c := range b {
		if recognizer.IsUpper(c) || (c == '[' || c == 't') && ours(b[i:]) > 0 {
			return false
		}
	}
	return true
}
