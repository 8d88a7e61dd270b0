package sigma

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// item is a field's line in a selection: its modifiers, in order.
type item struct {
	field    string
	line     int
	all      bool
	neq      bool
	cased    bool
	before   bool // contains, endswith
	behind   bool // contains, startswith
	place    Place
	regexp   bool
	flags    string
	cidr     bool
	exists   bool
	fieldref bool
	expand   bool
	op       Op
	part     Part
	encode   []string // windash, base64 and the like, in order
}

// flagNames are the flags of re, which pySigma knows by long names too.
var flagNames = map[string]string{"i": "i", "m": "m", "s": "s", "ignorecase": "i", "multiline": "m", "dotall": "s"}

// parseItem reads "field|modifier|modifier".
func parseItem(key string, line int) (*item, error) {
	parts := strings.Split(key, "|")
	it := &item{field: parts[0], line: line}
	place := func(p Place, name string) error {
		if it.place != Whole {
			return at(line, "modifier %s: the value's place is given twice", name)
		}
		it.place = p
		it.before, it.behind = p != Prefix, p != Suffix
		return nil
	}
	compare := func(op Op) error {
		if it.op != EQ {
			return at(line, "two comparisons of one field")
		}
		it.op = op
		return nil
	}
	for _, m := range parts[1:] {
		var err error
		switch m {
		case "contains":
			err = place(Inside, m)
		case "startswith":
			err = place(Prefix, m)
		case "endswith":
			err = place(Suffix, m)
		case "all":
			it.all = true
		case "neq":
			it.neq = true
		case "cased":
			it.cased = true
		case "exists":
			it.exists = true
		case "re":
			it.regexp = true
		case "i", "m", "s", "ignorecase", "multiline", "dotall":
			if !it.regexp {
				err = at(line, "modifier %s is for re only", m)
			}
			if m = flagNames[m]; !strings.Contains(it.flags, m) {
				it.flags += m
			}
		case "cidr":
			it.cidr = true
		case "fieldref":
			it.fieldref = true
		case "expand":
			it.expand = true
		case "lt":
			err = compare(LT)
		case "lte":
			err = compare(LTE)
		case "gt":
			err = compare(GT)
		case "gte":
			err = compare(GTE)
		case "minute", "hour", "day", "week", "month", "year":
			if it.part != NoPart {
				err = at(line, "two parts of one time")
			}
			it.part = Part(slices.Index([]string{"", "minute", "hour", "day", "week", "month", "year"}, m))
		case "wide":
			it.encode = append(it.encode, "utf16le")
		case "windash", "base64", "base64offset", "utf16le", "utf16be", "utf16":
			it.encode = append(it.encode, m)
		case "":
			err = at(line, "empty modifier in %q", key)
		default:
			err = at(line, "unknown modifier %q", m)
		}
		if err != nil {
			return nil, err
		}
	}
	return it, it.check()
}

// check refuses modifiers that cannot stand together: a rule that has them would
// not mean what its author wrote.
func (it *item) check() error {
	text := it.place != Whole || len(it.encode) > 0
	special := 0
	for _, b := range []bool{it.regexp, it.cidr, it.exists, it.fieldref, it.op != EQ || it.part != NoPart} {
		if b {
			special++
		}
	}
	switch {
	case special > 1:
		return at(it.line, "modifiers of %s do not go together", it.field)
	case it.flags != "" && !it.regexp:
		return at(it.line, "flags without re")
	case text && (it.cidr || it.exists || it.op != EQ || it.part != NoPart):
		return at(it.line, "modifiers of %s do not go together", it.field)
	case len(it.encode) > 0 && (it.regexp || it.fieldref):
		return at(it.line, "an encoding of %s does not go with its other modifiers", it.field)
	case it.field == "" && (it.exists || it.cidr || it.fieldref || it.op != EQ || it.part != NoPart):
		return at(it.line, "this modifier needs a field")
	case it.exists && (it.all || it.neq || it.cased || it.expand):
		return at(it.line, "exists goes with no other modifier")
	case it.cidr && it.cased:
		return at(it.line, "cidr and cased do not go together")
	}
	return nil
}

