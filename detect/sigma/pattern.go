package sigma

import "strings"

// Pattern is a string with wildcards: literals and, between them, gaps.
// A gap of n question marks and a star matches n or more characters, without a
// star exactly n. Literals has one element more than Gaps.
type Pattern struct {
	Literals []string
	Gaps     []Gap
}

// Gap is a run of wildcards.
type Gap struct {
	Least int  // characters it stands for at least
	Open  bool // any number more
}

// parsePattern reads a rule's string. A backslash takes its meaning from a star,
// a question mark or a backslash behind it; before anything else it stands for
// itself.
func parsePattern(s string) Pattern {
	var p Pattern
	var lit strings.Builder
	gap := Gap{}
	inGap := false
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '*' || c == '?' {
			if !inGap {
				p.Literals = append(p.Literals, lit.String())
				lit.Reset()
				inGap, gap = true, Gap{}
			}
			if c == '*' {
				gap.Open = true
			} else {
				gap.Least++
			}
			continue
		}
		if inGap {
			p.Gaps, inGap = append(p.Gaps, gap), false
		}
		if c == '\\' && i+1 < len(s) && (s[i+1] == '*' || s[i+1] == '?' || s[i+1] == '\\') {
			i++
			c = s[i]
		}
		lit.WriteByte(c)
	}
	if inGap {
		p.Gaps = append(p.Gaps, gap)
	}
	p.Literals = append(p.Literals, lit.String())
	return p
}

// literal returns the pattern that matches s only.
func literal(s string) Pattern { return Pattern{Literals: []string{s}} }

// Literal returns the string that p stands for and whether it has no wildcards.
func (p *Pattern) Literal() (string, bool) {
	return p.Literals[0], len(p.Gaps) == 0
}

// Any says whether every string matches.
func (p *Pattern) Any() bool {
	return len(p.Gaps) == 1 && p.Gaps[0] == Gap{Open: true} && p.Literals[0] == "" && p.Literals[1] == ""
}

// open makes the pattern match strings with anything before or behind.
func (p *Pattern) open(before, behind bool) {
	if before {
		if p.Literals[0] != "" || len(p.Gaps) == 0 {
			p.Literals = append([]string{""}, p.Literals...)
			p.Gaps = append([]Gap{{Open: true}}, p.Gaps...)
		} else {
			p.Gaps[0].Open = true
		}
	}
	if behind {
		if n := len(p.Literals); p.Literals[n-1] != "" || len(p.Gaps) == 0 {
			p.Literals = append(p.Literals, "")
			p.Gaps = append(p.Gaps, Gap{Open: true})
		} else {
			p.Gaps[len(p.Gaps)-1].Open = true
		}
	}
}

// each replaces every literal.
func (p *Pattern) each(f func(string) string) Pattern {
	out := Pattern{Gaps: p.Gaps, Literals: make([]string, len(p.Literals))}
	for i, l := range p.Literals {
		out.Literals[i] = f(l)
	}
	return out
}

// Fold returns the pattern with its literals folded; see Fold.
func (p *Pattern) Fold() Pattern { return p.each(Fold) }

// String writes p as a rule would, unambiguously.
func (p *Pattern) String() string {
	var b strings.Builder
	esc := strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`)
	for i, l := range p.Literals {
		_, _ = esc.WriteString(&b, l)
		if i < len(p.Gaps) {
			for range p.Gaps[i].Least {
				b.WriteByte('?')
			}
			if p.Gaps[i].Open {
				b.WriteByte('*')
			}
		}
	}
	return b.String()
}

// AppendQuoted appends s as a JSON string without its quotes, with as few
// escapes as JSON allows (and the two line separators that JavaScript does not).
// It is how texts stand in an object's compact text.
func AppendQuoted(dst, s []byte) []byte {
	const hex = "0123456789ABCDEF"
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, `\n`...)
		case c == '\t':
			dst = append(dst, `\t`...)
		case c == '\r':
			dst = append(dst, `\r`...)
		case c == '\b':
			dst = append(dst, `\b`...)
		case c == '\f':
			dst = append(dst, `\f`...)
		case c < 0x20:
			dst = append(dst, '\\', 'u', '0', '0', '0'+c>>4, hex[c&15])
		case c == 0xe2 && i+2 < len(s) && s[i+1] == 0x80 && s[i+2]|1 == 0xa9:
			dst = append(dst, `\u202`...)
			dst = append(dst, '8'+s[i+2]&1)
			i += 2
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// Quoted returns p with its literals as they stand in a JSON string.
func Quoted(p Pattern) Pattern {
	return p.each(func(s string) string { return string(AppendQuoted(nil, []byte(s))) })
}
