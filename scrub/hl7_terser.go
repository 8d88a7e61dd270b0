package scrub

import (
	"bytes"

	"github.com/scrubline/scrubline/scrub/recognizer"
)

// What programs print of HL7 v2 by their places: the paths of HAPI's Terser, and the
// trees of JSON that engines make of messages.

// terser takes the value behind the path of a field at b[i], PID-5-1 or PID-3(0)-1,
// that an arrow, or the end of a call, parts from it: set("PID-19", "512…"),
// get("/.PID-5-1") = LEE. What = or : follows at once is a key: see assign.
func (s *searcher) terser(i int) bool {
	b := s.b
	k := hl7Path(b[i:segment(b, i)])
	if k == recognizer.None {
		return false
	}
	j := i + 3
	for j < len(b) && j-i < 16 && (recognizer.IsDigit(b[j]) || b[j] == '-' && j+1 < len(b) && recognizer.IsDigit(b[j+1]) || b[j] == '(' || b[j] == ')' && b[j-1] != '"') {
		j++
	}
	from, parted := j, false
	for from < len(b) && from-j < 10 {
		switch c := b[from]; {
		case c == '>' && from > j && (b[from-1] == '-' || b[from-1] == '='), c == ',' && b[from-1] == '"', c == '=' && from > j:
			parted = true
		case c == '"' && parted, c != '"' && c != ' ' && c != ')' && c != '-' && c != '=' && c != ':':
			if !parted || from == j {
				return false
			}
			s.pathValue(from, k)
			return s.pos > from
		}
		from++
	}
	return false
}

// pathValue takes the value behind an HL7 path and its = or :, in quotes or up to
// a blank.
func (s *searcher) pathValue(i int, k recognizer.Kind) {
	b := s.b
	for i < len(b) && (b[i] == ' ' || b[i] == '=') {
		i++
	}
	shut := byte(' ')
	if i < len(b) && (b[i] == '"' || b[i] == '\'' || b[i] == '[') {
		if shut = b[i]; shut == '[' {
			shut = ']'
		}
		i++
	}
	end := i
	for end < len(b) && b[end] != shut && b[end] != '\n' && b[end] != '<' && end-i < 200 {
		end++
	}
	if end > i+1 && ours(b[i:]) == 0 {
		s.take(i, end, k)
	}
}

// hl7Leaf is what the member key at b[from], a number, announces as a field or a
// component of a segment that the objects around it name: {"name":"PID","fields":
// {"5":{"1":"LEE"}}}, {"PID":{"5":…}}.
func (e *Engine) hl7Leaf(b, key []byte, from int) recognizer.Kind {
	if len(key) == 0 || len(key) > 2 || !numbers(key, len(key)) {
		return recognizer.None
	}
	field, part := key, []byte(nil)
	for up := 0; up < 3; up++ {
		outer, at := enclosingKey(b, from)
		if at < 0 {
			return recognizer.None
		}
		segment := outer
		if string(outer) == "fields" || string(outer) == "field" || string(outer) == "Fields" {
			segment = segmentBeside(b, at)
		}
		if len(segment) == 3 && hl7Fields[string(segment)] != nil {
			e.text = append(append(append(e.text[:0], segment...), '.'), field...)
			if len(part) > 0 {
				e.text = append(append(e.text, '.'), part...)
			}
			k := hl7Path(e.text)
			if tokenTypes[k] != 0 && len(part) > 0 && string(part) != "1" { // who assigned an id
				return recognizer.None
			}
			return k
		}
		if !numbers(outer, max(1, len(outer))) || len(outer) > 2 {
			return recognizer.None
		}
		if part == nil || string(part) == "0" {
			part = field
		}
		field, from = outer, at
	}
	return recognizer.None
}

// enclosingKey returns the key of the object around b[from], and where it starts;
// -1 if it has none.
func enclosingKey(b []byte, from int) (key []byte, at int) {
	depth := 0
	for i := from - 2; i > 0 && from-i < statement; i-- {
		switch b[i] {
		case '}':
			depth++
		case '{':
			if depth--; depth >= 0 {
				continue
			}
			for i--; i > 0 && (b[i] == ' ' || b[i] == ':' || b[i] == '[' || b[i] == '\n'); i-- {
			}
			if b[i] != '"' {
				return nil, -1
			}
			at = i
			for at > 0 && i-at < keyMax && b[at-1] != '"' {
				at--
			}
			return b[at:i], at
		}
	}
	return nil, -1
}

// segmentBeside returns the segment that a member right before b[at:] names, in the same
// object.
func segmentBeside(b []byte, at int) []byte {
	head := b[max(0, at-80):at]
	if i := bytes.LastIndexByte(head, '{'); i >= 0 {
		head = head[i:]
	}
	for _, k := range [...]string{`"name":`, `"segment":`, `"id":`, `"type":`} {
		i := bytes.Index(head, []byte(k))
		if i < 0 {
			continue
		}
		v := bytes.TrimLeft(head[i+len(k):], ` "`)
		if len(v) > 3 && v[3] == '"' {
			return v[:3]
		}
	}
	return nil
}
