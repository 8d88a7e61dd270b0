package recognizer

import "github.com/scrubline/scrubline/schemas"

// National provider identifiers (K): ten digits, the first 1 or 2, Luhn over
// 80840 and the number (CMS, "NPI Check Digit"). One epoch second in ten passes
// that, so a key is needed.
var npi = Recognizer{
	Name: "us_npi", Letter: 'K', Treat: schemas.Label,
	Keys: []string{"npi", "provider npi", "national provider identifier", "npi number", "rendering provider", "prescriber npi"},
	Value: func(b []byte, i int, _ bool) int {
		if e := run(b, i); e-i == 10 && (b[i] == '1' || b[i] == '2') && boundary(b, e) && luhn(b[i:e], 24) {
			return e
		}
		return 0
	},
}
