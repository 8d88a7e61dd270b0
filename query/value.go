package query

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// meaning turns a value into what its field compares.
func (p *parser) meaning(f *Field, op Op, raw rawValue) (Value, error) {
	v := Value{Parts: raw.parts}
	text, plain := v.Plain()
	switch f.match {
	case matchNumber:
		if v.Any() && op == Match {
			return v, nil
		}
		if n, ok := f.number(strings.ToLower(text)); ok && plain && op == Match {
			v.Number, v.IsNum = float64(n), true
			return v, nil
		}
		n, ok := parseNumber(text)
		if !plain || !ok {
			if len(f.Names) > 0 {
				return v, p.bad(raw, "%s is one of %s", f.Name, f.nameList())
			}
			return v, p.bad(raw, "%s is a number", f.Name)
		}
		v.Number, v.IsNum = n, true
	case matchBit, matchTable:
		if v.Any() && op == Match {
			return v, nil
		}
		n, ok := f.number(strings.ToLower(text))
		if !plain || !ok {
			return v, p.bad(raw, "%s is one of %s", f.Name, f.nameList())
		}
		v.Number, v.IsNum = float64(n), true
	case matchStatus:
		n, ok := parseNumber(text)
		if plain && ok && n < 1000 {
			v.Number, v.IsNum = n, true
		} else if op != Match {
			return v, p.bad(raw, "%s %s takes an HTTP status", f.Name, op)
		}
	case matchAddr:
		if plain {
			v.Prefix = parsePrefix(text)
		}
	case matchPatient:
		if !plain && !v.Any() && !strings.HasPrefix(v.Parts[0], tokenPrefix) {
			return v, p.bad(raw, "patients are stored as tokens, so part of a number cannot be searched; give the whole number")
		}
	}
	return v, nil
}

func (p *parser) bad(raw rawValue, format string, args ...any) error {
	return errAt(p.text, raw.start, raw.end, format, args...)
}

// parseNumber reads what a query may say of a number: digits, perhaps a fraction.
func parseNumber(s string) (float64, bool) {
	for i := 0; i < len(s); i++ {
		if (s[i] < '0' || s[i] > '9') && s[i] != '.' {
			return 0, false
		}
	}
	n, err := strconv.ParseFloat(s, 64)
	// Above 2^53 a float no longer tells neighbours apart.
	return n, err == nil && n <= 1<<53
}

// parsePrefix reads a network, or an address as a network of one; the zero
// Prefix for anything else.
func parsePrefix(s string) netip.Prefix {
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen())
	}
	n, err := netip.ParsePrefix(s)
	if err != nil {
		return netip.Prefix{}
	}
	if n.Addr().Is4In6() && n.Bits() >= 96 {
		n = netip.PrefixFrom(n.Addr().Unmap(), n.Bits()-96)
	}
	return n.Masked()
}

// bound reads the value of since: or until:.
func (p *parser) bound(f *Field, start int, raws []rawValue) error {
	if p.depth > 0 {
		return errAt(p.text, start, p.pos, "%s: must stand outside parentheses and NOT", f.Name)
	}
	if len(raws) > 1 {
		return errAt(p.text, start, p.pos, "%s: takes one time", f.Name)
	}
	s, err := p.span(raws[0])
	if err != nil {
		return err
	}
	target, at := &p.q.Since, s.start
	if f.match == matchUntil {
		target = &p.q.Until
		if s.whole {
			at = s.end
		}
	}
	if !target.IsZero() {
		return errAt(p.text, start, p.pos, "%s: is given twice", f.Name)
	}
	*target = at
	p.ranges++
	p.rangeAt, p.rangeEnd = start, p.pos
	p.space()
	return nil
}

func (p *parser) span(raw rawValue) (span, error) {
	v := Value{Parts: raw.parts}
	text, plain := v.Plain()
	s, ok := parseSpan(text, p.now, p.zone)
	if !plain || !ok {
		return s, p.bad(raw, "a time is 24h, 7d, today, 2026-11-01, 2026-11-01T08:30, an RFC 3339 time or an epoch")
	}
	return s, nil
}

// times turns a time term into comparisons with >= and < only, the normal form.
func (p *parser) times(f *Field, op Op, raws []rawValue) (Node, error) {
	var alternatives []Node
	for _, raw := range raws {
		s, err := p.span(raw)
		if err != nil {
			return nil, err
		}
		from := func(t time.Time) Node { return timeTerm(f, GreaterEqual, t) }
		before := func(t time.Time) Node { return timeTerm(f, Less, t) }
		alternatives = append(alternatives, [...]Node{
			Match:        And{from(s.start), before(s.end)},
			Greater:      from(s.end),
			GreaterEqual: from(s.start),
			Less:         before(s.start),
			LessEqual:    before(s.end),
		}[op])
	}
	p.space()
	return join[Or](alternatives...), nil
}

func timeTerm(f *Field, op Op, t time.Time) *Term {
	return &Term{Field: f, Op: op, Values: []Value{{Parts: []string{t.Format(TimeLayout)}, Time: t}}}
}
