package recognizer

import "github.com/scrubline/scrubline/schemas"

// ZIP codes (B): five digits or ZIP+4, announced by a key, by a state before
// them ("IL 62704"), or written as ZIP+4 after a state's name.
var zip = Recognizer{
	Name: "us_zip", Letter: 'B', Treat: schemas.Label,
	Keys:  []string{"zip", "zip code", "zipcode", "postal code", "postalcode", "postcode", "zip5", "zip4", "address postalcode", "postal", "codigo postal", "código postal", "patient zip", "home zip", "zip plus 4", "zipplus4", "zip4 code"},
	Value: func(b []byte, i int, _ bool) int { return zipEnd(b, i) },
	Shape: func(b []byte, i int) int {
		if i < 3 || b[i-1] != ' ' && b[i-1] != '^' && b[i-1] != '|' || !IsUpper(b[i-2]) || !IsUpper(b[i-3]) || !boundary(b, i-4) || !states[string(b[i-3:i-1])] || b[i-3] == 'A' && b[i-2] == 'S' && !folded(b[i:], "967") {
			return 0 // AS 22603 is a network; American Samoa has 967 only
		}
		return zipEnd(b, i)
	},
	Runs:   []int{5, 9},
	Before: func(c byte) bool { return c == ' ' || c == '^' || c == '|' },
}

func zipEnd(b []byte, i int) int {
	e := run(b, i)
	switch {
	case e-i == 9 && boundary(b, e):
		return e
	case e-i == 4 && boundary(b, e) && i >= 5 && folded(b[i-5:], "zip") && !IsWord(b[i-1]): // ZIP: 3962
		return e
	case e-i != 5:
		return 0
	case e < len(b) && b[e] == '-' && exactly(b, e+1, 4) && boundary(b, e+5):
		return e + 5
	case boundary(b, e):
		return e
	}
	return 0
}

// states are the USPS abbreviations of states and territories (Publication 28,
// appendix B).
var states = func() map[string]bool {
	m := map[string]bool{}
	const all = "ALAKAZARCACOCTDEFLGAHIIDILINIAKSKYLAMEMDMAMIMNMSMOMTNENVNHNJNMNYNCNDOHOKORPARISCSDTNTXUTVTVAWAWVWIWYDCPRVIGUASMP"
	for i := 0; i < len(all); i += 2 {
		m[all[i:i+2]] = true
	}
	return m
}()

// State says that w is the abbreviation of a state or territory.
func State(w []byte) bool { return len(w) == 2 && states[string(w)] }
