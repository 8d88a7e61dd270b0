// Package jsonwalk reads one JSON value once and lists its leaves as fields of
// a record, each with the treatment its path has in the source's schema. It
// builds no tree and allocates nothing once its buffers have grown.
//
// It checks the grammar of RFC 8259 in full, because a value that two readers
// read differently can smuggle PHI past one of them. For the same reason an
// object that holds a key twice, or two keys that differ in case only, is an
// error: encoding/json, for one, matches keys without regard to case.
package jsonwalk

import (
	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/schemas"
)

// Walker holds the buffers of one goroutine and what it has learned of the
// records so far: see step.
type Walker struct {
	b       []byte
	stops   stops // in b
	pos     int
	levels  []level // the objects and arrays that pos is in
	limit   int     // how many there may be
	fields  []ingest.Field
	shapes  shapes
	keys    keySet // of loose objects
	objects uint32 // number of loose objects so far
	key     []byte // scratch for keys with escapes
}

// New returns a walker that refuses values nested deeper than depth.
func New(depth int) *Walker {
	return &Walker{limit: depth, keys: newKeySet()}
}

// Walk appends the leaves of the JSON value b to fields: every value whose
// treatment is not plain Keep, or that fills a column, and every key that the
// schema does not name (hint MapKey). Spans are relative to b. An object or array
// whose own treatment is Drop, Label or Token is one field. After an error,
// always a *ingest.RecordError, the appended fields mean nothing. The walker
// remembers nodes below root: they must not change while it is in use.
func (w *Walker) Walk(b []byte, root *schemas.Node, fields []ingest.Field) ([]ingest.Field, error) {
	w.b, w.pos, w.fields, w.objects, w.levels = b, 0, fields, 0, w.levels[:0]
	w.stops.find(b)
	w.shapes.forget()
	err := w.nested(w.shapes.start(root, false))
	if err == nil {
		if w.space(); w.pos < len(b) {
			err = w.syntax()
		}
	}
	fields = w.fields
	w.b, w.fields = nil, nil
	return fields, err
}

func (w *Walker) syntax() error {
	if w.pos >= len(w.b) {
		return &ingest.RecordError{Code: ingest.CodeTruncated, At: len(w.b)}
	}
	return &ingest.RecordError{Code: ingest.CodeNotJSON, At: w.pos}
}

func (w *Walker) space() { w.pos = skip(w.b, w.pos) }

// skip returns the place of the first byte from i on that is no white space.
func skip(b []byte, i int) int {
	if i < len(b) && b[i] > ' ' {
		return i
	}
	return skipSpace(b, i)
}

// leafAt reads the value at pos, which is m's and neither object nor array; ks and ke
// are its key's span, empty for none.
func (w *Walker) leafAt(m *step, ks, ke int) error {
	if w.pos >= len(w.b) {
		return w.syntax()
	}
	start := w.pos
	switch w.b[start] {
	case '"':
		enc, err := w.str()
		if err == nil {
			w.leaf(m.child, start+1, w.pos-1, ks, ke, enc)
		}
		return err
	case 't':
		return w.literal("true", m.child, ks, ke)
	case 'f':
		return w.literal("false", m.child, ks, ke)
	case 'n':
		if w.pos+4 <= len(w.b) && string(w.b[w.pos:w.pos+4]) == "null" {
			w.pos += 4
			return nil
		}
		return w.syntax()
	default:
		if err := w.number(); err != nil {
			return err
		}
		w.leaf(m.child, start, w.pos, ks, ke, ingest.JSONValue)
		return nil
	}
}

// whole says that a treatment replaces objects and arrays as one.
func whole(t schemas.Treatment) bool {
	return t == schemas.Drop || t == schemas.Label || t == schemas.Token
}

func (w *Walker) leaf(n *schemas.Node, start, end, ks, ke int, enc ingest.Encoding) {
	if quiet(n) {
		return
	}
	f := w.add(start, end, ks, ke, &n.Field, enc)
	if enc == ingest.JSONValue && f.Hint == schemas.Text {
		f.Hint = schemas.Number
	}
}

func (w *Walker) add(start, end, ks, ke int, fd *schemas.Field, enc ingest.Encoding) *ingest.Field {
	if len(w.fields) == cap(w.fields) {
		w.fields = grow(w.fields)
	}
	w.fields = w.fields[:len(w.fields)+1]
	f := &w.fields[len(w.fields)-1]
	put(f, start, end, ks, ke, fd)
	f.Enc = enc
	return f
}

func (w *Walker) literal(s string, n *schemas.Node, ks, ke int) error {
	if w.pos+len(s) > len(w.b) || string(w.b[w.pos:w.pos+len(s)]) != s {
		return w.syntax()
	}
	start := w.pos
	w.pos += len(s)
	if n.Column != schemas.None || n.Treat != schemas.Scan { // a bare true or false holds no PHI
		w.leaf(n, start, w.pos, ks, ke, ingest.JSONValue)
	}
	return nil
}
