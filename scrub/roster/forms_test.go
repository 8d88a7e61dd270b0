package roster

import (
	"bytes"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/scrubline/scrubline/scrub/recognizer"
)

// The promise: every identifier of a patient is found in every form below, in any
// case, among anything.

func plain(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(s) {
		if !unicode.Is(unicode.Mn, r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func latin1(s string) string {
	var b []byte
	for _, r := range norm.NFC.String(s) {
		b = append(b, byte(r))
	}
	return string(b)
}

func same(s string) string { return s }

var spellings = map[string]func(string) string{
	"as it is": same, "lower": strings.ToLower, "upper": strings.ToUpper, "without accents": plain, "decomposed": norm.NFD.String, "Latin-1": latin1,
	"hyphens as blanks": func(s string) string { return strings.ReplaceAll(s, "-", " ") },
	"typographic":       func(s string) string { return strings.ReplaceAll(s, "'", "’") },
	"no punctuation":    func(s string) string { return strings.NewReplacer("'", "", "-", "").Replace(s) },
	"lower and plain":   func(s string) string { return strings.ToLower(plain(s)) },
}

// nameForms write a given and a family name; the first of several given names does.
var nameForms = map[string]func(first, last string) string{
	"First Last":      func(f, l string) string { return f + " " + l },
	"Last, First":     func(f, l string) string { return l + ", " + f },
	"Last,First":      func(f, l string) string { return l + "," + f },
	"first.last":      func(f, l string) string { return strings.ReplaceAll(f+"."+l, " ", ".") },
	"FIRST_LAST":      func(f, l string) string { return strings.ReplaceAll(f+"_"+l, " ", "_") },
	"last-first":      func(f, l string) string { return strings.ReplaceAll(l+"-"+f, " ", "-") },
	"Last^First":      func(f, l string) string { return l + "^" + f },
	"Last^First^Q":    func(f, l string) string { return l + "^" + f + "^Q" },
	"First Q. Last":   func(f, l string) string { return f + " Q. " + l },
	"first+last":      func(f, l string) string { return strings.ReplaceAll(f+"+"+l, " ", "+") },
	"'Last', 'First'": func(f, l string) string { return l + "', '" + f },
	"LAST*FIRST":      func(f, l string) string { return l + "*" + f },
	"First Last's":    func(f, l string) string { return f + " " + l + "'s" },
}

func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

var idForms = map[string]func(string) string{
	"as it is": same, "lower": strings.ToLower, "zeros": func(s string) string { return "00" + s },
	"labelled": func(s string) string { return "MRN-" + s }, "glued": func(s string) string { return "mrn" + s },
	"groups": func(s string) string { return s[:3] + "-" + s[3:6] + "-" + s[6:] },
	"pairs":  func(s string) string { return s[:2] + "-" + s[2:4] + "-" + s[4:] },
}

var memberForms = map[string]func(string) string{
	"as it is": same, "lower": strings.ToLower,
	"prefix-digits": func(s string) string { return s[:3] + "-" + s[3:] },
	"prefix digits": func(s string) string { return s[:3] + " " + s[3:] },
	"groups":        func(s string) string { return s[:3] + "-" + s[3:6] + "-" + s[6:] },
}

var phoneForms = map[string]func(string) string{
	"digits": same, "(ddd) ddd-dddd": func(d string) string { return "(" + d[:3] + ") " + d[3:6] + "-" + d[6:] },
	"(ddd)ddd-dddd": func(d string) string { return "(" + d[:3] + ")" + d[3:6] + "-" + d[6:] },
	"hyphens":       func(d string) string { return d[:3] + "-" + d[3:6] + "-" + d[6:] },
	"points":        func(d string) string { return d[:3] + "." + d[3:6] + "." + d[6:] },
	"blanks":        func(d string) string { return d[:3] + " " + d[3:6] + " " + d[6:] },
	"+1":            func(d string) string { return "+1" + d },
	"+1 blanks":     func(d string) string { return "+1 " + d[:3] + " " + d[3:6] + " " + d[6:] },
	"+1 (ddd)":      func(d string) string { return "+1 (" + d[:3] + ") " + d[3:6] + "-" + d[6:] },
	"1-":            func(d string) string { return "1-" + d[:3] + "-" + d[3:6] + "-" + d[6:] },
	"area and rest": func(d string) string { return d[:3] + "-" + d[3:] },
	"Unicode":       func(d string) string { return d[:3] + "\u2011" + d[3:6] + "\u2011" + d[6:] },
	"extension":     func(d string) string { return d[:3] + "-" + d[3:6] + "-" + d[6:] + "x" },
}

var longWords = strings.NewReplacer("Street", "St", "Avenue", "Ave.", "Rd", "Road", "Blvd.", "Boulevard", "Lane", "LN", "Drive", "Dr", "Court", "Ct", "Pkwy", "Parkway", "North ", "N. ", "W. ", "West ", "Saint", "St")

var addressForms = map[string]func(string) string{
	"as it is": same, "lower": strings.ToLower, "upper": strings.ToUpper, "other abbreviations": longWords.Replace,
	"plus":       func(s string) string { return strings.ReplaceAll(s, " ", "+") },
	"underlined": func(s string) string { return strings.ReplaceAll(s, " ", "_") },
	"no compass": func(s string) string { return strings.NewReplacer("North ", "", "W. ", "").Replace(s) },
}

func draw[F any](t *rapid.T, what string, m map[string]F) F {
	var names []string
	for n := range m {
		names = append(names, n)
	}
	return m[rapid.SampledFrom(sorted(names)).Draw(t, what)]
}

func sorted(s []string) []string {
	for i := range s {
		for j := i; j > 0 && s[j] < s[j-1]; j-- {
			s[j], s[j-1] = s[j-1], s[j]
		}
	}
	return s
}

// form draws a form of one of a patient's identifiers.
func form(t *rapid.T, p *patient) (value string, k recognizer.Kind) {
	switch rapid.IntRange(0, 5).Draw(t, "identifier") {
	case 0:
		first, last := p.first, p.last
		if rapid.Bool().Draw(t, "first of the given names") {
			first = strings.FieldsFunc(first, func(r rune) bool { return r == ' ' || r == '-' })[0]
		}
		spell := draw(t, "spelling", spellings)
		value = draw(t, "form", nameForms)(spell(first), spell(last))
		if ordinary(splitWords(nil, []byte(p.first))[0]) && allPlain(p.last) {
			value = p.last + ", " + first // Mark Long: only as names are written
		}
		return value, recognizer.PersonName
	case 1:
		return draw(t, "form", idForms)(p.mrn), recognizer.MRN
	case 2:
		return draw(t, "form", memberForms)(p.member), recognizer.HealthPlan
	case 3:
		return draw(t, "form", phoneForms)(digitsOf(p.phone)), recognizer.Phone
	case 4:
		return draw(t, "case", map[string]func(string) string{"as it is": same, "upper": strings.ToUpper})(p.email), recognizer.Email
	}
	return draw(t, "form", addressForms)(p.address), recognizer.StreetAddress
}

func allPlain(name string) bool {
	for _, w := range splitWords(nil, []byte(name)) {
		if len(w) > 2 && !ordinary(w) {
			return false
		}
	}
	return true
}

var (
	before = []string{"", "chart of ", "user=", `{"q":"`, "(", "/files/", "x; ", "\n", "found:", "é "}
	behind = []string{"", " opened", `"}`, ")", "&page=2", "/x", "\n", ", next", ";"}
)

// uncovered returns what of text[from:to] no hit of a kind covers, letters and
// digits only.
func uncovered(hits []Hit, text string, from, to int, k recognizer.Kind) string {
	b := []byte(text)
	for _, h := range hits {
		if h.Kind == k {
			for i := h.From; i < h.To; i++ {
				b[i] = ' '
			}
		}
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, string(b[from:to]))
}

func made(t testing.TB, seed uint64, n int) []patient {
	m := newMaker(t, seed)
	ps := make([]patient, n)
	for i := range ps {
		ps[i] = m.patient()
	}
	return ps
}

func tableOf(ps []patient) *strings.Reader {
	var b strings.Builder
	b.WriteString(tableHeader)
	for i := range ps {
		b.WriteString(ps[i].row())
	}
	return strings.NewReader(b.String())
}

func TestEveryFormIsFound(t *testing.T) {
	ps := made(t, 11, 3000)
	r, _ := build(t, tableOf(ps), nil)
	s := NewScanner(r)
	rapid.Check(t, func(t *rapid.T) {
		p := &ps[rapid.IntRange(0, len(ps)-1).Draw(t, "patient")]
		value, k := form(t, p)
		head, tail := rapid.SampledFrom(before).Draw(t, "before"), rapid.SampledFrom(behind).Draw(t, "behind")
		text := head + value + tail
		if k == recognizer.PersonName {
			value = strings.TrimSuffix(value, "'s")
		}
		value = strings.TrimPrefix(value, "MRN-") // a label stays
		if rest := uncovered(s.Scan([]byte(text)), text, strings.Index(text, value), strings.Index(text, value)+len(strings.TrimSuffix(value, "x")), k); rest != "" {
			t.Fatalf("%q of %+v: %q is not covered in %q", value, *p, rest, text)
		}
	})
}

// streetOf is what an address is compared by.
func streetOf(address string) string {
	number, words := parseStreet([]byte(address))
	return string(number) + " " + string(bytes.Join(words, []byte(" ")))
}

// TestStrangersAreNotFound: of values that are not in the roster, but look as its
// do, fewer than one in 10,000 are found.
func TestStrangersAreNotFound(t *testing.T) {
	ps := made(t, 11, 3000)
	r, _ := build(t, tableOf(ps), nil)
	s := NewScanner(r)
	mine := map[string]bool{}
	for i := range ps {
		mine[ps[i].mrn], mine[digitsOf(ps[i].phone)], mine[streetOf(ps[i].address)] = true, true, true
	}
	found, asked := 0, 0
	for _, p := range made(t, 12, 20000) {
		if mine[p.mrn] || mine[digitsOf(p.phone)] || mine[streetOf(p.address)] {
			continue
		}
		p.last = "Q" + strings.ToLower(p.last) // nobody there is called so
		for _, v := range []string{p.mrn, p.member, p.phone, p.email, p.address, p.first + " " + p.last} {
			asked++
			if h := s.Scan([]byte("see " + v + " there")); len(h) > 0 {
				found++
				t.Logf("%q %v", v, h)
			}
		}
	}
	if asked < 100_000 || found > asked/10_000 {
		t.Errorf("%d of %d strangers were found", found, asked)
	}
}

func TestOneNameAloneIsNotFound(t *testing.T) {
	ps := made(t, 11, 3000)
	r, _ := build(t, tableOf(ps), nil)
	s := NewScanner(r)
	for i := range ps {
		for _, v := range []string{ps[i].first, ps[i].last} {
			if strings.ContainsAny(v, " -") {
				continue // several names may be somebody's
			}
			if h := s.Scan([]byte("saw " + v + " today")); len(h) > 0 {
				t.Fatalf("%q was found alone: %v", v, h)
			}
		}
	}
}
