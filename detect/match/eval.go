package match

import (
	"bytes"
	"net/netip"
	"unsafe"

	"github.com/scrubline/scrubline/detect/sigma"
)

// eval says whether the record meets c.
func (s *Scanner) eval(c *cond) bool {
	switch c.op {
	case condAtom:
		return s.ask(c.atom)
	case condAnd:
		for i := range c.kids {
			if !s.eval(&c.kids[i]) {
				return false
			}
		}
		return true
	case condOr:
		for i := range c.kids {
			if s.eval(&c.kids[i]) {
				return true
			}
		}
	case condNot:
		return !s.eval(&c.kids[0])
	}
	return false
}

// ask answers an atom, once a record.
func (s *Scanner) ask(n int32) bool {
	a := &s.answers[n]
	if a.epoch != s.epoch {
		*a = answer{s.epoch, s.test(&s.p.atoms[n])}
	}
	return a.yes
}

func (s *Scanner) test(a *atom) bool {
	h := s.heads[a.slot]
	there := h.epoch == s.epoch
	switch a.kind {
	case sigma.Exists:
		return there == a.want
	case sigma.Null:
		for i := h.first; there && i >= 0; i = s.values[i].next {
			if s.values[i].kind != null {
				return false
			}
		}
		return true
	}
	for i := h.first; there && i >= 0; i = s.values[i].next {
		if s.passes(a, &s.values[i]) {
			return true
		}
	}
	return false
}

func (s *Scanner) passes(a *atom, v *value) bool {
	if a.kind == sigma.Text && !a.cased || a.kind == sigma.FieldRef && !a.cased {
		b, ok := s.fold(v)
		if !ok || a.kind == sigma.Text {
			return ok && a.text.match(b)
		}
		return s.refers(a, b)
	}
	b, ok := s.text(v)
	if !ok {
		return false
	}
	switch a.kind {
	case sigma.Text:
		return a.text.match(b)
	case sigma.Regexp:
		return a.re.Match(b)
	case sigma.FieldRef:
		return s.refers(a, b)
	case sigma.CIDR:
		addr, ok := parseAddr(b)
		return ok && a.net.Contains(addr)
	case sigma.Compare:
		f, ok := 0.0, false
		if a.part != sigma.NoPart {
			n, good := sigma.TimePart(b, a.part)
			f, ok = float64(n), good
		} else {
			f, ok = sigma.ParseNumber(b)
		}
		return ok && sigma.Bound{Op: a.op, Value: a.num}.Holds(f)
	}
	return false
}

// refers says whether b stands where it should to a value of the other field.
func (s *Scanner) refers(a *atom, b []byte) bool {
	h := s.heads[a.other]
	if h.epoch != s.epoch {
		return false
	}
	for i := h.first; i >= 0; i = s.values[i].next {
		o, ok := s.text(&s.values[i])
		if !a.cased {
			o, ok = s.fold(&s.values[i])
		}
		if !ok {
			continue
		}
		hit := false
		switch a.place {
		case sigma.Whole:
			hit = bytes.Equal(b, o)
		case sigma.Prefix:
			hit = bytes.HasPrefix(b, o)
		case sigma.Suffix:
			hit = bytes.HasSuffix(b, o)
		case sigma.Inside:
			hit = bytes.Contains(b, o)
		}
		if hit {
			return true
		}
	}
	return false
}

// parseAddr reads an address. What could be none by its characters is not given
// to the parser, whose errors are memory.
func parseAddr(b []byte) (netip.Addr, bool) {
	if len(b) < 2 || len(b) > 45 {
		return netip.Addr{}, false
	}
	points, colons := 0, 0
	for _, c := range b {
		switch {
		case c == '.':
			points++
		case c == ':':
			colons++
		case c >= '0' && c <= '9', c|0x20 >= 'a' && c|0x20 <= 'f':
		default:
			return netip.Addr{}, false
		}
	}
	if colons == 0 && points != 3 || colons == 1 {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(unsafe.String(unsafe.SliceData(b), len(b))) // not kept
	return a, err == nil
}
