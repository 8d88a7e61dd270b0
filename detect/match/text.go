package match

import (
	"bytes"
	"unicode/utf8"

	"github.com/scrubline/scrubline/detect/sigma"
)

// textTest is a compiled pattern.
type textTest struct {
	shape  shape
	lit    []byte  // of all shapes but glob
	tokens []token // of glob
}

// token is a piece of text, one character or a star.
type token struct {
	lit  []byte
	star bool
}

type shape uint8

const (
	anything shape = iota
	equal
	prefix
	suffix
	inside
	glob
)

func compileText(p *sigma.Pattern) textTest {
	if lit, ok := p.Literal(); ok {
		return textTest{shape: equal, lit: []byte(lit)}
	}
	if p.Any() {
		return textTest{shape: anything}
	}
	open := sigma.Gap{Open: true}
	n := len(p.Literals)
	switch {
	case n == 2 && p.Gaps[0] == open && p.Literals[1] == "":
		return textTest{shape: prefix, lit: []byte(p.Literals[0])}
	case n == 2 && p.Gaps[0] == open && p.Literals[0] == "":
		return textTest{shape: suffix, lit: []byte(p.Literals[1])}
	case n == 3 && p.Gaps[0] == open && p.Gaps[1] == open && p.Literals[0] == "" && p.Literals[2] == "":
		return textTest{shape: inside, lit: []byte(p.Literals[1])}
	}
	t := textTest{shape: glob}
	for i, l := range p.Literals {
		if l != "" {
			t.tokens = append(t.tokens, token{lit: []byte(l)})
		}
		if i < len(p.Gaps) {
			for range p.Gaps[i].Least {
				t.tokens = append(t.tokens, token{})
			}
			if p.Gaps[i].Open {
				t.tokens = append(t.tokens, token{star: true})
			}
		}
	}
	return t
}

func (t *textTest) match(b []byte) bool {
	switch t.shape {
	case anything:
		return true
	case equal:
		return bytes.Equal(b, t.lit)
	case prefix:
		return bytes.HasPrefix(b, t.lit)
	case suffix:
		return bytes.HasSuffix(b, t.lit)
	case inside:
		return bytes.Contains(b, t.lit)
	}
	return t.glob(b)
}

// glob matches token by token; what does not fit makes the last star take one
// character more. No earlier star need be looked at again.
func (t *textTest) glob(b []byte) bool {
	at, k := 0, 0
	star, from := -1, 0
	for at < len(b) {
		if k < len(t.tokens) {
			switch tok := &t.tokens[k]; {
			case tok.star:
				star, from = k, at
				k++
				continue
			case tok.lit == nil:
				at += runeLen(b[at:])
				k++
				continue
			case bytes.HasPrefix(b[at:], tok.lit):
				at += len(tok.lit)
				k++
				continue
			}
		}
		if star < 0 {
			return false
		}
		from += runeLen(b[from:])
		at, k = from, star+1
	}
	for k < len(t.tokens) && t.tokens[k].star {
		k++
	}
	return k == len(t.tokens)
}

func runeLen(b []byte) int {
	if b[0] < utf8.RuneSelf {
		return 1
	}
	_, n := utf8.DecodeRune(b)
	return n
}
