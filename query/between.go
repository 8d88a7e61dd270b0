package query

import "strings"

// existsPrefix is how Lucene asks whether a field is there; field:* does too.
const existsPrefix = "_exists_:"

// exists reads the field after _exists_:.
func (p *parser) exists() (Node, error) {
	start := p.pos
	v, err := p.value(false)
	if err != nil {
		return nil, err
	}
	name, plain := Value{Parts: v.parts}.Plain()
	f := FieldByName(name)
	if !plain || f == nil || f.match == matchSince || f.match == matchUntil || f.match == matchTable {
		err := errAt(p.text, start, p.pos, "%s takes the name of a field", existsPrefix)
		err.Near = nearest(name)
		return nil, err
	}
	p.space()
	return &Term{Field: f, Values: []Value{{Parts: []string{"", ""}}}}, nil
}

// between reads [a TO b], both included, or {a TO b}, both left out; a * leaves a
// side open.
func (p *parser) between(f *Field) (Node, error) {
	open := p.pos
	low, high := GreaterEqual, LessEqual
	if p.text[open] == '{' {
		low = Greater
	}
	length := strings.IndexAny(p.text[open:], "]}")
	if length < 0 {
		return nil, errAt(p.text, open, open+1, "this range is not closed")
	}
	end := open + length
	if p.text[end] == '}' {
		high = Less
	}
	from, to, ok := strings.Cut(p.text[open+1:end], " TO ")
	if !ok {
		return nil, errAt(p.text, open, end+1, "a range is [a TO b]")
	}
	var parts []Node
	for _, side := range []struct {
		op   Op
		text string
		at   int
	}{{low, from, open + 1}, {high, to, end - len(to)}} {
		raw := rawValue{parts: []string{strings.Trim(side.text, ` "`)}, start: side.at, end: side.at + len(side.text)}
		if raw.parts[0] == "*" {
			continue
		}
		n, err := p.compare(f, side.op, raw)
		if err != nil {
			return nil, err
		}
		parts = append(parts, n)
	}
	if len(parts) == 0 {
		return nil, errAt(p.text, open, end+1, "a range has an end")
	}
	p.pos = end + 1
	p.space()
	return join[And](parts...), nil
}

// compare makes the condition of one side of a range.
func (p *parser) compare(f *Field, op Op, raw rawValue) (Node, error) {
	if p.terms++; p.terms > MaxTerms {
		return nil, errAt(p.text, raw.start, raw.end, "a query may have at most %d terms", MaxTerms)
	}
	if f.match == matchTime {
		return p.times(f, op, []rawValue{raw})
	}
	v, err := p.meaning(f, op, raw)
	if err != nil {
		return nil, err
	}
	return &Term{Field: f, Op: op, Values: []Value{v}}, nil
}
