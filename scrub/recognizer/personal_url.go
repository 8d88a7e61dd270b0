package recognizer

import "github.com/scrubline/scrubline/schemas"

// Web addresses that lead to one person (N): the personal segment is taken, the
// host and the route stay. See the scrubber's path rules.
var personalURL = Recognizer{
	Name: "personal_url", Letter: 'N', Treat: schemas.Label,
	Keys: []string{"profile url", "homepage", "home page", "personal url", "facebook", "linkedin", "twitter", "instagram", "profile link"},
	Value: func(b []byte, i int, _ bool) int {
		j := i
		for j < len(b) && b[j] > ' ' && b[j] != '"' && b[j] != '\'' && b[j] != ',' && b[j] != '&' && b[j] != '<' {
			j++
		}
		if j-i < 6 {
			return 0
		}
		return j
	},
}
