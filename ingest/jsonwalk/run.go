package jsonwalk

import (
	"slices"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/schemas"
)

// run reads members from b[i] on as long as each is as simple as can be: a key
// that came next the last time, its colon, a value and no white space. at is the
// place to begin with. It returns the place it reached; where it stops at a value,
// that is the value's member.
func (w *Walker) run(at *step, i int) (_ *step, end, reached int) {
	b, fields := w.b, w.fields
	for i+span <= len(b) {
		m := at.first
		if m == nil || !m.begins((*[span]byte)(b[i:])) {
			break
		}
		if m.n > 24 && !m.is(b, i) {
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
		c := b[i]
		if c == '"' {
			stop, ok := w.stops.near(b, i+1)
			if !ok {
				stop = w.stops.next(b, stop)
			}
			if stop+1 < len(b) && b[stop] == '"' {
				if !m.quiet {
					fields = fields[:len(fields)+1]
					put(&fields[len(fields)-1], i+1, stop, key, i-2, &m.field)
				}
				if i = stop + 1; b[i] == ',' {
					i++
					continue
				}
				goto after
			}
		}
		w.fields = fields
		switch {
		case c == '{' || c == '[':
			inside, next := w.enter(m, key, i)
			if next < 0 {
				return at, i, atValue
			}
			if i = next; inside != nil {
				at = inside
				continue
			}
		case c <= ' ':
			return at, i, atValue
		default:
			w.pos = i
			if w.leafAt(m, key, i-2) != nil {
				return at, i, atValue // again, to say what is wrong
			}
			i, fields = w.pos, w.fields
		}
	after:
		if i < len(b) && b[i] == '}' {
			w.fields = fields
			if at, i, reached = w.leave(at, i); reached == afterValue {
				return at, i, afterValue
			}
			if reached == atKey {
				continue
			}
		}
		if i >= len(b) || b[i] != ',' {
			w.fields = fields
			return at, i, afterValue
		}
		i++
	}
	w.fields = fields
	return at, i, atKey
}

// enter goes into the object at b[i], the value of m, or into the array there and
// the object that is its first element; ks is where m's key begins. It returns the
// object's start and the position after its bracket. An empty array it passes:
// inside is nil then. What is not that simple it leaves: next is -1.
func (w *Walker) enter(m *step, ks, i int) (inside *step, next int) {
	b, n := w.b, len(w.levels)
	array := b[i] == '['
	if array && i+1 < len(b) && b[i+1] == ']' && !m.whole && n < w.limit {
		return nil, i + 2
	}
	if m.inside == nil || n+2 > min(w.limit, cap(w.levels)) || array && (i+1 == len(b) || b[i+1] != '{') {
		return nil, -1
	}
	ke := i - 2
	w.levels[n-1].at = m
	if array {
		w.levels = w.levels[:n+1]
		w.levels[n].set(m, ks, ke, i, len(w.fields), true)
		n++
		i++
	}
	w.levels = w.levels[:n+1]
	w.levels[n].set(m, ks, ke, i, len(w.fields), false)
	return m.inside, i + 1
}

// leave goes out of the object that ends with b[i], and of those around it that
// end there as well, if that is simple; at is the place in it. It returns where it
// comes to: the place and position after a value in an object (atValue), before the
// first key of the next element of an array (atKey), or where others have to go on
// (afterValue).
func (w *Walker) leave(at *step, i int) (_ *step, next, reached int) {
	b := w.b
	for i < len(b) && b[i] == '}' {
		n := len(w.levels) - 1
		if n == 0 || w.levels[n].of.whole {
			return at, i, afterValue
		}
		w.levels = w.levels[:n]
		i++
		if array := &w.levels[n-1]; array.array {
			m := array.of
			if i+1 < len(b) && b[i] == ',' && b[i+1] == '{' && m.inside != nil {
				w.levels = w.levels[:n+1]
				w.levels[n].set(m, int(array.ks), int(array.ke), i+1, len(w.fields), false)
				return m.inside, i + 2, atKey
			}
			if n--; n == 0 || w.levels[n-1].array || i >= len(b) || b[i] != ']' || m.whole {
				return m, i, afterValue
			}
			w.levels = w.levels[:n]
			i++
		}
		top := &w.levels[len(w.levels)-1]
		if at = top.at; top.loose > 0 {
			return at, i, afterValue
		}
	}
	return at, i, atValue
}

// grow makes room for more fields.
//
//go:noinline
func grow(fields []ingest.Field) []ingest.Field { return slices.Grow(fields, 16) }

// put writes a field in its place, part by part: a whole one would be put together
// on the stack and copied, at several times the cost.
func put(f *ingest.Field, start, end, ks, ke int, fd *schemas.Field) {
	f.Start, f.End, f.KeyStart, f.KeyEnd = uint32(start), uint32(end), uint32(ks), uint32(ke)
	f.Field, f.Enc, f.Alias = *fd, ingest.Plain, false
}

// keyField is the treatment of keys.
var keyField = schemas.Field{Treat: schemas.Scan, Hint: schemas.MapKey}
