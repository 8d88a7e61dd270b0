package policy

import (
	"bytes"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/recognizer"
)

const (
	// maxStandsFor is how many values the pattern of an allowance may match. One
	// that matches more is no list of known values but a class, and to keep a
	// class takes the word unsafe.
	maxStandsFor = 10_000
	maxAllowed   = 200 // bytes of an allowed value
	soon         = 14 * 24 * time.Hour
)

// allowance lets values pass that are known not to be a patient's.
type allowance struct {
	name, source, field string
	class               class
	rule                uint16    // of the field, 0 if there is none
	end                 time.Time // it works before that
	reason, owner       string
	at                  at

	// value, folded both ways, or a pattern. All may be identifiers: see the
	// package's comment.
	value, tight, pattern []byte
	machine               *machine
}

var allowKeys = []string{"name", "class", "value", "pattern", "unsafe_pattern", "source", "field", "reason", "owner", "expires"}

func (r *reader) allowances(m member, custom []Custom, now time.Time) (as []allowance) {
	for _, n := range r.list(m.value, "allow") {
		if a, ok := r.allowance(n, custom, now); ok {
			for i := range as {
				if as[i].name == a.name {
					r.fail(a.at, "two allowances are called %s: the other is in line %d", shown(a.name), as[i].at.line)
				}
			}
			as = append(as, a)
		}
	}
	return as
}

func (r *reader) allowance(n ast.Node, custom []Custom, now time.Time) (a allowance, ok bool) {
	before := r.problems.Errors()
	a.at = place(n)
	has := map[string]at{}
	classOf := member{}
	open := false
	for _, m := range r.mapping(n, "an allowance", allowKeys...) {
		text, ok := r.text(m)
		if has[m.key] = m.at; !ok {
			continue
		}
		switch m.key {
		case "name":
			if a.name = text; !identifier(text, 40) {
				r.fail(m.at, "a name is of lower case letters, digits, - and _, 40 at most: it is shown where the value must not be")
			}
		case "class":
			classOf, a.class.name = m, text
		case "value":
			a.value, a.tight = fold(nil, []byte(text), false), fold(nil, []byte(text), true)
			if len(a.tight) < 2 || len(text) > maxAllowed {
				r.fail(m.at, "an allowed value has 2 letters or digits at least and 200 bytes at most")
			}
		case "pattern", "unsafe_pattern":
			a.pattern, open = []byte(text), m.key == "unsafe_pattern"
			a.machine = r.allowPattern(m.at, text, open)
		case "source":
			a.source = text
			r.source(m.at, text)
		case "field":
			a.field = text
		case "reason":
			a.reason = text
		case "owner":
			a.owner = text
		case "expires":
			day, err := time.Parse(time.DateOnly, text)
			if err != nil {
				r.fail(m.at, "expires is a day, written like 2027-01-31")
			}
			a.end = day.AddDate(0, 0, 1)
		}
	}
	for _, key := range [...]string{"name", "class", "reason", "expires"} {
		if _, ok := has[key]; !ok {
			r.fail(a.at, "the allowance%s has no %s: without it nothing is allowed", called(a.name), key)
		}
	}
	if classOf.key != "" {
		a.class, _ = r.class(classOf.at, a.class.name, custom)
	}
	if a.value != nil && a.pattern != nil || len(has) > 0 && a.value == nil && a.pattern == nil {
		r.fail(a.at, "the allowance%s needs either a value or a pattern", called(a.name))
	}
	if _, ok := has["owner"]; !ok && r.problems.Errors() == before {
		r.warn(a.at, "the allowance%s has no owner: nobody will be asked when it expires", called(a.name))
	}
	if a.field != "" && a.source == "" {
		r.fail(has["field"], "field needs a source: the same path is another field elsewhere")
	} else if a.field != "" && a.class.has(recognizer.IPAddress, nil) {
		r.fail(has["field"], "a network address is allowed wherever it stands: leave out field")
	} else if a.field != "" {
		r.path(has["field"], a.source, a.field)
	}
	if r.problems.Errors() > before {
		return a, false
	}
	a.remind(r, now)
	if open {
		r.warn(a.at, "unsafe_pattern: allowance %s lets a whole class of values stand: %s", a.name, a.reason)
	}
	return a, true
}

