package scrub

import (
	"bytes"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/recognizer"
)

// fieldBefore is what the name of a field announces that stands before the values it
// had and has, in the records that programs keep of changes: field=lastName
// source='Reyes' target='Lee'. key is that of a value, at b[k].
func (s *searcher) fieldBefore(key []byte, k int) announcement {
	if s.hint != schemas.Text || !valueOf(key) {
		return announcement{}
	}
	from := max(0, k-100)
	before := s.b[from:k]
	for _, w := range [...]string{"field", "column", "attribute", "property", "attr"} {
		at := bytes.LastIndex(before, []byte(w))
		if at < 0 {
			continue
		}
		i := at + len(w)
		for i < len(before) && i < at+len(w)+3 && (before[i] == '=' || before[i] == ':' || before[i] == ' ' || before[i] == '\'' || before[i] == '"' || before[i] == '[') {
			i++
		}
		end := i
		for end < len(before) && (recognizer.IsWord(before[end]) || before[end] == '_' || before[end] == '.') {
			end++
		}
		if i > at+len(w) && end > i && end < len(before) {
			if a := s.e.announce(before[i:end]); !a.weak {
				return a
			}
		}
	}
	return announcement{}
}

// valueOf says that a key is that of a value which another word names.
func valueOf(key []byte) bool {
	if len(key) < 2 || len(key) > 9 {
		return false
	}
	switch string(key) {
	case "source", "target", "old", "new", "from", "to", "was", "is", "value", "before", "after", "oldValue", "newValue", "old_value", "new_value", "actual", "expected", "received", "got", "input", "current", "previous":
		return true
	}
	return false
}
