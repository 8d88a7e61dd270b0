package pipeline

import (
	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/all"
	"github.com/scrubline/scrubline/schemas"
)

// gap returns what stands between records, scrubbed, until the next call: what
// frames records passes, text is scrubbed like any other. In JSON the strings and
// bare words are, each for itself, so that the container can still be parsed.
func (f *Filter) gap(b []byte, json bool) []byte {
	if len(b) == 1 && b[0] == '\n' || framing(b) {
		return b
	}
	f.rec.Reset(all.Fallback, schemas.Events, b)
	if json {
		words(b, func(start, end int, name span, enc ingest.Encoding) {
			w := f.rec.Add(start, end, schemas.Field{Treat: schemas.Scan}, enc)
			w.KeyStart, w.KeyEnd = name.Start, name.End
		})
	} else {
		f.rec.Add(0, len(b), schemas.Field{Treat: schemas.Scan}, ingest.Plain)
	}
	out, _, code := f.engine.Filter(&f.rec, f.between[:0])
	if code != "" {
		out = skeleton(f.between[:0], b, json)
	}
	f.between = out
	return out
}

// framing says whether b is nothing but punctuation, white space and the control
// characters that frame messages.
func framing(b []byte) bool {
	for _, c := range b {
		if !punctuation(c) && c > ' ' {
			return false
		}
	}
	return true
}

func punctuation(c byte) bool {
	return c == '{' || c == '}' || c == '[' || c == ']' || c == ',' || c == ':'
}

// words calls each for the strings and the bare words of a piece of JSON, with
// the bounds of the name before it if it is a member's value. Names are words
// themselves. A string that does not end goes to the end of b.
func words(b []byte, each func(start, end int, name span, enc ingest.Encoding)) {
	var name, last span
	for i := 0; i < len(b); {
		c := b[i]
		switch {
		case c == ':':
			name = last
			i++
		case c <= ' ' || punctuation(c):
			if c > ' ' {
				name = span{}
			}
			i++
		case c == '"':
			start := i + 1
			for i = start; i < len(b) && b[i] != '"'; i++ {
				if b[i] == '\\' {
					i++
				}
			}
			i = min(i, len(b))
			if start < i {
				each(start, i, name, ingest.JSONText)
			}
			last, name = span{Start: uint32(start), End: uint32(i)}, span{}
			i++
		default:
			start := i
			for i < len(b) && b[i] > ' ' && b[i] != '"' && !punctuation(b[i]) {
				i++
			}
			each(start, i, name, ingest.JSONValue)
			name = span{}
		}
	}
}

// skeleton appends what frames records and leaves the words out: strings are
// empty, bare words null.
func skeleton(dst, b []byte, json bool) []byte {
	at := 0
	copyFraming := func(to int) {
		for _, c := range b[at:to] {
			if c <= ' ' || punctuation(c) || json && c == '"' {
				dst = append(dst, c)
			}
		}
	}
	if json {
		words(b, func(start, end int, _ span, enc ingest.Encoding) {
			copyFraming(start)
			if enc == ingest.JSONValue {
				dst = append(dst, "null"...)
			}
			at = end
		})
	}
	copyFraming(len(b))
	return dst
}

// tombstone stands for a record in a filter's output; JSON stays JSON.
func tombstone(json bool, code ingest.Code) string {
	if json {
		return `{"phi_tombstone":"` + string(code) + `"}`
	}
	return "[phi-tombstone " + string(code) + "]"
}
