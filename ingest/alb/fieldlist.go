package alb

import (
	"slices"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/schemas"
)

// quickFields is the most fields that a quick line has, with room to spare.
const quickFields = 32

// fieldList appends to a record's fields without asking each time whether there
// is room.
type fieldList struct {
	f []ingest.Field
	n int
}

func newFieldList(rec *ingest.Record) fieldList {
	n := len(rec.Fields)
	if cap(rec.Fields)-n < quickFields {
		rec.Fields = slices.Grow(rec.Fields, quickFields)
	}
	return fieldList{rec.Fields[:n+quickFields], n}
}

// flush gives the fields to the record. Nothing is added after it.
func (l *fieldList) flush(rec *ingest.Record) { rec.Fields = l.f[:l.n] }

func (l *fieldList) add(from, to int, fd *schemas.Field, enc ingest.Encoding) {
	f := &l.f[l.n]
	l.n++
	f.Start, f.End, f.KeyStart, f.KeyEnd = uint32(from), uint32(to), 0, 0
	f.Field = *fd
	f.Enc, f.Alias = enc, false
}

// piece adds the fields of a piece that starts at a byte of the line.
func (l *fieldList) piece(p *piece, at int) {
	for i := range p.fields[:p.added] {
		f := &l.f[l.n]
		l.n++
		*f = p.fields[i]
		f.Start += uint32(at)
		f.End += uint32(at)
	}
}