// tests turns one value into the tests that stand for it; one of them must hold.
func (it *item) tests(v *node, places Placeholders) ([]Test, error) {
	switch v.kind {
	case isList, isMap:
		return nil, at(v.line, "field %s has a list or map where a value should be", it.field)
	case isNull:
		if it.field == "" || it.place != Whole || it.regexp || it.cidr || it.fieldref || it.exists || it.expand || it.op != EQ || it.part != NoPart || len(it.encode) > 0 {
			return nil, at(v.line, "null does not go with modifiers")
		}
		return []Test{{Kind: Null}}, nil
	}
	switch {
	case it.exists:
		if v.kind != isBool {
			return nil, at(v.line, "exists takes true or false")
		}
		return []Test{{Kind: Exists, Want: v.text == "true"}}, nil
	case it.op != EQ || it.part != NoPart:
		f, err := strconv.ParseFloat(v.text, 64)
		if err != nil || !plainNumber(v.text) {
			return nil, at(v.line, "%q is no number", v.text)
		}
		return []Test{{Kind: Compare, Op: it.op, Part: it.part, Number: f}}, nil
	case it.expand:
		return it.expanded(v, places)
	}
	return it.plain(v)
}

// plain makes the tests of a value without placeholders.
func (it *item) plain(v *node) ([]Test, error) {
	switch {
	case it.regexp:
		flags := it.flags
		if flags != "" {
			flags = "(?" + flags + ")"
		}
		expr := v.text
		switch it.place {
		case Prefix:
			expr = `\A(?:` + expr + `)`
		case Suffix:
			expr = `(?:` + expr + `)\z`
		}
		re, err := regexp.Compile(flags + expr)
		if err != nil {
			return nil, at(v.line, "regular expression is not supported (no look-around, no back-references): %s", reReason(err))
		}
		return []Test{{Kind: Regexp, Re: re, Cased: true}}, nil
	case it.cidr:
		p, err := parsePrefix(v.text)
		if err != nil {
			return nil, at(v.line, "%q is no network", v.text)
		}
		return []Test{{Kind: CIDR, Prefix: p}}, nil
	case it.fieldref:
		if v.kind != isString || v.text == "" {
			return nil, at(v.line, "fieldref takes the name of a field")
		}
		return []Test{{Kind: FieldRef, Ref: v.text, Place: it.place, Cased: it.cased}}, nil
	}
	pats := []Pattern{parsePattern(v.text)}
	if v.kind != isString {
		pats = []Pattern{literal(v.text)}
		if v.kind == isNumber {
			pats[0] = literal(string(AppendNumber(nil, []byte(v.text))))
		}
	}
	for _, name := range it.encode {
		var out []Pattern
		for _, p := range pats {
			enc, err := encoded(name, p)
			if err != nil {
				return nil, at(v.line, "%s: %s", name, err)
			}
			out = append(out, enc...)
		}
		if pats = out; len(pats) > maxVariants {
			return nil, at(v.line, "%s makes more than %d values of one", name, maxVariants)
		}
	}
	return it.texts(pats), nil
}

// texts makes tests of patterns. A keyword stands anywhere in the record.
func (it *item) texts(pats []Pattern) []Test {
	var out []Test
	for _, p := range pats {
		p.open(it.before || it.field == "", it.behind || it.field == "")
		if !it.cased {
			p = p.Fold()
		}
		out = append(out, Test{Kind: Text, Pattern: p, Cased: it.cased})
	}
	return out
}

// expr makes the expression of the whole item.
func (it *item) expr(v *node, places Placeholders) (Expr, error) {
	values := v.items()
	if v.kind == isList && len(values) == 0 {
		return nil, at(v.line, "field %s has an empty list: it could never match", it.field)
	}
	var parts []Expr
	for _, e := range values {
		tests, err := it.tests(e, places)
		if err != nil {
			return nil, err
		}
		var alts []Expr
		for _, t := range tests {
			alts = append(alts, &Match{Field: it.field, Test: t, Line: e.line})
		}
		parts = append(parts, anyOf(alts))
	}
	x := anyOf(parts)
	if it.all {
		x = allOf(parts)
	}
	if it.neq {
		x = Not{x}
	}
	return x, nil
}

func allOf(parts []Expr) Expr {
	if len(parts) == 1 {
		return parts[0]
	}
	return And(parts)
}

func anyOf(parts []Expr) Expr {
	if len(parts) == 1 {
		return parts[0]
	}
	return Or(parts)
}

// parsePrefix reads a network; an address is the network of itself, and bits
// behind the prefix are of no account.
func parsePrefix(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		return a.Prefix(a.BitLen())
	}
	p, err := netip.ParsePrefix(s)
	return p.Masked(), err
}

// plainNumber says whether s is a decimal number as events write them.
func plainNumber(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c < '0' || c > '9') && c != '.' && c != '-' && c != '+' && c != 'e' && c != 'E' {
			return false
		}
	}
	return s != ""
}

func reReason(err error) string {
	return strings.TrimPrefix(err.Error(), "error parsing regexp: ")
}
