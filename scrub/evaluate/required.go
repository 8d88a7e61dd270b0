package evaluate

import "regexp"

// sparse are the areas of three digits with 20,000 people or fewer, in the
// Census of 2000 or of 2010: of a ZIP code there nothing may stay.
var sparse = func() map[string]bool {
	m := map[string]bool{}
	for _, z := range []string{
		"036", "059", "063", "102", "202", "203", "204", "205", "369", "556", "692", "753", "772", "790",
		"821", "823", "830", "831", "878", "879", "884", "890", "893",
	} {
		m[z] = true
	}
	return m
}()

// years find the one year that a date may keep, the first of them that does. The
// last one's year is its group: no digit may touch it.
var years = []*regexp.Regexp{
	regexp.MustCompile(`^(?:19|20)[0-9]{2}`),
	regexp.MustCompile(`(?:19|20)[0-9]{2}$`),
	regexp.MustCompile(`(?:^|[^0-9])((?:19|20)[0-9]{2})(?:[^0-9]|$)`),
}

// required appends the offsets in text of the bytes of s that must not stay.
func required(text []byte, s *Span, at []int) []int {
	v := text[s.Start:s.End]
	n := 0
	for _, c := range v {
		if word(c) {
			n++
		}
	}
	from, to := 0, 0 // of v: what may stay
	switch s.Type {
	case "DATE", "DOB":
		if n > 4 {
			from, to = year(v)
		}
	case "ZIP":
		if len(v) >= 3 && digit(v[0]) && digit(v[1]) && digit(v[2]) && !sparse[string(v[:3])] {
			to = 3
		}
	}
	for i, c := range v {
		if word(c) && (i < from || i >= to) {
			at = append(at, s.Start+i)
		}
	}
	return at
}

func year(v []byte) (from, to int) {
	for _, y := range years {
		if m := y.FindSubmatchIndex(v); m != nil {
			return m[len(m)-2], m[len(m)-1]
		}
	}
	return 0, 0
}

// word says that c is of a letter or a digit, in any script.
func word(c byte) bool {
	return c >= 0x80 || digit(c) || c|0x20 >= 'a' && c|0x20 <= 'z'
}

func digit(c byte) bool { return c >= '0' && c <= '9' }
