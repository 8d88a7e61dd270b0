package scrub

import (
	"bytes"

	"github.com/scrubline/scrubline/scrub/recognizer"
)

// Names and values that stand side by side as two strings: "lastName", "Lee" in a
// call, name="last_name" above its value in a form (RFC 7578), {"key":"mrn",
// "value":"123"} in JSON.

// pair takes the value behind the quoted name whose last word ends at b[end].
func (s *searcher) pair(end int) bool {
	b := s.b
	from := end
	for from > 0 && end-from < keyMax && (recognizer.IsWord(b[from-1]) || b[from-1] == '_' || b[from-1] == '-' || b[from-1] == '.' || b[from-1] == ' ') {
		from--
	}
	if from == 0 || end >= len(b) || b[from-1] != b[end] {
		return false
	}
	a := s.e.announce(b[from:end])
	if a.kind == recognizer.None || a.weak {
		return false
	}
	to := end + 1
	for to < len(b) && to < end+12 && (b[to] == ',' || b[to] == ' ' || b[to] == '\r' || b[to] == '\n' || lineBreak(b, to) > 0) {
		to += max(1, lineBreak(b, to))
	}
	if to < len(b) && b[to] == b[end] { // what a colon follows is a name itself
		k := to + 1
		for k < len(b) && b[k] != b[end] && k-to < 80 {
			k++
		}
		if k+1 < len(b) && b[k+1] == ':' {
			return false
		}
	}
	if k := to; k+1 < len(b) && b[k] == b[end] { // a list of names: path=["guarantor","phone"]
		for k++; k < len(b) && k-to < keyMax && (recognizer.IsLetter(b[k]) || b[k] == '_'); {
			k++
		}
		if k < len(b) && b[k] == b[end] && !recognizer.IsUpper(b[to+1]) && s.e.announce(b[to+1:k]).kind != recognizer.None {
			return false
		}
	}
	next := s.value(to, a)
	if next <= to {
		return false
	}
	s.pos = max(s.pos, next)
	return true
}

// lineBreak returns the length of an end of a line that is written as an escape at
// b[i].
func lineBreak(b []byte, i int) int {
	if b[i] == '\\' && i+1 < len(b) && (b[i+1] == 'r' || b[i+1] == 'n') {
		return 2
	}
	return 0
}

// paired says that a quoted name and what parts it from its value may end at
// b[end]: see pair.
func paired(b []byte, end int) bool {
	if end+3 >= len(b) || b[end] != '"' && b[end] != '\'' {
		return false
	}
	switch b[end+1] {
	case ',':
		k := end + 2
		if b[k] == ' ' {
			k++
		}
		return b[k] == b[end]
	case '\r', '\n':
		return true
	case '\\':
		return b[end+2] == 'r' || b[end+2] == 'n'
	}
	return false
}

// valueKey says that a member holds the value of what another member of its
// object, or the member around it, names.
func valueKey(key []byte) bool {
	switch string(key) {
	case "value", "Value", "stringValue", "string_value", "newValue", "oldValue", "old", "new", "before", "after", "was", "val", "answer", "S", "N", "s", "n", "v", "V", "valueString", "valueDate":
		return true
	}
	return false
}

// nameKey says that a member holds a name.
func nameKey(key []byte) bool {
	for _, w := range [...]string{"key", "k", "name", "field", "attribute", "column", "param", "parameter", "label", "question", "property", "path", "code"} {
		if foldedEqual(key, w) {
			return true
		}
	}
	return false
}

// parameterBeside is what the column announces that a statement compares with the
// parameter which the member before b[from:] names: {"sql":"… where ssn = :s",
// "parameters":[{"name":"s","value":…}]}.
func (e *Engine) parameterBeside(b []byte, from int) announcement {
	at := bytes.LastIndex(b[max(0, from-80):from], []byte(`"name":"`))
	if at < 0 {
		return announcement{}
	}
	at += max(0, from-80) + len(`"name":"`)
	end := at
	for end < len(b) && (recognizer.IsWord(b[end]) || b[end] == '_') {
		end++
	}
	if end == at || end >= len(b) || b[end] != '"' || bytes.IndexByte(b[end:from], '}') >= 0 {
		return announcement{}
	}
	e.text = append(append(e.text[:0], ':'), b[at:end]...)
	return e.compared(b)
}

