package jsonwalk

import (
	"slices"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/schemas"
)

// level is an object or array that is being read.
type level struct {
	at          *step  // the place reached, of an object in which another level is being read
	of          *step  // the member whose value it is; of elements of an array, the array's
	ks, ke      uint32 // that member's key
	start, mark uint32 // where its bracket is, and the number of fields before it
	loose       uint32 // the number of a loose object, else 0
	array       bool
}

// How far reading has come.
const (
	atKey      = iota // before a key, the end of an object without members, or white space
	atValue           // before a value or white space
	afterValue        // after a value
)

// nested reads the value at pos, objects in objects and all, in turns: run does
// what is simple, and what it stops at is done here. m, ks and ke mean something
// at a value only.
func (w *Walker) nested(root *step) error {
	b, i := w.b, 0
	at, m, ks, ke, reached := root, root, 0, 0, atValue
	for {
		switch reached {
		case atKey:
			i = skip(b, i)
			top := &w.levels[len(w.levels)-1]
			if i < len(b) && b[i] == '}' && at.n == 0 && top.loose == 0 {
				at, reached = w.close(i+1), afterValue
				i++
				continue
			}
			w.pos, ks = i, i+1
			var err error
			if m, ke, err = w.otherKey(at, top); err != nil {
				return err
			}
			if i = w.pos; top.loose == 0 {
				at = m
			}
			reached = atValue
		case atValue:
			switch i = skip(b, i); {
			case i < len(b) && b[i] == '{':
				if err := w.open(at, m, i, ks, ke, false); err != nil {
					return err
				}
				at, i, reached = w.run(w.shapes.within(m), i+1)
				m, ks, ke = at, i+1-int(at.n), i-2
			case i < len(b) && b[i] == '[':
				if err := w.open(at, m, i, ks, ke, true); err != nil {
					return err
				}
				if i = skip(b, i+1); i < len(b) && b[i] == ']' {
					at, reached = w.close(i+1), afterValue
					i++
				}
			default:
				w.pos = i
				if err := w.leafAt(m, ks, ke); err != nil {
					return err
				}
				i, reached = w.pos, afterValue
			}
		case afterValue:
			if w.pos = i; len(w.levels) == 0 {
				return nil
			}
			i = skip(b, i)
			w.pos = i
			if i >= len(b) {
				return w.syntax()
			}
			switch top := &w.levels[len(w.levels)-1]; {
			case b[i] == ',' && top.array:
				i, reached = i+1, atValue
				m, ks, ke = top.of, int(top.ks), int(top.ke)
			case b[i] == ',' && top.loose > 0:
				i, reached = i+1, atKey
			case b[i] == ',':
				at, i, reached = w.run(at, i+1)
				m, ks, ke = at, i+1-int(at.n), i-2
			case b[i] == '}' && !top.array || b[i] == ']' && top.array:
				i++
				at = w.close(i)
			default:
				return w.syntax()
			}
		}
	}
}

// open goes into the object or array at b[i], the value of m; at is the place in the
// object around it.
func (w *Walker) open(at, m *step, i, ks, ke int, array bool) error {
	n := len(w.levels)
	if n == w.limit {
		return &ingest.RecordError{Code: ingest.CodeTooDeep, At: i}
	}
	if n > 0 {
		w.levels[n-1].at = at
	}
	if n == cap(w.levels) {
		w.levels = slices.Grow(w.levels, 8)
	}
	w.levels = w.levels[:n+1]
	w.levels[n].set(m, ks, ke, i, len(w.fields), array)
	return nil
}

func (l *level) set(m *step, ks, ke, start, mark int, array bool) {
	l.of = m
	l.ks, l.ke, l.start, l.mark = uint32(ks), uint32(ke), uint32(start), uint32(mark)
	l.loose, l.array = 0, array
}

// close leaves the innermost level, which ends before end, and returns the place in
// the object around it, if that is one.
func (w *Walker) close(end int) *step {
	n := len(w.levels) - 1
	top := &w.levels[n]
	if top.of.whole {
		w.fields = w.fields[:top.mark]
		w.leaf(top.of.child, int(top.start), end, int(top.ks), int(top.ke), ingest.JSONValue)
	}
	w.levels = w.levels[:n]
	if n == 0 {
		return top.of
	}
	return w.levels[n-1].at
}

// otherKey reads the key at pos and its colon: one that did not come next the last
// time, or that is written in another way, or of a loose object. It returns the
// place after it, or, if the object is or becomes loose, one that stands for it.
func (w *Walker) otherKey(at *step, l *level) (m *step, ke int, _ error) {
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
	if l.loose == 0 {
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
		if !w.keys.add(uint64(l.loose), key) {
			return nil, 0, &ingest.RecordError{Code: ingest.CodeDuplicateKey, At: ks}
		}
		var child *schemas.Node
		child, unnamed = member(at.object, key)
		m = w.shapes.start(child, true)
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
func (w *Walker) loosen(at *step, l *level) {
	if w.objects == 0 {
		w.keys.reset()
	}
	w.objects++
	l.loose = w.objects
	for ; at.up != nil; at = at.up {
		w.keys.add(uint64(l.loose), at.key())
	}
}
