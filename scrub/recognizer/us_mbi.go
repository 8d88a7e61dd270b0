package recognizer

import "github.com/scrubline/scrubline/schemas"

// Medicare beneficiary identifiers (I): 11 characters, C A AN N A AN N A A N N
// where A leaves out S L O I B Z (CMS, "Understanding the New Medicare
// Beneficiary Identifier Format"); printed with dashes as 4-3-4.
var mbi = Recognizer{
	Name: "us_mbi", Letter: 'I', Treat: schemas.Label,
	Keys: []string{"mbi", "medicare", "medicare id", "medicare number", "medicare beneficiary", "hicn"},
	Value: func(b []byte, i int, _ bool) int {
		if e := mbiShape(b, i, true); e > 0 {
			return e
		}
		return hicn(b, i)
	},
	Shape:  func(b []byte, i int) int { return mbiShape(b, i, false) },
	Runs:   []int{1},
	Next:   func(_ int, c byte) bool { return IsUpper(c) },
	Before: func(c byte) bool { return c != '-' && c != '_' },
}

const mbiPattern = "CAXNAXNAANN"

func mbiShape(b []byte, i int, anyCase bool) int {
	j := i
	for k := 0; k < len(mbiPattern); k++ {
		if (k == 4 || k == 7) && j < len(b) && b[j] == '-' {
			j++
		}
		if j >= len(b) {
			return 0
		}
		c := b[j]
		if anyCase && class[c]&lower != 0 {
			c -= 0x20
		}
		letter := IsUpper(c) && c != 'S' && c != 'L' && c != 'O' && c != 'I' && c != 'B' && c != 'Z'
		switch mbiPattern[k] {
		case 'C':
			if c < '1' || c > '9' {
				return 0
			}
		case 'A':
			if !letter {
				return 0
			}
		case 'X':
			if !letter && !IsDigit(c) {
				return 0
			}
		case 'N':
			if !IsDigit(c) {
				return 0
			}
		}
		j++
	}
	if !boundary(b, j) || j < len(b) && (b[j] == '-' || b[j] == '_') || i > 0 && (b[i-1] == '-' || b[i-1] == '_' || b[i-1] == '/' && j < len(b) && b[j] != '/' && b[j] != '?' && b[j] != ' ' && b[j] != '"') && !anyCase {
		return 0
	}
	return j
}

// hicn reads the older claim number: a social security number and a suffix.
func hicn(b []byte, i int) int {
	e := ssnShape3(b, i)
	if e == 0 {
		if e = run(b, i); e-i != 9 {
			return 0
		}
	}
	if e < len(b) && b[e] == '-' {
		e++
	}
	for k := 0; k < 2 && e < len(b) && (IsUpper(b[e]) || IsDigit(b[e])); k++ {
		e++
	}
	if !boundary(b, e) {
		return 0
	}
	return e
}
