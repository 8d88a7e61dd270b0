package app

import (
	"bytes"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/schemas"
)

// kind is what json found.
type kind uint8

const (
	notJSON    kind = iota // text that starts like JSON
	brokenJSON             // JSON that is cut or mixed with something else
	isJSON
)

// json decodes one JSON value. Unless it is one, nothing was added. An object with
// a key twice, and one too deep, is an error: two readers may read it differently.
func (d *decoder) json(from, to int) (k kind, err error) {
	b := d.raw[from:to]
	k = notJSON
	if b[0] == '{' && len(b) > 1 && (b[1] == '"' || b[1] <= ' ') {
		k = brokenJSON
	}
	if !closed(b) {
		return k, nil
	}
	root := d.root
	if b[0] != '{' { // a list or a string has no columns
		root = schemas.Unknown
	}
	mark := len(d.rec.Fields)
	d.rec.Fields, err = d.walker.Walk(b, root, d.rec.Fields)
	if err != nil {
		d.rec.Fields = d.rec.Fields[:mark]
		re, ok := err.(*ingest.RecordError)
		if ok && (re.Code == ingest.CodeDuplicateKey || re.Code == ingest.CodeTooDeep) {
			return isJSON, err
		}
		return k, nil
	}
	if from > 0 {
		shift(d.rec.Fields[mark:], uint32(from))
	}
	for i := mark; i < len(d.rec.Fields); i++ { // a list of hops may grow it
		f := &d.rec.Fields[i]
		if f.Column != schemas.None || f.Treat == schemas.Address || f.Hint == schemas.TraceID {
			d.value(i, f)
		}
	}
	return isJSON, nil
}

// closed says whether b ends as a JSON value that starts like it does, and is
// not the kind of text that starts with a bracket.
func closed(b []byte) bool {
	last := b[len(b)-1]
	switch b[0] {
	case '{':
		return last == '}'
	case '"':
		return last == '"' && len(b) > 1
	}
	next := bytes.TrimLeft(b[1:], " \t\r\n")
	if last != ']' || len(next) == 0 {
		return false
	}
	switch c := next[0]; c {
	case '{', '[', '"', ']', '-', 't', 'f', 'n':
		return true
	default:
		return c-'0' < 10
	}
}

// shift moves fields of a part of the record to where the part stands.
func shift(fields []ingest.Field, by uint32) {
	for i := range fields {
		f := &fields[i]
		f.Start += by
		f.End += by
		if f.KeyEnd > 0 {
			f.KeyStart += by
			f.KeyEnd += by
		}
	}
}

// broken takes text that is JSON in part, cut perhaps: one text, in which the
// escapes of JSON are undone.
func (d *decoder) broken(from, to int) {
	enc := ingest.Plain
	if bytes.IndexByte(d.raw[from:to], '\\') >= 0 {
		enc = ingest.JSONText
	}
	d.rec.Add(from, to, d.known.text, enc)
}
