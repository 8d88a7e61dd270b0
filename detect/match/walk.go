package match

import "bytes"

// maxNesting bounds how deep the record is walked; deeper is skipped.
const maxNesting = 128

// nested is how many arrays may lie directly in one another and still stand for
// their elements.
const nested = 3

// stringEnd returns where the quote is that ends the string starting at b[i], -1
// if there is none.
func stringEnd(b []byte, i int) int {
	for at := i; ; {
		n := bytes.IndexByte(b[at:], '"')
		if n < 0 {
			return -1
		}
		end := at + n
		slashes := 0
		for end-slashes > i && b[end-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return end
		}
		at = end + 1
	}
}

func escaped(b []byte) bool { return bytes.IndexByte(b, '\\') >= 0 }

func blanks(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// object walks the object whose members start at b[i], noting the values that n
// asks for. It returns what is behind the object, -1 if b is no JSON.
func (s *Scanner) object(b []byte, i int, n *node, depth int) int {
	for first := true; ; first = false {
		i = blanks(b, i)
		if i >= len(b) {
			return -1
		}
		if b[i] == '}' {
			return i + 1
		}
		if !first {
			if b[i] != ',' {
				return -1
			}
			if i = blanks(b, i+1); i >= len(b) {
				return -1
			}
		}
		if b[i] != '"' {
			return -1
		}
		end := stringEnd(b, i+1)
		if end < 0 {
			return -1
		}
		key := b[i+1 : end]
		if escaped(key) {
			from := len(s.scratch)
			s.scratch = appendUnquoted(s.scratch, key)
			key = s.scratch[from:]
		}
		if i = blanks(b, end+1); i >= len(b) || b[i] != ':' {
			return -1
		}
		i = blanks(b, i+1)
		if kid := n.kids[string(key)]; kid != nil {
			i = s.value(b, i, kid, depth+1, 0)
		} else {
			i = skip(b, i)
		}
		if i < 0 {
			return -1
		}
	}
}

// value walks the value at b[i]; in is how many arrays it lies directly in.
func (s *Scanner) value(b []byte, i int, n *node, depth, in int) int {
	if i >= len(b) {
		return -1
	}
	v := value{kind: word}
	end := 0
	switch c := b[i]; {
	case c == '"':
		if end = stringEnd(b, i+1); end < 0 {
			return -1
		}
		v.kind, v.raw = str, b[i+1:end]
		end++
	case c == '{':
		v.kind = object
		if len(n.kids) > 0 && depth < maxNesting {
			end = s.object(b, i+1, n, depth)
		} else {
			end = skip(b, i)
		}
		if end < 0 {
			return -1
		}
		v.raw = b[i:end]
	case c == '[':
		if in == nested {
			if v.kind, end = object, skip(b, i); end < 0 {
				return -1
			}
			v.raw = b[i:end]
			break
		}
		s.note(n, value{kind: array})
		return s.array(b, i+1, n, depth, in+1)
	default:
		if end = skip(b, i); end < 0 {
			return -1
		}
		v.raw = b[i:end]
		switch {
		case c == 'n':
			v.kind = null
		case c != 't' && c != 'f':
			v.kind = num
		}
	}
	s.note(n, v)
	return end
}

func (s *Scanner) array(b []byte, i int, n *node, depth, in int) int {
	for first := true; ; first = false {
		i = blanks(b, i)
		if i >= len(b) {
			return -1
		}
		if b[i] == ']' {
			return i + 1
		}
		if !first {
			if b[i] != ',' {
				return -1
			}
			i = blanks(b, i+1)
		}
		if i = s.value(b, i, n, depth, in); i < 0 {
			return -1
		}
	}
}

func (s *Scanner) note(n *node, v value) {
	for _, slot := range n.slots {
		s.add(slot, v)
	}
}

// structural marks the bytes at which skip must stop inside an object or array.
var structural = [256]bool{'"': true, '{': true, '}': true, '[': true, ']': true}

// skip returns what is behind the value at b[i], -1 if it does not end.
func skip(b []byte, i int) int {
	if i >= len(b) {
		return -1
	}
	switch b[i] {
	case '"':
		end := stringEnd(b, i+1)
		if end < 0 {
			return -1
		}
		return end + 1
	case '{', '[':
	default:
		from := i
		for i < len(b) && b[i] != ',' && b[i] != '}' && b[i] != ']' && b[i] > ' ' {
			i++
		}
		if i == from {
			return -1
		}
		return i
	}
	depth := 0
	for i < len(b) {
		c := b[i]
		if !structural[c] {
			i++
			continue
		}
		switch c {
		case '"':
			end := stringEnd(b, i+1)
			if end < 0 {
				return -1
			}
			i = end
		case '{', '[':
			depth++
		default:
			if depth--; depth == 0 {
				return i + 1
			}
		}
		i++
	}
	return -1
}
