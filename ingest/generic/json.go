package generic

import (
	"bytes"
	"slices"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/jsonwalk"
	"github.com/scrubline/scrubline/ingest/text"
	"github.com/scrubline/scrubline/schemas"
)

var errNotObject = &ingest.RecordError{Code: ingest.CodeSyntax, At: 0}

// jsonSource is a source of JSON records, told by the keys of an object.
type jsonSource struct {
	name    string
	framing ingest.Framing
	root    *schemas.Node
	// score says how sure the source is of an object, perhaps cut; 0 no.
	score func(object []byte, o ingest.Origin) int
	// finish sets the columns that follow from several fields.
	finish func(*jsonDecoder)
}

func (s *jsonSource) Name() string { return s.name }

// Sniff implements ingest.Source. It looks at the first object, or the first one
// of a list, Records included.
func (s *jsonSource) Sniff(o ingest.Origin, head []byte) (int, ingest.Framing) {
	object := first(head)
	if object == nil {
		return 0, s.framing
	}
	return s.score(object, o), s.framing
}

// first returns the first object that head holds, perhaps cut; nil if it is not
// JSON.
func first(head []byte) []byte {
	b := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\ufeff")), " \t\r\n")
	if len(b) > 0 && b[0] == '[' {
		it, ok := jsonwalk.Iterate(b)
		if !ok || !it.Next() {
			return nil
		}
		b = it.Value
	}
	if len(b) == 0 || b[0] != '{' {
		return nil
	}
	return b
}

// member returns the value of an object's member, nil if it has none.
func member(object []byte, key string) []byte {
	if !bytes.Contains(object, []byte(key)) {
		return nil
	}
	it, ok := jsonwalk.Iterate(object)
	for ok && it.Next() {
		if string(it.Key) == key {
			return it.Value
		}
	}
	return nil
}

// has counts how many of the keys an object has.
func has(object []byte, keys ...string) (n int) {
	there := func(key string) bool { return bytes.Contains(object, []byte(key)) }
	if !slices.ContainsFunc(keys, there) {
		return 0
	}
	it, ok := jsonwalk.Iterate(object)
	for ok && it.Next() {
		for _, k := range keys {
			if string(it.Key) == k {
				n++
			}
		}
	}
	return n
}

// NewDecoder implements ingest.Source.
func (s *jsonSource) NewDecoder(_ ingest.Origin, opt ingest.Options) ingest.Decoder {
	depth := opt.Limits.Depth
	if depth == 0 {
		depth = ingest.DefaultLimits.Depth
	}
	return &jsonDecoder{source: s, walker: jsonwalk.New(depth)}
}

// Reuse implements ingest.Reusable.
func (d *jsonDecoder) Reuse(ingest.Origin) {}

// jsonDecoder decodes the payloads of a source.
type jsonDecoder struct {
	source *jsonSource
	walker *jsonwalk.Walker

	raw   []byte
	rec   *ingest.Record
	taken [schemas.NumColumns]int // the field that fills a column, index plus one
}

// Decode implements ingest.Decoder.
func (d *jsonDecoder) Decode(raw []byte, rec *ingest.Record) (err error) {
	b := bytes.TrimLeft(raw, " \t\r\n")
	if len(b) == 0 || b[0] != '{' && b[0] != '[' {
		return errNotObject
	}
	if rec.Fields, err = d.walker.Walk(raw, d.source.root, rec.Fields); err != nil {
		return err
	}
	d.raw, d.rec = raw, rec
	clear(d.taken[:])
	for i := range rec.Fields {
		if f := &rec.Fields[i]; f.Column != schemas.None || f.Treat == schemas.Address {
			d.field(f, i+1)
		}
	}
	d.source.finish(d)
	d.raw, d.rec = nil, nil
	return nil
}

// field takes one field that fills a column; i is its index plus one.
func (d *jsonDecoder) field(f *ingest.Field, i int) {
	v := d.raw[f.Start:f.End]
	c := f.Column
	if f.Treat == schemas.Address {
		a, ok := text.Addr(v)
		if !ok {
			f.Treat = schemas.Scan
		} else if c == schemas.SrcAddr && d.taken[c] == 0 {
			d.rec.SetAddr(schemas.SrcIP, a)
		} else if c == schemas.DstAddr && d.taken[c] == 0 {
			d.rec.SetAddr(schemas.DstIP, a)
		}
	}
	if c == schemas.EventTime {
		d.time(f, v)
		return
	}
	if f.Treat == schemas.Keep && f.Enc != ingest.JSONValue && !isWords(v) {
		f.Treat = schemas.Scan // not the identifier it should be
	}
	switch c {
	case schemas.None, schemas.ResourceIDs:
		return
	case schemas.HTTPStatus, schemas.SrcPort:
		d.number(f, v, i)
		return
	}
	if d.taken[c] != 0 || len(v) == 0 {
		f.Column = schemas.None
		return
	}
	d.taken[c] = i
}

// number takes a number of 16 bits.
func (d *jsonDecoder) number(f *ingest.Field, v []byte, i int) {
	n, ok := text.Uint(v)
	switch {
	case !ok || n > 1<<16-1:
		f.Treat, f.Column = schemas.Scan, schemas.None
	case d.taken[f.Column] > 0:
		f.Column = schemas.None
	default:
		d.taken[f.Column] = i
		d.rec.SetNum(f.Column, n)
	}
}

// time takes the first time that can be read.
func (d *jsonDecoder) time(f *ingest.Field, v []byte) {
	ms, ok := text.DateTime(v)
	if !ok {
		ms, ok = text.Epoch(v)
	}
	switch {
	case !ok || ms < 0:
		f.Treat, f.Column = schemas.Scan, schemas.None
		d.rec.SetFlag(schemas.FlagOddTime)
	case d.taken[schemas.EventTime] > 0:
		f.Column = schemas.None
	default:
		d.taken[schemas.EventTime] = 1
		d.rec.SetNum(schemas.EventTime, uint64(ms))
	}
}

// value returns the text of the field that fills a column, nil if none does.
func (d *jsonDecoder) value(c schemas.Column) []byte {
	i := d.taken[c]
	if i == 0 {
		return nil
	}
	f := &d.rec.Fields[i-1]
	return d.raw[f.Start:f.End]
}

// isWords says whether b consists of what identifiers, names of services and
// ARNs are made of: no blank, no comma.
func isWords(b []byte) bool {
	for _, c := range b {
		switch {
		case (c|0x20)-'a' < 26, c-'0' < 10:
		case c == '-' || c == '_' || c == ':' || c == '/' || c == '.' || c == '*' || c == '+' || c == '=' || c == '$' || c == '@':
		default:
			return false
		}
	}
	return true
}
