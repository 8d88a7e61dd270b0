package jsonwalk

import (
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
		i = skip(b, i)
		var m *step // the member
		var ks, ke int
		if l.object == 0 {
			m = at.follow(b[i:])
		}
		if m != nil {
			ks, ke = i+1, i+int(m.n)-2
			i = ke + 2
			at = m
			if m.unnamed {
				w.add(ks, ke, 0, 0, &keyField, ingest.Plain)
			}
		} else {
			w.pos, ks = i, i+1
			var err error
			if m, ke, err = w.newKey(at, &l); err != nil {
				return err
			}
			if i = w.pos; l.object == 0 {
				at = m
			}
		}
		i = skip(b, i)
		if i < len(b) && b[i] == '"' {
			if end := w.stop(i + 1); end < len(b) && b[end] == '"' {
				if !m.quiet {
					w.add(i+1, end, ks, ke, &m.child.Field, ingest.Plain)
				}
				w.pos = end + 1
				goto after
			}
		}
		w.pos = i
		if err := w.value(m, ks, ke); err != nil {
			return err
		}
	after:
		i = skip(b, w.pos)
		if i < len(b) {
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

// keyField is the treatment of keys.
var keyField = schemas.Field{Treat: schemas.Scan, Hint: schemas.MapKey}

// loose is an object that has left the known orders: each of its keys goes into
// the walker's set and is looked up in the schema.
type loose struct{ object uint64 } // its number, 0 while it follows a known order

// newKey reads the key at pos and its colon: one that at.follow does not know,
// or that is written in another way, or of a loose object. It returns the place
// after it, or, if the object is or becomes loose, one that stands for it.
func (w *Walker) newKey(at *step, l *loose) (m *step, ke int, _ error) {
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
		child, unnamed = member(at.object, key)
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
	l.object = w.objects
	for ; at.up != nil; at = at.up {
		w.keys.add(l.object, at.key())
	}
}
