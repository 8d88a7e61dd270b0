package sql

import (
	"fmt"
	"strings"

	"github.com/scrubline/scrubline/detect/sigma"
)

// fold writes a text in the form of sigma.Fold.
func fold(text string) string { return "replaceAll(lowerUTF8(" + text + "), 'ς', 'σ')" }

// passes writes a test of one text.
func (w *writer) passes(t *sigma.Test, text string) string {
	switch t.Kind {
	case sigma.Text:
		if !t.Cased {
			return pattern(&t.Pattern, fold(text))
		}
		return pattern(&t.Pattern, text)
	case sigma.Regexp:
		return fmt.Sprintf("match(%s, %s)", text, quote("(?-s)"+t.Re.String()))
	case sigma.CIDR:
		return network(t, text)
	case sigma.Compare:
		return compare(t, text)
	}
	return "0"
}

// pattern writes a match with wildcards.
func pattern(p *sigma.Pattern, text string) string {
	if lit, ok := p.Literal(); ok {
		return fmt.Sprintf("%s = %s", text, quote(lit))
	}
	if p.Any() {
		return "1"
	}
	open := sigma.Gap{Open: true}
	switch n := len(p.Literals); {
	case n == 2 && p.Gaps[0] == open && p.Literals[1] == "":
		return fmt.Sprintf("startsWith(%s, %s)", text, quote(p.Literals[0]))
	case n == 2 && p.Gaps[0] == open && p.Literals[0] == "":
		return fmt.Sprintf("endsWith(%s, %s)", text, quote(p.Literals[1]))
	case n == 3 && p.Gaps[0] == open && p.Gaps[1] == open && p.Literals[0] == "" && p.Literals[2] == "":
		return fmt.Sprintf("position(%s, %s) > 0", text, quote(p.Literals[1]))
	}
	re := "(?s)^"
	for i, l := range p.Literals {
		re += literalRegexp(l)
		if i < len(p.Gaps) {
			re += strings.Repeat(".", p.Gaps[i].Least)
			if p.Gaps[i].Open {
				re += ".*"
			}
		}
	}
	return fmt.Sprintf("match(%s, %s)", text, quote(re+"$"))
}

// network writes a test of an address. ClickHouse's functions end the query on
// what is none, so they are only ever given addresses.
func network(t *sigma.Test, text string) string {
	is, other := "isIPv4String", "0.0.0.0"
	if t.Prefix.Addr().Is6() {
		is, other = "isIPv6String", "::"
	}
	// No leading zeros, no zones: as netip reads addresses.
	shape := `^((0|[1-9][0-9]*)(\.|$)){4}$`
	if other == "::" {
		shape = `^[0-9a-fA-F:.]+$`
	}
	good := fmt.Sprintf("(%s(%s) AND match(%s, %s))", is, text, text, quote(shape))
	return fmt.Sprintf("(%s AND isIPAddressInRange(if(%s, %s, %s), %s))", good, good, text, quote(other), quote(t.Prefix.String()))
}

var operators = map[sigma.Op]string{sigma.EQ: "=", sigma.LT: "<", sigma.LTE: "<=", sigma.GT: ">", sigma.GTE: ">="}

// compare writes a comparison of the text's number or of a part of its time.
func compare(t *sigma.Test, text string) string {
	number := fmt.Sprintf("%s %s", operators[t.Op], fmt.Sprintf("toFloat64(%s)", quote(fmt.Sprint(t.Number))))
	if t.Part == sigma.NoPart {
		good := fmt.Sprintf("match(%s, %s) AND length(%s) <= 64", text, quote(`^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$`), text)
		f := fmt.Sprintf("toFloat64OrZero(%s)", text)
		return fmt.Sprintf("(%s AND isFinite(%s) AND %s %s)", good, f, f, number)
	}
	unix := fmt.Sprintf("match(%s, '^([0-9]{10}|[0-9]{13})$')", text)
	at := fmt.Sprintf("toDateTime64(toInt64OrZero(substring(%s, 1, 10)), 0, 'UTC')", text)
	day := fmt.Sprintf("toDate32OrZero(substring(%s, 1, 10))", text)
	clock := `[T ]([01][0-9]|2[0-3]):[0-5][0-9]`
	shape := "^[0-9]{4}-[0-9]{2}-[0-9]{2}($|" + clock + ")"
	of := map[sigma.Part][2]string{
		sigma.Minute: {"toMinute(" + at + ")", fmt.Sprintf("toUInt16OrZero(substring(%s, 15, 2))", text)},
		sigma.Hour:   {"toHour(" + at + ")", fmt.Sprintf("toUInt16OrZero(substring(%s, 12, 2))", text)},
		sigma.Day:    {"toDayOfMonth(" + at + ")", "toDayOfMonth(" + day + ")"},
		sigma.Week:   {"toISOWeek(" + at + ")", "toISOWeek(" + day + ")"},
		sigma.Month:  {"toMonth(" + at + ")", "toMonth(" + day + ")"},
		sigma.Year:   {"toYear(" + at + ")", "toYear(" + day + ")"},
	}[t.Part]
	if t.Part == sigma.Minute || t.Part == sigma.Hour {
		shape = "^[0-9]{4}-[0-9]{2}-[0-9]{2}" + clock
	}
	iso := fmt.Sprintf("match(%s, %s) AND toString(%s) = substring(%s, 1, 10)", text, quote(shape), day, text)
	return fmt.Sprintf("multiIf(%s, %s %s, %s, %s %s, 0)", unix, of[0], number, iso, of[1], number)
}
