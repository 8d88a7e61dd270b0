package recognizer

import "github.com/scrubline/scrubline/schemas"

// Social security numbers (G). Areas 000, 666 and 900–999, group 00 and serial
// 0000 are never issued (SSA, "Social Security Number Randomization", 2011);
// 9xx are IRS individual taxpayer numbers, taken too.
var ssn = Recognizer{
	Name: "us_ssn", Letter: 'G', Treat: schemas.Label,
	Keys:  []string{"ssn", "social security", "social security number", "social", "ssn last4", "last4 ssn", "ssn4", "itin", "tin", "tax id", "taxpayer id", "socialsecuritynumber", "soc sec", "last4", "last 4", "last four", "ssn last 4", "ssn last four", "ss", "social security no", "ssn9", "ssn 4", "patient ssn", "ssnlast4", "socsec", "seguro social", "numero de seguro social", "número de seguro social", "ss number", "ssnbr", "ssno", "soc sec number"},
	Value: ssnValue, Shape: ssnShape, Runs: []int{3},
	Next:   func(_ int, c byte) bool { return joins(c) && c != '.' },
	Before: func(c byte) bool { return c != '-' && c != '.' },
}

func ssnShape(b []byte, i int) int {
	d := dash(b, i+3)
	if d == 0 || b[i+3] == '.' || !exactly(b, i+3+d, 2) {
		return 0
	}
	j := i + 5 + d
	if dash(b, j) != d || b[j] != b[i+3] || !exactly(b, j+d, 4) || !boundary(b, j+d+4) {
		return 0
	}
	end := j + d + 4
	if b[j] == ' ' && end-i == 11 && (i > 0 && b[i-1] == ' ' && i > 1 && IsDigit(b[i-2])) {
		return 0 // a column of numbers
	}
	area := num(b[i : i+3])
	if area == 0 || area == 666 || num(b[i+3+d:i+5+d]) == 0 || num(b[j+d:end]) == 0 {
		return 0
	}
	if end < len(b) && b[end] == '-' || i > 0 && (b[i-1] == '-' || b[i-1] == '.') {
		return 0 // part of a longer identifier
	}
	return end
}

func ssnValue(b []byte, i int, _ bool) int {
	if e := ssnShape3(b, i); e > 0 {
		return e
	}
	j, stars := i, 0
	for j < len(b) && (b[j] == '*' || b[j]|0x20 == 'x' || b[j] == '-') {
		j++
		stars++
	}
	if e := run(b, j); (e-j == 9 || e-j == 4) && boundary(b, e) {
		return e
	}
	return 0
}

// ssnShape3 is ssnShape without its doubts about columns and neighbours.
func ssnShape3(b []byte, i int) int {
	if !exactly(b, i, 3) {
		return 0
	}
	d := dash(b, i+3)
	if d == 0 || !exactly(b, i+3+d, 2) {
		return 0
	}
	e := dash(b, i+5+d)
	if e == 0 || !exactly(b, i+5+d+e, 4) {
		return 0
	}
	return i + 9 + d + e
}
