package query

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// rawValue is a value as read, before its field gives it a meaning.
type rawValue struct {
	parts      []string
	start, end int // bytes of the text
}

// term reads field:value or a bare value.
func (p *parser) term() (Node, error) {
	if p.terms++; p.terms > MaxTerms {
		return nil, errAt(p.text, p.pos, p.pos+1, "a query may have at most %d terms", MaxTerms)
	}
	start := p.pos
	if rest, ok := strings.CutPrefix(p.text[p.pos:], existsPrefix); ok {
		p.pos = len(p.text) - len(rest)
		return p.exists()
	}
	name, op, ok := p.fieldName()
	if !ok {
		v, err := p.value(false)
		if err != nil {
			return nil, err
		}
		if p.next() == '(' {
			return nil, errAt(p.text, p.pos, p.pos+1, "put text with parentheses in quotes")
		}
		p.space()
		if len(v.parts) == 1 && v.parts[0] == "" {
			return nil, errAt(p.text, start, v.end, "there is nothing to search for")
		}
		return &Term{Field: FieldByName("native"), Values: []Value{{Parts: v.parts}}}, nil
	}
	f := FieldByName(name)
	if f == nil {
		err := errAt(p.text, start, start+len(name), "there is no field %s; to search for the text, put it in quotes", name)
		if !strings.HasPrefix(p.text[p.pos:], "//") { // the start of a URL is no mistyped field
			err.Near = nearest(name)
		}
		return nil, err
	}
	if op != Match && !f.compares() {
		return nil, errAt(p.text, start+len(name), p.pos, "%s cannot be compared with %s, use %s:value", f.Name, op, f.Name)
	}
	if c := p.next(); op == Match && f.compares() && (c == '[' || c == '{') {
		return p.between(f)
	}
	raws, err := p.values()
	if err != nil {
		return nil, err
	}
	if op != Match && len(raws) > 1 {
		return nil, errAt(p.text, start, p.pos, "%s takes one value", op)
	}
	switch f.match {
	case matchSince, matchUntil:
		return nil, p.bound(f, start, raws)
	case matchTime:
		return p.times(f, op, raws)
	}
	t := &Term{Field: f, Op: op}
	for _, raw := range raws {
		v, err := p.meaning(f, op, raw)
		if err != nil {
			return nil, err
		}
		t.Values = append(t.Values, v)
	}
	p.space()
	return t, nil
}

// fieldName reads a name and the operator after it, or nothing.
func (p *parser) fieldName() (string, Op, bool) {
	i := p.pos
	for i < len(p.text) {
		c := p.text[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == p.pos || (c < '0' || c > '9') && c != '_' && c != '.') {
			break
		}
		i++
	}
	if i == p.pos {
		return "", 0, false
	}
	name, rest := p.text[p.pos:i], p.text[i:]
	for _, op := range []Op{Match, GreaterEqual, LessEqual, Greater, Less} {
		if strings.HasPrefix(rest, op.String()) {
			p.pos = i + len(op.String())
			return name, op, true
		}
	}
	return "", 0, false
}

// values reads one value or a list in parentheses. It stops right behind it.
func (p *parser) values() ([]rawValue, error) {
	if p.next() != '(' {
		v, err := p.value(false)
		if err != nil {
			return nil, err
		}
		if p.next() == '(' {
			return nil, errAt(p.text, p.pos, p.pos+1, "put text with parentheses in quotes")
		}
		return []rawValue{v}, nil
	}
	open := p.pos
	var vs []rawValue
	for {
		p.pos++
		p.space()
		v, err := p.value(true)
		if err != nil {
			return nil, err
		}
		vs = append(vs, v)
		if p.terms++; p.terms > MaxTerms {
			return nil, errAt(p.text, v.start, v.end, "a query may have at most %d values", MaxTerms)
		}
		p.space()
		switch p.next() {
		case ',':
		case ')':
			p.pos++
			return vs, nil
		case 'O': // (a OR b), as others write lists
			if !p.keyword("OR") {
				return nil, errAt(p.text, p.pos, p.pos+1, "values of a list are separated by commas")
			}
			p.pos-- // the loop steps over a separator
		case 0:
			return nil, errAt(p.text, open, open+1, "this list is not closed")
		default:
			return nil, errAt(p.text, p.pos, p.pos+1, "values of a list are separated by commas")
		}
	}
}

// value reads a word or quoted text and splits it at its wildcards.
func (p *parser) value(inList bool) (rawValue, error) {
	v := rawValue{start: p.pos}
	quoted := p.next() == '"'
	if quoted {
		p.pos++
	}
	var part strings.Builder
	for {
		if p.pos == len(p.text) {
			if quoted {
				return v, errAt(p.text, v.start, v.start+1, "this quote is not closed")
			}
			break
		}
		r, size := utf8.DecodeRuneInString(p.text[p.pos:])
		if quoted && r == '"' {
			p.pos++
			break
		}
		if !quoted && (unicode.IsSpace(r) || r == '(' || r == ')' || inList && r == ',') {
			break
		}
		if !quoted && r == '"' {
			return v, errAt(p.text, p.pos, p.pos+1, `put the whole value in quotes, or write \" for a quote inside it`)
		}
		p.pos += size
		switch r {
		case '\\':
			if p.pos == len(p.text) {
				return v, errAt(p.text, p.pos-1, p.pos, `a character must follow \`)
			}
			r, size = utf8.DecodeRuneInString(p.text[p.pos:])
			part.WriteRune(r)
			p.pos += size
		case '*':
			// A run of wildcards is one.
			if len(v.parts) == 0 || part.Len() > 0 {
				v.parts = append(v.parts, part.String())
				part.Reset()
			}
		default:
			part.WriteRune(r)
		}
	}
	v.parts = append(v.parts, part.String())
	v.end = p.pos
	if !quoted && v.end == v.start {
		return v, errAt(p.text, v.start, v.start+1, "a value is missing here")
	}
	if quoted && p.pos < len(p.text) {
		if r, _ := utf8.DecodeRuneInString(p.text[p.pos:]); !unicode.IsSpace(r) && r != ')' && r != ',' && r != '(' {
			return v, errAt(p.text, p.pos, p.pos+size(r), "a space must follow the quote")
		}
		if !inList && p.next() == ',' {
			return v, errAt(p.text, p.pos, p.pos+1, "several values stand in parentheses: (a,b)")
		}
	}
	return v, nil
}

func size(r rune) int { return max(1, utf8.RuneLen(r)) }
