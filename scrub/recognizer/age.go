package recognizer

import "github.com/scrubline/scrubline/schemas"

// Ages over 89 (C); ages up to 89 may stay (45 CFR 164.514(b)(2)(i)(C)).
var age = Recognizer{
	Name: "age_over_89", Letter: 'C', Treat: schemas.Label,
	Keys: []string{"age", "patient age", "aged", "age years", "years old"},
	Value: func(b []byte, i int, _ bool) int {
		if e := run(b, i); over89(b, i, e) && boundary(b, e) {
			return e
		}
		return 0
	},
	Shape: func(b []byte, i int) int {
		e := run(b, i)
		if !over89(b, i, e) {
			return 0
		}
		j := e
		if j < len(b) && (b[j] == '-' || b[j] == ' ') {
			j++
		}
		for _, w := range [...]string{"year-old", "year old", "years old", "years-old", "yo ", "y/o", "yr old", "yrs old", "y.o."} {
			if folded2(b[j:], w) {
				return e
			}
		}
		return 0
	},
	Runs: []int{2, 3},
	Next: func(_ int, c byte) bool { return c == '-' || c == ' ' || c|0x20 == 'y' },
}

func over89(b []byte, i, e int) bool {
	n := e - i
	return (n == 2 || n == 3) && num(b[i:e]) >= 90 && num(b[i:e]) <= 125
}

// folded2 is folded for words with punctuation.
func folded2(b []byte, w string) bool {
	if len(b) < len(w) {
		return false
	}
	for i := 0; i < len(w); i++ {
		c := b[i]
		if IsUpper(c) {
			c |= 0x20
		}
		if c != w[i] {
			return false
		}
	}
	return true
}
