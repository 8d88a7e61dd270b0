package frame

import (
	"bytes"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/jsonindex"
	"github.com/scrubline/scrubline/ingest/jsonwalk"
)

// scanner finds the end of JSON values in a chunk's window without checking
// more of the grammar than that takes; ingest/jsonwalk checks the rest. pos is a
// position in the window.
type scanner struct {
	c       *Chunk
	pos     int
	discard bool // gives up scanned bytes when the window is full
	seek    bool // wants to know records
	records bool // the object or array that was passed may hold "Records"
}

// more makes the byte at pos readable.
func (s *scanner) more() error {
	for s.pos >= len(s.c.Window()) {
		if s.discard {
			n := len(s.c.Window())
			s.c.Advance(n)
			s.pos -= n
		}
		if err := s.c.More(); err != nil {
			return err
		}
	}
	return nil
}

func (s *scanner) space() error {
	for {
		if err := s.more(); err != nil {
			return err
		}
		switch s.c.Window()[s.pos] {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return nil
		}
	}
}

// value passes one value.
func (s *scanner) value() error {
	for {
		if err := s.more(); err != nil {
			return err
		}
		switch s.c.Window()[s.pos] {
		case '"':
			return s.str()
		case '{', '[':
			return s.nest()
		case '}', ']', ',', ' ', '\n', '\r', '\t': // a bare word ends before the brace of its container
			return nil
		}
		s.pos++
	}
}

// nest passes the object or array at pos.
func (s *scanner) nest() error {
	n := jsonindex.Nest{Pos: s.pos, Records: !s.seek}
	for {
		a := n.Scan(s.c.Window())
		s.pos, s.records = n.Pos, n.Records
		switch a {
		case jsonindex.Whole:
			return nil
		case jsonindex.Broken: // as in str
			return &ingest.RecordError{Code: ingest.CodeNotJSON, At: n.Pos}
		}
		if err := s.more(); err != nil {
			return err
		}
		n.Pos = s.pos
	}
}

// str passes a string that starts at pos. A raw newline in it is an error: the
// entry is broken, and the next one may start after that newline.
func (s *scanner) str() error {
	s.pos++
	for {
		if err := s.more(); err != nil {
			return err
		}
		w := s.c.Window()
		i := s.pos
		for i < len(w) {
			if i = jsonwalk.SkipPlain(w, i); i >= len(w) {
				break
			}
			switch w[i] {
			case '"':
				s.pos = i + 1
				return nil
			case '\\':
				i += 2
			case '\n':
				s.pos = i
				return &ingest.RecordError{Code: ingest.CodeNotJSON, At: i}
			default:
				i++
			}
		}
		s.pos = i
	}
}

// container looks whether the object at pos has a member Records that is an
// array: array is the position after that array's bracket. If it has none and
// the object is whole, end is the position after it.
func (s *scanner) container() (array, end int) {
	// An object that nowhere says Records, as most are, is passed in one go.
	whole := scanner{c: s.c, pos: s.pos, seek: true}
	if !s.startsWithRecords() && whole.value() == nil && (!whole.records || !bytes.Contains(s.c.Window()[s.pos:whole.pos], records)) {
		return 0, whole.pos
	}
	s.pos++
	for {
		if s.space() != nil || s.c.Window()[s.pos] != '"' {
			return 0, 0
		}
		start := s.pos
		if s.str() != nil {
			return 0, 0
		}
		name := string(s.c.Window()[start:s.pos]) == `"Records"`
		if s.space() != nil || s.c.Window()[s.pos] != ':' {
			return 0, 0
		}
		s.pos++
		if s.space() != nil {
			return 0, 0
		}
		if name && s.c.Window()[s.pos] == '[' {
			return s.pos + 1, 0
		}
		if s.value() != nil || s.space() != nil {
			return 0, 0
		}
		switch s.c.Window()[s.pos] {
		case ',':
			s.pos++
		case '}':
			return 0, s.pos + 1
		default:
			return 0, 0
		}
	}
}

var records = []byte(`"Records"`)

// startsWithRecords says that the first key of the object at pos is Records: then
// the object is as large as the payload.
func (s *scanner) startsWithRecords() bool {
	first := scanner{c: s.c, pos: s.pos + 1}
	if first.space() != nil {
		return false
	}
	for len(s.c.Window())-first.pos < len(records) {
		if s.c.More() != nil {
			return false
		}
	}
	return bytes.HasPrefix(s.c.Window()[first.pos:], records)
}

// members passes the rest of an object, from after a member to after its brace.
func (s *scanner) members() error {
	for {
		if err := s.space(); err != nil {
			return err
		}
		switch s.c.Window()[s.pos] {
		case '}':
			s.pos++
			return nil
		case ',', ':':
			s.pos++
		case '{', '[', '"':
			if err := s.value(); err != nil {
				return err
			}
		default:
			if !scalar(s.c.Window()[s.pos]) {
				return &ingest.RecordError{Code: ingest.CodeNotJSON, At: s.pos}
			}
			if err := s.value(); err != nil {
				return err
			}
		}
	}
}
