package jsonwalk

import (
	"slices"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/schemas"
)

// members reads the object at pos, which begins at the place at.
func (w *Walker) members(at *step) error {
	b, i := w.b, skip(w.b, w.pos+1)
	if i < len(b) && b[i] == '}' {
		w.pos = i + 1
		return nil
	}
	var l loose
	for {
		m, ks, ke, reached := at, 0, 0, atKey
		if l.object == 0 {
			m, i, reached = w.run(at, i)
			at = m
		}
		switch reached {
		case atKey:
			w.pos = skip(b, i)
			ks = w.pos + 1
			var err error
			if m, ke, err = w.otherKey(at, &l); err != nil {
				return err
			}
			if l.object == 0 {
				at = m
			}
		case atValue:
			w.pos, ke = i, i-2
			ks = ke + 3 - int(m.n)
		}
		if reached != afterValue {
			w.space()
			if err := w.value(m, ks, ke); err != nil {
				return err
			}
			i = w.pos
		}
		if i = skip(b, i); i < len(b) {
			switch b[i] {
			case ',':
				i++
				continue
			case '}':
				w.pos = i + 1
				return nil
			}
		}
		w.pos = i
		return w.syntax()
	}
}

// How far run has come.
const (
	atKey      = iota // before a key, or the white space before it
	atValue           // after a key and its colon, before another value than a plain string
	afterValue        // after a string
)

// run reads members from b[i] on as long as each is as simple as can be: a key
// that came next the last time, its colon, a string of plain bytes, a comma, and no white
// space. at is the place to begin with; the place it returns is after the last key it read.
func (w *Walker) run(at *step, i int) (_ *step, end, reached int) {
	b, fields := w.b, w.fields
	reached = atKey
	for i+span <= len(b) {
		m := at.first
		if m == nil || !m.begins((*[span]byte)(b[i:])) || m.n > 24 && !m.is(b, i) {
			break
		}
		at = m
		if len(fields)+2 > cap(fields) {
			fields = grow(fields)
		}
		key := i + 1
		i += int(m.n)
		if m.unnamed {
			fields = fields[:len(fields)+1]
			put(&fields[len(fields)-1], key, i-2, 0, 0, &keyField)
		}
		if b[i] != '"' {
			reached = atValue
			break
		}
		stop, ok := w.stops.near(b, i+1)
		if !ok {
			stop = w.stops.next(b, stop)
		}
		if stop >= len(b) || b[stop] != '"' {
			reached = atValue
			break
		}
		if !m.quiet {
			fields = fields[:len(fields)+1]
			put(&fields[len(fields)-1], i+1, stop, key, i-2, &m.field)
		}
		if i = stop + 1; i >= len(b) || b[i] != ',' {
			reached = afterValue
			break
		}
		i++
	}
	w.fields = fields
	return at, i, reached
}

// grow makes room for more fields.
//
//go:noinline
func grow(fields []ingest.Field) []ingest.Field { return slices.Grow(fields, 16) }

// put writes a field in its place, part by part: a whole one would be put together on
// the stack and copied, at several times the cost.
func put(f *ingest.Field, start, end, ks, ke int, fd *schemas.Field) {
	f.Start, f.End, f.KeyStart, f.KeyEnd = uint32(start), uint32(end), uint32(ks), uint32(ke)
	f.Field, f.Enc, f.Alias = *fd, ingest.Plain, false
}

// keyField is the treatment of keys.
var keyField = schemas.Field{Treat: schemas.Scan, Hint: schemas.MapKey}

// loose is an object that has left the known orders: each of its keys goes into
// the walker's set and is looked up in the schema.
type loose struct {
	object uint64 // its number, 0 while the object follows a known order
	node   *schemas.Node
}

// otherKey reads the key at pos and its colon: one that did not come next the last
// time, or that is written in another way, or of a loose object. It returns the
// place after it, or, if the object is or becomes loose, one that stands for it.
func (w *Walker) otherKey(at *step, l *loose) (m *step, ke int, _ error) {
	if l.object > 0 {
		m = nil
	} else if m = at.follow(w.b, w.pos); m != nil {
		ke = w.pos + int(m.n) - 2
		if m.unnamed {
			w.add(w.pos+1, ke, 0, 0, &keyField, ingest.Plain)
		}
		w.pos = ke + 2
		return m, ke, nil
	}
	if w.pos >= len(w.b) || w.b[w.pos] != '"' {
		return nil, 0, w.syntax()
	}
	ks := w.pos + 1
	enc, err := w.str()
	if err != nil {
		return nil, 0, err
	}
	ke = w.pos - 1
	key := w.b[ks:ke]
	if enc != ingest.Plain {
		w.key = Unescape(w.key[:0], key)
		key = w.key
	}
	var unnamed bool
	if l.object == 0 {
		if m = at.named(key); m == nil {
			if at.passed(key) {
				return nil, 0, &ingest.RecordError{Code: ingest.CodeDuplicateKey, At: ks}
			}
			if m = w.shapes.learn(at, key); m == nil {
				w.loosen(at, l)
			}
		}
	}
	if m != nil {
		unnamed = m.unnamed
	} else {
		if !w.keys.add(l.object, key) {
			return nil, 0, &ingest.RecordError{Code: ingest.CodeDuplicateKey, At: ks}
		}
		var child *schemas.Node
		child, unnamed = member(l.node, key)
		m = w.shapes.start(child)
	}
	if unnamed {
		w.add(ks, ke, 0, 0, &keyField, enc)
	}
	w.space()
	if w.pos >= len(w.b) || w.b[w.pos] != ':' {
		return nil, 0, w.syntax()
	}
	w.pos++
	return m, ke, nil
}

// loosen makes the object at the place at a loose one: its keys so far go into
// the set.
func (w *Walker) loosen(at *step, l *loose) {
	if w.objects == 0 {
		w.keys.reset()
	}
	w.objects++
	l.object, l.node = w.objects, at.object
	for ; at.up != nil; at = at.up {
		w.keys.add(l.object, at.key())
	}
}
