package scrub

import (
	"bytes"

	"github.com/scrubline/scrubline/scrub/recognizer"
)

// What the barcode of a driver licence or an identification card holds: elements of
// three letters, each on a line of its own (AAMVA DL/ID Card Design Standard 2020,
// annex D.12.5).

// licenceElements says what the elements hold that lead to the card's holder.
var licenceElements = map[string]recognizer.Kind{
	"DAA": recognizer.PersonName, "DAB": recognizer.PersonName, "DAC": recognizer.PersonName, "DAD": recognizer.PersonName, "DCS": recognizer.PersonName, "DCT": recognizer.PersonName, "DBN": recognizer.PersonName, "DBG": recognizer.PersonName,
	"DAG": recognizer.StreetAddress, "DAH": recognizer.StreetAddress, "DAI": recognizer.StreetAddress, "DAL": recognizer.StreetAddress, "DAM": recognizer.StreetAddress, "DAN": recognizer.StreetAddress, "DAK": recognizer.ZIP, "DAP": recognizer.ZIP,
	"DAQ": recognizer.License, "DBJ": recognizer.License, "DBB": recognizer.BirthDate, "DBL": recognizer.BirthDate, "DBD": recognizer.CareDate, "DBA": recognizer.CareDate,
	"DBK": recognizer.SSN, "DBM": recognizer.SSN, "DCF": recognizer.OtherID, "DCK": recognizer.OtherID,
}

// licenceMax bounds what belongs to one card.
const licenceMax = 1500

// licence takes the elements behind the file type ANSI of a card, whose end is b[i].
// The number of the issuer, six digits that start with 6360 or 6046, follows.
func (s *searcher) licence(i int) bool {
	b := s.b
	if i+8 > len(b) || b[i] != ' ' || string(b[i+1:i+4]) != "636" && string(b[i+1:i+4]) != "604" || !numbers(b[i+1:i+7], 6) {
		return false
	}
	end, found := min(len(b), i+licenceMax), false
	for i < end {
		if !licenceElement(b, i) {
			i++
			continue
		}
		kind, from := licenceElements[string(b[i:i+3])], i+3
		for i = from; i < end && b[i] >= ' ' && b[i] != '"' && b[i] != '\\' && b[i] != '|' && !(b[i] == ' ' && licenceElement(b, i+1)); i++ {
		}
		if kind != recognizer.None && i-from > 1 && ours(b[from:]) == 0 {
			s.take(from, i, kind)
			found = true
		}
	}
	return found
}

// licenceElement says that an element starts at b[i]: at the start of a line, behind
// a blank where a program has put the lines together, or behind DL or ID, which start
// the holder's part.
func licenceElement(b []byte, i int) bool {
	if i < 2 || i+3 > len(b) || b[i] != 'D' && b[i] != 'Z' || !recognizer.IsUpper(b[i+1]) || !recognizer.IsUpper(b[i+2]) || b[i+1] == 'L' {
		return false
	}
	switch p := string(b[i-2 : i]); p {
	case "DL", "ID", `\n`, `\r`:
		return true
	}
	return !recognizer.IsWord(b[i-1])
}

// licenceKey is what the member key announces as an element of a card: the object
// around has its number and its holder's name too.
func licenceKey(b, key []byte) recognizer.Kind {
	if len(key) != 3 || key[0] != 'D' {
		return recognizer.None
	}
	k := licenceElements[string(key)]
	if k == recognizer.None || !bytes.Contains(b, []byte(`"DAQ"`)) || !bytes.Contains(b, []byte(`"DCS"`)) && !bytes.Contains(b, []byte(`"DBB"`)) {
		return recognizer.None
	}
	return k
}
