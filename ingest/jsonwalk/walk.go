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

// Walker holds the buffers of one goroutine.
type Walker struct {
	b      []byte
	pos    int
	depth  int
	limit  int
	fields []ingest.Field
	keys   keySet
	object uint64 // number of objects entered so far
	key    []byte // scratch for keys with escapes
}

// New returns a walker that refuses values nested deeper than depth.
func New(depth int) *Walker {
	return &Walker{limit: depth, keys: newKeySet()}
}

// Walk appends the leaves of the JSON value b to fields: every value whose
// treatment is not plain Keep, or that fills a column, and every key that the
// schema does not name (hint MapKey). Spans are relative to b. An object or array
// whose own treatment is Drop, Label or Token is one field. After an error,
// always a *ingest.RecordError, the appended fields mean nothing.
func (w *Walker) Walk(b []byte, root *schemas.Node, fields []ingest.Field) ([]ingest.Field, error) {
	w.b, w.pos, w.depth, w.fields = b, 0, 0, fields
	w.object = 0
	w.keys.reset()
	w.space()
	err := w.value(root, 0, 0)
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

func (w *Walker) space() {
	for w.pos < len(w.b) {
		switch w.b[w.pos] {
		case ' ', '\n', '\r', '\t':
			w.pos++
		default:
			return
		}
	}
}

// value reads the value at pos; ks and ke are its key's span, empty for none.
func (w *Walker) value(n *schemas.Node, ks, ke int) error {
	if w.pos >= len(w.b) {
		return w.syntax()
	}
	start := w.pos
	switch c := w.b[start]; c {
	case '"':
		escaped, err := w.str()
		if err != nil {
			return err
		}
		enc := ingest.Plain
		if escaped {
			enc = ingest.JSONText
		}
		w.leaf(n, start+1, w.pos-1, ks, ke, enc)
		return nil
	case '{', '[':
		if w.depth++; w.depth > w.limit {
			return &ingest.RecordError{Code: ingest.CodeTooDeep, At: start}
		}
		mark := len(w.fields)
		var err error
		if c == '{' {
			err = w.members(n)
		} else {
			err = w.elements(n, ks, ke)
		}
		w.depth--
		if err == nil && whole(n.Treat) {
			w.fields = w.fields[:mark]
			w.leaf(n, start, w.pos, ks, ke, ingest.JSONValue)
		}
		return err
	case 't':
		return w.literal("true", n, ks, ke)
	case 'f':
		return w.literal("false", n, ks, ke)
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
		w.leaf(n, start, w.pos, ks, ke, ingest.JSONValue)
		return nil
	}
}

// whole says that a treatment replaces objects and arrays as one.
func whole(t schemas.Treatment) bool {
	return t == schemas.Drop || t == schemas.Label || t == schemas.Token
}

func (w *Walker) leaf(n *schemas.Node, start, end, ks, ke int, enc ingest.Encoding) {
	if n.Treat == schemas.Keep && n.Column == schemas.None {
		return
	}
	f := ingest.Field{Start: uint32(start), End: uint32(end), KeyStart: uint32(ks), KeyEnd: uint32(ke), Field: n.Field, Enc: enc}
	if enc == ingest.JSONValue && f.Hint == schemas.Text {
		f.Hint = schemas.Number
	}
	w.fields = append(w.fields, f)
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

func (w *Walker) elements(n *schemas.Node, ks, ke int) error {
	w.pos++
	w.space()
	if w.pos < len(w.b) && w.b[w.pos] == ']' {
		w.pos++
		return nil
	}
	for {
		w.space()
		if err := w.value(n, ks, ke); err != nil {
			return err
		}
		w.space()
		if w.pos >= len(w.b) {
			return w.syntax()
		}
		switch w.b[w.pos] {
		case ',':
			w.pos++
		case ']':
			w.pos++
			return nil
		default:
			return w.syntax()
		}
	}
}

func (w *Walker) members(n *schemas.Node) error {
	w.object++
	object := w.object
	w.pos++
	w.space()
	if w.pos < len(w.b) && w.b[w.pos] == '}' {
		w.pos++
		return nil
	}
	for {
		w.space()
		if w.pos >= len(w.b) || w.b[w.pos] != '"' {
			return w.syntax()
		}
		ks := w.pos + 1
		escaped, err := w.str()
		if err != nil {
			return err
		}
		ke := w.pos - 1
		key := w.b[ks:ke]
		enc := ingest.Plain
		if escaped {
			w.key = Unescape(w.key[:0], key)
			key, enc = w.key, ingest.JSONText
		}
		if !w.keys.add(object, key) {
			return &ingest.RecordError{Code: ingest.CodeDuplicateKey, At: ks}
		}
		child := n.Children[string(key)]
		if child == nil {
			child = n.Any
			if child == nil {
				child = schemas.Unknown
			}
			if child.Treat != schemas.Keep {
				w.fields = append(w.fields, ingest.Field{Start: uint32(ks), End: uint32(ke), Field: schemas.Field{Treat: schemas.Scan, Hint: schemas.MapKey}, Enc: enc})
			}
		}
		w.space()
		if w.pos >= len(w.b) || w.b[w.pos] != ':' {
			return w.syntax()
		}
		w.pos++
		w.space()
		if err := w.value(child, ks, ke); err != nil {
			return err
		}
		w.space()
		if w.pos >= len(w.b) {
			return w.syntax()
		}
		switch w.b[w.pos] {
		case ',':
			w.pos++
		case '}':
			w.pos++
			return nil
		default:
			return w.syntax()
		}
	}
}
