package jsonwalk

import (
	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/schemas"
)

// What follows walks a byte at a time, remembers nothing from record to record
// and looks up every key: what Walker does has to be the same.

type refKey struct {
	object uint64
	key    string
}

// refWalker holds the buffers of one goroutine.
type refWalker struct {
	b      []byte
	pos    int
	depth  int
	limit  int
	fields []ingest.Field
	keys   map[refKey]bool
	object uint64 // number of objects entered so far
	key    []byte // scratch for keys with escapes
}

// New returns a walker that refuses values nested deeper than depth.
func newRef(depth int) *refWalker {
	return &refWalker{limit: depth}
}

// Walk appends the leaves of the JSON value b to fields: every value whose
// treatment is not plain Keep, or that fills a column, and every key that the
// schema does not name (hint MapKey). Spans are relative to b. An object or array
// whose own treatment is Drop, Label or Token is one field. After an error,
// always a *ingest.RecordError, the appended fields mean nothing.
func (w *refWalker) Walk(b []byte, root *schemas.Node, fields []ingest.Field) ([]ingest.Field, error) {
	w.b, w.pos, w.depth, w.fields = b, 0, 0, fields
	w.object = 0
	w.keys = map[refKey]bool{}
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

func (w *refWalker) syntax() error {
	if w.pos >= len(w.b) {
		return &ingest.RecordError{Code: ingest.CodeTruncated, At: len(w.b)}
	}
	return &ingest.RecordError{Code: ingest.CodeNotJSON, At: w.pos}
}

func (w *refWalker) space() {
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
func (w *refWalker) value(n *schemas.Node, ks, ke int) error {
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

func (w *refWalker) leaf(n *schemas.Node, start, end, ks, ke int, enc ingest.Encoding) {
	if n.Treat == schemas.Keep && n.Column == schemas.None {
		return
	}
	f := ingest.Field{Start: uint32(start), End: uint32(end), KeyStart: uint32(ks), KeyEnd: uint32(ke), Field: n.Field, Enc: enc}
	if enc == ingest.JSONValue && f.Hint == schemas.Text {
		f.Hint = schemas.Number
	}
	w.fields = append(w.fields, f)
}

func (w *refWalker) literal(s string, n *schemas.Node, ks, ke int) error {
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

func (w *refWalker) elements(n *schemas.Node, ks, ke int) error {
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

func (w *refWalker) members(n *schemas.Node) error {
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
		folded := refKey{object, string(asciiLower(key))}
		if w.keys[folded] {
			return &ingest.RecordError{Code: ingest.CodeDuplicateKey, At: ks}
		}
		w.keys[folded] = true
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

// str passes the string at pos and says whether it has escapes.
func (w *refWalker) str() (escaped bool, _ error) {
	b := w.b
	i := w.pos + 1
	for {
		if i >= len(b) {
			w.pos = len(b)
			return false, w.syntax()
		}
		switch b[i] {
		case '"':
			w.pos = i + 1
			return escaped, nil
		case '\\':
			escaped = true
			if i+1 >= len(b) {
				w.pos = len(b)
				return false, w.syntax()
			}
			switch b[i+1] {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
				i += 2
			case 'u':
				if i+6 > len(b) {
					w.pos = len(b)
					return false, w.syntax()
				}
				if _, ok := hex4(b[i+2:]); !ok {
					w.pos = i
					return false, w.syntax()
				}
				i += 6
			default:
				w.pos = i
				return false, w.syntax()
			}
		default:
			if b[i] >= ' ' {
				i++
				continue
			}
			w.pos = i
			return false, &ingest.RecordError{Code: ingest.CodeNotJSON, At: i}
		}
	}
}

// number passes the number at pos.
func (w *refWalker) number() error {
	b, i := w.b, w.pos
	if i < len(b) && b[i] == '-' {
		i++
	}
	switch {
	case i < len(b) && b[i] == '0':
		i++
	case i < len(b) && b[i] >= '1' && b[i] <= '9':
		i = digits(b, i)
	default:
		w.pos = i
		return w.syntax()
	}
	if i < len(b) && b[i] == '.' {
		j := digits(b, i+1)
		if j == i+1 {
			w.pos = j
			return w.syntax()
		}
		i = j
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		j := digits(b, i)
		if j == i {
			w.pos = j
			return w.syntax()
		}
		i = j
	}
	w.pos = i
	return nil
}
