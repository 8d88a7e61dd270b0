package jsonwalk

// Iter passes over the members of one object or the elements of one array, for
// readers that look at the outside of a value: those that sniff and those that
// open envelopes. It checks no more of the grammar than finding the ends takes,
// and it takes text that is cut at any byte, so nothing that decides a treatment
// may rest on it alone.
type Iter struct {
	Key   []byte // the member's key as written, without quotes; nil in an array
	Value []byte // the value as written, quotes and brackets included
	Cut   bool   // the text ended inside Value

	b     []byte
	pos   int
	array bool
	end   bool // the closing bracket was passed
}

// Iterate returns an iterator over the object or array that b starts with,
// after white space. ok is false if b starts with neither.
func Iterate(b []byte) (it Iter, ok bool) {
	i := skipSpace(b, 0)
	if i >= len(b) || b[i] != '{' && b[i] != '[' {
		return it, false
	}
	return Iter{b: b, pos: i + 1, array: b[i] == '['}, true
}

// Next moves to the next member or element. It returns false at the end, where
// the text is cut, and where it is not JSON.
func (it *Iter) Next() bool {
	if it.end || it.Cut {
		return false
	}
	i := skipSpace(it.b, it.pos)
	if i < len(it.b) && it.b[i] == ',' {
		i = skipSpace(it.b, i+1)
	}
	it.pos = i
	if i >= len(it.b) {
		return false
	}
	if it.b[i] == '}' || it.b[i] == ']' {
		it.end = it.array == (it.b[i] == ']')
		it.pos++
		return false
	}
	it.Key = nil
	if !it.array {
		end, whole := Skip(it.b, i)
		if !whole || it.b[i] != '"' {
			return false
		}
		it.Key = it.b[i+1 : end-1]
		if i = skipSpace(it.b, end); i >= len(it.b) || it.b[i] != ':' {
			return false
		}
		if i = skipSpace(it.b, i+1); i >= len(it.b) {
			return false
		}
	}
	end, whole := Skip(it.b, i)
	if end == i {
		return false
	}
	it.Value, it.Cut, it.pos = it.b[i:end], !whole, end
	return true
}

// Whole says whether the closing bracket was reached.
func (it *Iter) Whole() bool { return it.end }

// Pos returns how far the iterator has read.
func (it *Iter) Pos() int { return it.pos }

// Text returns what is between the quotes of an iterator's value that is a
// string; of one that is cut, what there is.
func Text(value []byte) (text []byte, ok bool) {
	if len(value) == 0 || value[0] != '"' {
		return nil, false
	}
	text = value[1:]
	if n := len(text); n > 0 && text[n-1] == '"' {
		slashes := 0
		for slashes < n-1 && text[n-2-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return text[:n-1], true
		}
	}
	return text, true
}

// Skip returns where the value at b[i] ends. whole is false if b ends first; of
// a bare word or number that b ends with, nobody can tell.
func Skip(b []byte, i int) (end int, whole bool) {
	depth := 0
	for ; i < len(b); i++ {
		switch b[i] {
		case '"':
			if i, whole = skipString(b, i); !whole {
				return len(b), false
			}
			if depth == 0 {
				return i, true
			}
			i--
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1, true
			}
			if depth < 0 {
				return i, true
			}
		case ',', ':', ' ', '\n', '\r', '\t':
			if depth == 0 {
				return i, true
			}
		}
	}
	return len(b), depth == 0
}

// skipString returns the position after the string whose quote is at b[i].
func skipString(b []byte, i int) (end int, whole bool) {
	for i++; ; i++ {
		if i = SkipPlain(b, min(i, len(b))); i >= len(b) {
			return len(b), false
		}
		switch b[i] {
		case '"':
			return i + 1, true
		case '\\':
			i++
		}
	}
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}
