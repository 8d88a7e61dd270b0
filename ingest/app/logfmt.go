package app

import (
	"bytes"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/text"
	"github.com/scrubline/scrubline/schemas"
)

// pair is a key, empty if there is none, and its value, without quotes.
type pair struct {
	key, value span
	enc        ingest.Encoding
}

// logfmt takes a line of nothing but key=value and key="value". With a word
// between them that belongs to no pair, the line is text: the word may be the
// second half of a value.
func (d *decoder) logfmt(from, to int) bool {
	d.pairs = d.pairs[:0]
	at := from
	for at < to {
		p, next, ok := d.pair(at, to)
		if !ok {
			return false
		}
		d.pairs = append(d.pairs, p)
		for at = next; at < to && d.raw[at] <= ' '; at++ {
		}
	}
	if len(d.pairs) < 2 {
		return false
	}
	for i := range d.pairs {
		d.keyed(&d.pairs[i])
	}
	return true
}

// pair reads the pair at [at,…).
func (d *decoder) pair(at, to int) (p pair, next int, ok bool) {
	raw := d.raw
	end := keyEnd(raw[:to], at)
	if end == at || end >= to || raw[end] != '=' {
		return p, 0, false
	}
	p.key = span{at, end}
	at = end + 1
	if at < to && raw[at] == '"' {
		end, escaped := quoteEnd(raw[:to], at+1)
		if end < 0 || end+1 < to && raw[end+1] > ' ' {
			return p, 0, false
		}
		p.value = span{at + 1, end}
		if escaped {
			p.enc = ingest.JSONText
			if bytes.Contains(raw[at:end], []byte(`\x`)) {
				p.enc = ingest.SlashX
			}
		}
		return p, end + 1, true
	}
	end = text.WordEnd(raw[:to], at)
	p.value = span{at, end}
	return p, end, bytes.IndexByte(raw[at:end], '"') < 0
}

// keyEnd returns the end of the key at b[at:]: letters, digits, - _ . and @, a
// letter, an underscore or an @ first, and no more than three digits, so that no
// number of a person passes as a key.
func keyEnd(b []byte, at int) int {
	digits, i := 0, at
	for ; i < len(b); i++ {
		switch c := b[i]; {
		case (c|0x20)-'a' < 26 || c == '_':
		case c == '@' && i == at:
		case i > at && (c == '-' || c == '.'):
		case i > at && c-'0' < 10:
			if digits++; digits > 3 {
				return at
			}
		default:
			return i
		}
	}
	return i
}

// quoteEnd returns where the quoted value ends whose text starts at b[at:], -1 if
// it does not.
func quoteEnd(b []byte, at int) (end int, escaped bool) {
	for {
		i := bytes.IndexByte(b[at:], '"')
		if i < 0 {
			return -1, false
		}
		slash := bytes.IndexByte(b[at:at+i], '\\')
		if slash < 0 {
			return at + i, escaped
		}
		escaped = true
		if at += slash + 2; at > len(b) {
			return -1, false
		}
	}
}

// keyed adds a pair as a field.
func (d *decoder) keyed(p *pair) {
	if p.value.from == p.value.to {
		return
	}
	n := schemas.Unknown
	if p.key.to > p.key.from {
		n = d.root.Child(d.raw[p.key.from:p.key.to])
	}
	f := d.rec.Add(p.value.from, p.value.to, n.Field, p.enc)
	f.KeyStart, f.KeyEnd = uint32(p.key.from), uint32(p.key.to)
	if f.Column != schemas.None || f.Treat == schemas.Address || f.Hint == schemas.TraceID {
		d.value(len(d.rec.Fields)-1, f)
	}
}