// compared is what the column announces that an expression in b compares with the
// parameter e.text; #ln stands for the name that another member gives it.
func (e *Engine) compared(b []byte) announcement {
	i := 0
	for {
		k := bytes.Index(b[i:], e.text)
		if k < 0 {
			return announcement{}
		}
		i += k
		if next := i + len(e.text); i > 3 && (b[i-1] == ' ' || b[i-1] == '=' || b[i-1] == '(') && (next == len(b) || !recognizer.IsWord(b[next]) && b[next] != '_') {
			break
		}
		i++
	}
	for i > 0 && (b[i-1] == ' ' || b[i-1] == '=' || b[i-1] == '<' || b[i-1] == '>' || b[i-1] == '(') {
		i--
	}
	k := i
	for k > 0 && i-k < keyMax && (recognizer.IsWord(b[k-1]) || b[k-1] == '_') {
		k--
	}
	if k == 0 || b[k-1] != '#' {
		return e.announce(b[k:i])
	}
	e.text = append(append(append(e.text[:0], '"'), b[k-1:i]...), `":"`...)
	at := bytes.Index(b, e.text)
	if at < 0 {
		return announcement{}
	}
	at += len(e.text)
	end := at
	for end < len(b) && end-at < keyMax && b[end] != '"' {
		end++
	}
	return e.announce(b[at:end])
}

// namedBeside is what the member before b[from:], in the same object, names:
// {"key":"mrn","op":"EQ","value":…}.
func (e *Engine) namedBeside(b []byte, from int) announcement {
	depth := 0
	for i := from - 2; i > 0 && from-i < 240; i-- {
		switch b[i] {
		case '}', ']':
			depth++
		case '[':
			depth--
		case '{':
			if depth--; depth < 0 {
				return announcement{}
			}
		case ':':
			if depth != 0 || b[i-1] != '"' || i+2 >= len(b) {
				continue
			}
			k := i - 1
			for k > 0 && i-k < 24 && b[k-1] != '"' {
				k--
			}
			if !nameKey(b[k : i-1]) {
				continue
			}
			v := i + 1
			for v < len(b) && b[v] == ' ' {
				v++
			}
			if v >= len(b) || b[v] != '"' {
				continue
			}
			end := v + 1
			for end < len(b) && end-v < keyMax && b[end] != '"' {
				end++
			}
			a := e.announce(b[v+1 : end])
			if a.kind == recognizer.None && parameterUse(b[v+1:end]) == ofName {
				a.kind = recognizer.PersonName
			}
			if !a.weak {
				return a
			}
			return announcement{}
		}
	}
	return announcement{}
}

// generic says that a key tells only together with its object's.
func generic(key []byte) bool {
	switch string(key) {
	case "id", "ID", "Id", "name", "Name", "number", "no", "num", "value", "S", "N", "s", "n", "first", "last", "given", "family", "full", "text", "date", "Value", "stringValue", "string_value", "newValue", "oldValue", "val", "answer", "identifier", "serial", "address", "home", "work", "mobile", "Number", "First", "Last", "Full", "Text", "Date", "Given", "Family", "Identifier", "Address", "fn", "ln", "sn", "old", "new", "before", "after", "was", "v", "$numberLong", "$numberInt", "$numberDecimal", "$date", "valueString", "valueDate",
		"equals", "contains", "startsWith", "endsWith", "eq", "_eq", "$eq", "_ilike", "_like", "like", "ilike", "iLike", "$regex", "regex", "$in", "in", "_in", "is", "query", "match", "term": // of queries
		return true
	}
	return false
}
