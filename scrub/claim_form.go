package scrub

import (
	"bytes"

	"github.com/scrubline/scrubline/scrub/recognizer"
)

// The boxes of the paper forms that claims are made on, by their numbers: the
// items of the CMS-1500 (NUCC 1500 Claim Form Reference Instruction Manual) and the form
// locators of the UB-04 (NUBC Official UB-04 Data Specifications Manual).
var (
	professionalBoxes = map[string]recognizer.Kind{
		"1a": recognizer.HealthPlan, "2": recognizer.PersonName, "3": recognizer.BirthDate, "4": recognizer.PersonName, "5": recognizer.StreetAddress, "7": recognizer.StreetAddress,
		"9": recognizer.PersonName, "9a": recognizer.HealthPlan, "9b": recognizer.BirthDate, "11": recognizer.HealthPlan, "11a": recognizer.BirthDate, "14": recognizer.CareDate, "15": recognizer.CareDate, "16": recognizer.CareDate, "18": recognizer.CareDate, "24a": recognizer.CareDate, "26": recognizer.Account,
	}
	institutionalBoxes = map[string]recognizer.Kind{
		"3a": recognizer.Account, "3b": recognizer.MRN, "6": recognizer.CareDate, "8": recognizer.PersonName, "8a": recognizer.OtherID, "8b": recognizer.PersonName, "9a": recognizer.StreetAddress, "9b": recognizer.StreetAddress, "9d": recognizer.ZIP,
		"10": recognizer.BirthDate, "12": recognizer.CareDate, "58": recognizer.PersonName, "58a": recognizer.PersonName, "58b": recognizer.PersonName, "60": recognizer.HealthPlan, "60a": recognizer.HealthPlan, "60b": recognizer.HealthPlan, "63": recognizer.OtherID, "64": recognizer.OtherID,
	}
)

// boxKey is what a key announces as a box of a form, FL8b, box_1a or Box 2, in a
// record that names the form: boxes are also drawn and shipped.
func boxKey(record, key []byte) recognizer.Kind {
	at := len(key)
	for at > 0 && len(key)-at < 4 && recognizer.IsLetter(key[at-1]) {
		at--
	}
	for at > 0 && len(key)-at < 4 && recognizer.IsDigit(key[at-1]) {
		at--
	}
	number := key[at:]
	if len(number) == 0 || len(number) > 3 || !recognizer.IsDigit(number[0]) {
		return recognizer.None
	}
	if at > 0 && (key[at-1] == ' ' || key[at-1] == '_' || key[at-1] == '-') {
		at--
	}
	from := at
	for from > 0 && recognizer.IsLetter(key[from-1]) {
		from--
	}
	word := key[from:at]
	var small [3]byte
	for i, c := range number {
		small[i] = c | 0x20 // digits have that bit
	}
	switch {
	case foldedEqual(word, "fl"):
		if k := institutionalBoxes[string(small[:len(number)])]; k != recognizer.None && names(record, "UB-04", "UB04", "ub04", "ub-04", "ub_04", "837I", "CMS-1450", "CMS1450") {
			return k
		}
	case foldedEqual(word, "box"), foldedEqual(word, "item"):
		if k := professionalBoxes[string(small[:len(number)])]; k != recognizer.None && names(record, "CMS-1500", "CMS1500", "cms1500", "cms-1500", "cms_1500", "HCFA", "hcfa", "837P") {
			return k
		}
	}
	return recognizer.None
}

// names says that one of the words stands in b.
func names(b []byte, words ...string) bool {
	for _, w := range words {
		if bytes.Contains(b, []byte(w)) {
			return true
		}
	}
	return false
}

// box takes the value at b[i] of a box: in quotes or brackets, or up to the next box or
// what else ends a value. It says whether it did.
func (s *searcher) box(i int, k recognizer.Kind) bool {
	b := s.b
	for i < len(b) && b[i] == ' ' {
		i++
	}
	if i == len(b) {
		return false
	}
	shut := byte(0)
	switch b[i] {
	case '"', '\'':
		shut = b[i]
		i++
	case '[':
		shut = ']'
		i++
	}
	end, words := i, k == recognizer.PersonName || k == recognizer.StreetAddress
	for end < len(b) && end-i < 80 && b[end] != shut && b[end] != '\n' && b[end] != '\t' && b[end] != ';' && b[end] != '|' && b[end] != '\\' && b[end] != '}' {
		if c := b[end]; shut == 0 && (c == '"' || c == ' ' && !words || c == ' ' && boxAt(b, end+1) || c == ',' && (!words || boxAt(b, end+2)) || c == ' ' && words && end+1 < len(b) && small(b[end+1])) {
			break
		}
		end++
	}
	if end-i < 2 || ours(b[i:]) > 0 {
		return false
	}
	s.take(i, end, k)
	return true
}

// boxAt says that a box starts at b[i].
func boxAt(b []byte, i int) bool {
	if i+4 > len(b) {
		return false
	}
	return foldedEqual(b[i:i+2], "fl") && (recognizer.IsDigit(b[i+2]) || b[i+2] == ' ' && recognizer.IsDigit(b[i+3])) || foldedEqual(b[i:i+3], "box") && (recognizer.IsDigit(b[i+3]) || b[i+3] == ' ' || b[i+3] == '_')
}

// formKey is what the member key at b[from] announces as the name that a format or a
// form gives a field by its place: NM103, DAQ, box1a, a number in a tree of HL7 v2.
func (e *Engine) formKey(b, key []byte, from int) recognizer.Kind {
	switch n := len(key); {
	case n == 0 || n > 7:
		return recognizer.None
	case n < 3:
		return e.hl7Leaf(b, key, from)
	case n == 3 && key[0] == 'D':
		return licenceKey(b, key)
	}
	if k := x12Element(b, key, from); k != recognizer.None {
		return k
	}
	return boxKey(b, key)
}