// remind warns of allowances that do not work any more, or soon will not.
func (a *allowance) remind(r *reader, now time.Time) {
	day := a.end.AddDate(0, 0, -1).Format(time.DateOnly)
	switch left := a.end.Sub(now); {
	case left <= 0:
		r.warn(a.at, "allowance %s expired on %s: what it names is replaced again", a.name, day)
	case left <= soon:
		r.warn(a.at, "allowance %s expires on %s", a.name, day)
	}
}

func (r *reader) allowPattern(where at, text string, open bool) *machine {
	re, w, err := parsePattern(text)
	if err == nil && !open && w.count > maxStandsFor {
		r.fail(where, "the pattern stands for more than 10,000 values, which is no list of known ones: narrow it, or write unsafe_pattern")
		return nil
	}
	var m *machine
	if err == nil {
		m, err = newMachine(re)
	}
	if err != nil {
		r.fail(where, "%s", err)
	}
	return m
}

// covers says whether the allowance lets raw, which is folded as its kind wants
// it, stand now.
func (a *allowance) covers(k recognizer.Kind, custom *Custom, raw, folded []byte, field uint16, now func() time.Time) bool {
	value := a.value
	if grouped(k) {
		value = a.tight
	}
	if k == recognizer.Phone || k == recognizer.Fax {
		value, folded = national(value), national(folded)
	}
	switch {
	case !a.class.has(k, custom) || a.rule != 0 && a.rule != field:
		return false
	case a.machine != nil:
		if !a.machine.whole(raw) {
			return false
		}
	case !bytes.Equal(value, folded):
		return false
	}
	return now().Before(a.end)
}

// fold appends value with its letters in lower case. What stands between letters
// and digits becomes a blank or, of numbers that people write in groups, nothing:
// (415) 555-0100 and 415.555.0100 are one, 1.12.0.1 and 11.2.0.1 are not.
func fold(dst, value []byte, grouped bool) []byte {
	n, gap := len(dst), false
	for _, c := range value {
		switch {
		case c-'A' < 26:
			c |= 0x20
		case c-'a' < 26, c-'0' < 10, c >= 0x80:
		default:
			gap = !grouped
			continue
		}
		if gap && len(dst) > n {
			dst = append(dst, ' ')
		}
		gap = false
		dst = append(dst, c)
	}
	return dst
}

// grouped says of which kinds people write the numbers in groups as they like.
func grouped(k recognizer.Kind) bool {
	switch k {
	case recognizer.Phone, recognizer.Fax, recognizer.SSN, recognizer.MRN, recognizer.MBI, recognizer.HealthPlan, recognizer.Card,
		recognizer.Account, recognizer.NPI, recognizer.DEA, recognizer.License:
		return true
	}
	return false
}

// national is a phone number, folded, without the country code 1.
func national(b []byte) []byte {
	if len(b) == 11 && b[0] == '1' {
		return b[1:]
	}
	return b
}

// called is how messages call an entry: by its name, if it has one that can be
// shown.
func called(name string) string {
	if !identifier(name, 40) {
		return ""
	}
	return " " + name
}

// identifier says that s is of lower case letters, digits, - and _, and starts
// with a letter.
func identifier(s string, limit int) bool {
	for i := range len(s) {
		if c := s[i]; c-'a' > 25 && (i == 0 || c-'0' > 9 && c != '-' && c != '_') {
			return false
		}
	}
	return s != "" && len(s) <= limit
}

// source notes a source that nobody knows.
func (r *reader) source(where at, name string) bool {
	names := schemas.SourceNames()
	for _, n := range names {
		if n == name {
			return true
		}
	}
	r.fail(where, "there is no source %s%s", shown(name), instead(name, names))
	return false
}
