package recognizer

import "github.com/scrubline/scrubline/schemas"

// DEA registration numbers (K): two letters and seven digits; the last digit is
// that of d1+d3+d5 + 2(d2+d4+d6) (21 CFR 1301, DEA number check).
var dea = Recognizer{
	Name: "us_dea", Letter: 'K', Treat: schemas.Label,
	Keys:  []string{"dea", "dea number", "dea no", "dea registration"},
	Value: func(b []byte, i int, _ bool) int { return DEAAt(b, i) },
}

// DEAAt returns the end of the DEA number at i, or 0.
func DEAAt(b []byte, i int) int {
	if i+9 > len(b) || !IsLetter(b[i]) || !IsWord(b[i+1]) || !exactly(b, i+2, 7) || !boundary(b, i+9) {
		return 0
	}
	d := func(k int) int { return int(b[i+1+k] - '0') }
	if (d(1)+d(3)+d(5)+2*(d(2)+d(4)+d(6)))%10 != d(7) {
		return 0
	}
	return i + 9
}
