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

// labelled is what the label of a custom field announces that another field of ArcSight's
// Common Event Format holds: cs2Label=mrn cs2=27242906.
func (s *searcher) labelled(key []byte, sign byte) announcement {
	n := len(key)
	if s.hint != schemas.Text || sign != '=' || n < 3 || n > 20 || !recognizer.IsDigit(key[n-1]) || key[0] != 'c' && key[0] != 'f' && key[0] != 'd' {
		return announcement{}
	}
	e := s.e
	e.text = append(append(e.text[:0], key...), "Label="...)
	at := bytes.Index(s.b, e.text)
	if at < 0 {
		return announcement{}
	}
	at += len(e.text)
	end := at
	for end < len(s.b) && end-at < keyMax && (recognizer.IsWord(s.b[end]) || s.b[end] == '_' || s.b[end] == ' ' && end+1 < len(s.b) && recognizer.IsLetter(s.b[end+1])) {
		if s.b[end] == ' ' && bytes.IndexByte(s.b[end+1:min(len(s.b), end+20)], '=') >= 0 {
			break
		}
		end++
	}
	return e.announce(s.b[at:end])
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
