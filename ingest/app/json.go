package app

import (
	"bytes"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/schemas"
)

// json decodes one JSON value. done is false if it is none: then nothing was
// added. An object with a key twice, and one too deep, is an error: two readers
// may read it differently.
func (d *decoder) json(from, to int) (done bool, err error) {
	b := d.raw[from:to]
	if !closed(b) {
		if b[0] == '{' && len(b) > 1 && (b[1] == '"' || b[1] == ' ') {
			d.rec.SetFlag(schemas.FlagOddShape)
			d.broken(from, to)
			return true, nil
		}
		return false, nil
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
			return true, err
		}
		if b[0] != '{' {
			return false, nil
		}
		d.rec.SetFlag(schemas.FlagOddShape)
		d.broken(from, to)
		return true, nil
	}
	fields := d.rec.Fields[mark:]
	for i := range fields {
		f := &fields[i]
		if from > 0 {
			shift(f, uint32(from))
		}
		if f.Column != schemas.None || f.Treat == schemas.Address || f.Hint == schemas.TraceID {
			d.value(mark+i, f)
		}
	}
	return true, nil
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

func shift(f *ingest.Field, by uint32) {
	f.Start += by
	f.End += by
	if f.KeyEnd > 0 {
		f.KeyStart += by
		f.KeyEnd += by
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
