package evaluate

import (
	"net/url"
	"regexp"
	"strings"
)

// suspects are what a second look at scrubbed text looks for: plain expressions that
// share nothing with the recognizers, so that a fault of theirs shows.
var suspects = []struct {
	kind string
	re   *regexp.Regexp
	good func(m string) bool // nil: whatever matches
}{
	{"ssn", regexp.MustCompile(`\b\d{3}-\d{2}-\d{4}\b`), func(m string) bool {
		return m[0] != '9' && m[:3] != "000" && m[:3] != "666" && m[4:6] != "00" && m[7:] != "0000"
	}},
	{"phone", regexp.MustCompile(`(?:\([2-9]\d{2}\) ?|\b[2-9]\d{2}[-.])[2-9]\d{2}[-.]\d{4}\b`), nil},
	{"email", regexp.MustCompile(`[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}\b`), nil},
	{"birth_date", regexp.MustCompile(`(?i)\b(?:dob|birth[ _-]?date|date[ _]of[ _]birth)\b["'\s:=]{1,6}\d{1,4}[-/]\d{1,2}[-/]\d{1,4}`), nil},
	{"mrn", regexp.MustCompile(`(?i)\bmrn["'\s:=#-]{1,6}[A-Z]{0,3}\d{5,}`), nil},
	{"name", regexp.MustCompile(`(?:[Pp]atient|[Ff]irst|[Ll]ast|[Gg]iven|[Ff]amily|[Mm]ember)[ _]?[Nn]ame["'\s:=]{1,6}[A-Z][a-z]+`), nil},
	{"card", regexp.MustCompile(`\b(?:4\d{3}|5[1-5]\d{2}|6011)[ -]?\d{4}[ -]?\d{4}[ -]?\d{4}\b`), checksum},
}

// replaced are our own tokens and labels, and what stands for a dropped field.
var replaced = regexp.MustCompile(`t1\.[a-z_]+\.\d+\.[a-z2-7]{26}|\[phi-[a-z_.0-9]+\]`)

// SecondLook names the kinds of what could be a person's in scrubbed text, each once.
// It knows no staff from patients, and no test numbers from real ones: what it says
// is an upper estimate.
func SecondLook(text string) (kinds []string) {
	text = replaced.ReplaceAllString(text, " ")
	forms := []string{text}
	if plain, err := url.PathUnescape(text); err == nil && plain != text {
		forms = append(forms, plain)
	}
	for i := range suspects {
		s := &suspects[i]
		for _, form := range forms {
			if found(s.re.FindAllString(form, -1), s.good) {
				kinds = append(kinds, s.kind)
				break
			}
		}
	}
	return kinds
}

func found(all []string, good func(string) bool) bool {
	for _, m := range all {
		if good == nil || good(m) {
			return true
		}
	}
	return false
}

// checksum says that the digits of a card's number sum up by ISO/IEC 7812-1.
func checksum(m string) bool {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, m)
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			d = d*2 - 9*(d/5)
		}
		sum += d
	}
	return sum%10 == 0
}
