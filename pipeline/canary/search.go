package canary

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"sort"
)

// Search looks for values. Use New; for one goroutine.
type Search struct {
	needles map[uint64][]needle // by their first eight bytes
	filter  [1 << 14]uint64     // which of them there are, roughly
	found   map[int]string      // by value, where it was found first
	values  []Value
}

type needle struct {
	text   []byte // canonical
	digits bool   // nothing but digits: must not be part of a longer number
	value  int
}

// NewSearch returns a search for the secrets of values.
func NewSearch(values []Value) *Search {
	s := &Search{needles: map[uint64][]needle{}, found: map[int]string{}, values: values}
	for i, v := range values {
		whole := canonical([]byte(v.Secret))
		s.add(i, whole)
		if joined := bytes.ReplaceAll(whole, []byte(" "), nil); v.Kind != "address" && v.Kind != "email" && len(joined) < len(whole) {
			s.add(i, joined)
		}
	}
	return s
}

func (s *Search) add(value int, text []byte) {
	if len(text) < 8 {
		panic("canary: a value is too short to be looked for")
	}
	digits := true
	for _, c := range text {
		digits = digits && c >= '0' && c <= '9'
	}
	first := binary.LittleEndian.Uint64(text)
	s.needles[first] = append(s.needles[first], needle{text, digits, value})
	h := slot(first)
	s.filter[h>>6] |= 1 << (h & 63)
}

func slot(v uint64) uint64 { return v * 0x9e3779b97f4a7c15 >> 44 }

// rounds is how many encodings inside each other are undone.
const rounds = 5

// Look looks for the values in data, which came from where, as it is and with
// its encodings undone.
func (s *Search) Look(where string, data []byte) {
	const piece, overlap = 8 << 20, 4 << 10
	for len(data) > piece {
		s.look(where, data[:piece])
		data = data[piece-overlap:]
	}
	s.look(where, data)
}

func (s *Search) look(where string, data []byte) {
	for range rounds {
		s.scan(where, canonical(data))
		next := undo(data)
		if bytes.Equal(next, data) {
			return
		}
		data = next
	}
}

func (s *Search) scan(where string, text []byte) {
	for i := 0; i+8 <= len(text); i++ {
		v := binary.LittleEndian.Uint64(text[i:])
		h := slot(v)
		if s.filter[h>>6]>>(h&63)&1 == 0 {
			continue
		}
		for _, n := range s.needles[v] {
			if !bytes.HasPrefix(text[i:], n.text) {
				continue
			}
			after := i + len(n.text)
			if n.digits && (i > 0 && digit(text[i-1]) || after < len(text) && digit(text[after])) {
				continue
			}
			if _, ok := s.found[n.value]; !ok {
				s.found[n.value] = where
			}
		}
	}
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// Found is how many values were found.
func (s *Search) Found() int { return len(s.found) }

// Report says what was found and where, by kind, not more than most lines.
func (s *Search) Report(most int) []string {
	var out []string
	for i, where := range s.found {
		out = append(out, fmt.Sprintf("%s: %q of value %d in %s", s.values[i].Kind, s.values[i].Secret, i, where))
	}
	sort.Strings(out)
	return out[:min(len(out), most)]
}

// Missing lists the values that were not found, by kind.
func (s *Search) Missing() map[string]int {
	out := map[string]int{}
	for i, v := range s.values {
		if _, ok := s.found[i]; !ok {
			out[v.Kind]++
		}
	}
	return out
}

// canonical is text in lower case with one blank for whatever is no letter and no
// digit.
func canonical(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for _, c := range text {
		switch {
		case c >= 'A' && c <= 'Z':
			out = append(out, c|0x20)
		case c >= 'a' && c <= 'z', digit(c):
			out = append(out, c)
		case len(out) > 0 && out[len(out)-1] != ' ':
			out = append(out, ' ')
		}
	}
	return bytes.TrimSpace(out)
}
