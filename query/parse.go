package query

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Limits of a query's text. They bound the SQL that comes out.
const (
	MaxText  = 8192 // bytes
	MaxTerms = 200
	maxDepth = 40
)

// Parse reads a query. Ages and days are resolved against now in zone, so that
// the query means the same from then on. The only error is *SyntaxError.
func Parse(text string, now time.Time, zone *time.Location) (*Query, error) {
	p := &parser{text: text, now: now, zone: zone, q: &Query{}}
	if err := p.check(); err != nil {
		return nil, err
	}
	p.space()
	if p.pos < len(p.text) {
		where, err := p.or()
		if err != nil {
			return nil, err
		}
		if p.pos < len(p.text) {
			return nil, errAt(text, p.pos, p.pos+1, "this parenthesis closes nothing")
		}
		p.q.Where = where
	}
	q := p.q
	if !q.Since.IsZero() && !q.Until.IsZero() && !q.Since.Before(q.Until) {
		return nil, errAt(text, p.rangeAt, p.rangeEnd, "the time range ends before it starts")
	}
	return q, nil
}

// parser reads the text from left to right; pos is a byte offset that stands on
// no white space between the parts.
type parser struct {
	text     string
	pos      int
	depth    int // parentheses and negations open
	terms    int // terms read
	rangeAt  int // the last of them
	rangeEnd int
	ranges   int
	now      time.Time
	zone     *time.Location
	q        *Query
}

func (p *parser) check() error {
	if len(p.text) > MaxText {
		return errAt(p.text, MaxText, len(p.text), "a query may have at most %d bytes", MaxText)
	}
	for i, r := range p.text {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(p.text[i:]); size == 1 {
				return errAt(p.text, i, i+1, "this is not UTF-8 text")
			}
		}
		if unicode.IsControl(r) && !unicode.IsSpace(r) {
			return errAt(p.text, i, i+1, "control characters cannot be searched")
		}
	}
	return nil
}

func (p *parser) space() {
	for p.pos < len(p.text) {
		r, size := utf8.DecodeRuneInString(p.text[p.pos:])
		if !unicode.IsSpace(r) {
			return
		}
		p.pos += size
	}
}

// next returns the byte at pos, 0 at the end.
func (p *parser) next() byte {
	if p.pos == len(p.text) {
		return 0
	}
	return p.text[p.pos]
}

// keyword consumes a word in capitals that stands alone.
func (p *parser) keyword(word string) bool {
	rest, ok := strings.CutPrefix(p.text[p.pos:], word)
	if !ok {
		return false
	}
	if r, _ := utf8.DecodeRuneInString(rest); rest != "" && !unicode.IsSpace(r) && r != '(' && r != ')' {
		return false
	}
	p.pos += len(word)
	p.space()
	return true
}

func (p *parser) or() (Node, error) {
	ranges := p.ranges
	var parts []Node
	for {
		n, err := p.and()
		if err != nil {
			return nil, err
		}
		parts = append(parts, n)
		at := p.pos
		if !p.keyword("OR") {
			break
		}
		if p.pos == len(p.text) || p.next() == ')' {
			return nil, errAt(p.text, at, at+2, "something must follow OR")
		}
	}
	if len(parts) > 1 && p.ranges > ranges {
		return nil, errAt(p.text, p.rangeAt, p.rangeEnd, "a time range cannot be part of OR: put the alternatives in parentheses")
	}
	return join[Or](parts...), nil
}

func (p *parser) and() (Node, error) {
	var parts []Node
	for first := true; ; first = false {
		at := p.pos
		if p.pos == len(p.text) || p.next() == ')' {
			if first {
				return nil, errAt(p.text, at, at+1, "a term is missing here")
			}
			break
		}
		if p.keyword("OR") {
			if first {
				return nil, errAt(p.text, at, at+2, "something must stand before OR; to search for the word, quote it")
			}
			p.pos = at
			break
		}
		if p.keyword("AND") && (first || p.pos == len(p.text) || p.next() == ')') {
			return nil, errAt(p.text, at, at+3, "AND joins two terms; to search for the word, quote it")
		}
		n, err := p.unary()
		if err != nil {
			return nil, err
		}
		parts = append(parts, n)
	}
	return join[And](parts...), nil
}

func (p *parser) unary() (Node, error) {
	start := p.pos
	negated := p.keyword("NOT")
	if !negated && p.next() == '-' {
		p.pos++
		negated = true
	}
	if !negated && p.next() != '(' {
		return p.term()
	}
	if p.depth++; p.depth > maxDepth {
		return nil, errAt(p.text, start, start+1, "more than %d levels of parentheses and NOT", maxDepth)
	}
	defer func() { p.depth-- }()
	if negated {
		if r, _ := utf8.DecodeRuneInString(p.text[p.pos:]); p.pos == len(p.text) || unicode.IsSpace(r) || r == ')' {
			return nil, errAt(p.text, start, p.pos, "something must follow the negation")
		}
		n, err := p.unary()
		if err != nil {
			return nil, err
		}
		return not(n), nil
	}
	p.pos++
	p.space()
	n, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.next() != ')' {
		return nil, errAt(p.text, start, start+1, "this parenthesis is not closed")
	}
	p.pos++
	p.space()
	return n, nil
}
