package frame

import (
	"bytes"
	"io"

	"github.com/scrubline/scrubline/ingest"
)

// What follows is framing a byte at a time, as plainly as can be: what JSONFramer
// does has to be the same.

// refFramer cuts top-level JSON values that follow one another with or without
// anything between them ("}{"). With elements set it takes apart a top-level
// array, and an object whose member Records is an array (CloudTrail, S3
// notifications): the elements are the entries then, and the container's
// punctuation and other members are gaps.
type refFramer struct {
	c        *Chunk
	elements bool
	used     int
	inside   int // 0 at the top level, 1 in an array, 2 in an object's array
}

// newRef returns a framer over c.
func newRef(c *Chunk, elements bool) *refFramer { return &refFramer{c: c, elements: elements} }

// Next implements ingest.Framer.
func (f *refFramer) Next() (gap, raw []byte, err error) {
	f.c.Advance(f.used)
	f.used = 0
	at, end, err := f.seek()
	if err != nil {
		gap = f.c.Window()
		f.used = len(gap)
		return gap, nil, err
	}
	w := f.c.Window()
	if w[at] != '{' && w[at] != '[' && w[at] != '"' && !scalar(w[at]) {
		return f.badLine(at)
	}
	s := refScanner{c: f.c, pos: at}
	if end > 0 {
		s.pos = end
	} else if err := s.value(); err != nil {
		return f.broken(at, s.pos, err)
	}
	w = f.c.Window()
	if s.pos-at > f.c.max {
		f.used = s.pos
		return w[:at], w[at : at+f.c.max], &ingest.RecordError{Code: ingest.CodeTooLong, At: f.c.max}
	}
	if !scalar(w[at]) || f.inside > 0 {
		f.used = s.pos
		return w[:at], w[at:s.pos], nil
	}
	// A bare word at the top level is no log entry in JSON: take the line.
	return f.badLine(at)
}

// seek finds the start of the next entry and enters containers on the way; end
// is the entry's end if it came across it. It returns the error that ended the
// stream.
func (f *refFramer) seek() (at, end int, _ error) {
	for {
		w := f.c.Window()
		if at >= len(w) {
			if at >= chunkSize {
				f.c.Advance(at)
				at = 0
			}
			if err := f.c.More(); err != nil {
				return at, 0, err
			}
			continue
		}
		switch b := w[at]; {
		case b == ' ' || b == '\n' || b == '\r' || b == '\t' || b == ',' || b == 0x1e:
			at++
		case b == ']' && f.inside > 0:
			inObject := f.inside == 2
			f.inside = 0
			at++
			if inObject {
				at = f.closeObject(at)
			}
		case b == '[' && f.elements && f.inside == 0:
			f.inside = 1
			at++
		case b == '{' && f.elements && f.inside == 0:
			s := refScanner{c: f.c, pos: at}
			array, end := s.container()
			if array == 0 {
				return at, end, nil
			}
			f.inside = 2
			at = array
		default:
			return at, 0, nil
		}
	}
}

// closeObject passes the members after the array of a container.
func (f *refFramer) closeObject(at int) int {
	s := refScanner{c: f.c, pos: at}
	if s.members() != nil {
		return at // not what it seemed: what follows is framed as it stands
	}
	return s.pos
}

// badLine gives up everything to the end of the line.
func (f *refFramer) badLine(at int) (gap, raw []byte, err error) {
	end := at
	for {
		w := f.c.Window()
		if i := bytes.IndexByte(w[end:], '\n'); i >= 0 {
			end += i
			break
		}
		end = len(w)
		if f.c.More() != nil {
			break
		}
	}
	w := f.c.Window()
	f.used = end
	return w[:at], w[at:min(end, at+f.c.max)], &ingest.RecordError{Code: ingest.CodeNotJSON, At: 0}
}

// broken turns what stopped a scan into the entry's error: at is where the
// entry starts, pos where the scan stopped.
func (f *refFramer) broken(at, pos int, err error) (gap, raw []byte, _ error) {
	w := f.c.Window()
	if re, ok := err.(*ingest.RecordError); ok {
		re.At -= at
		if i := bytes.IndexByte(w[pos:], '\n'); i >= 0 {
			f.used = pos + i
			return w[:at], w[at:f.used], re
		}
		gap, raw, _ = f.badLine(at)
		return gap, raw, re
	}
	f.used = len(w)
	switch err {
	case io.EOF:
		return w[:at], w[at:], &ingest.RecordError{Code: ingest.CodeTruncated, At: len(w) - at}
	case errFull:
		head := append([]byte(nil), w[:at+f.c.max]...) // rare: one copy for an oversize entry
		s := refScanner{c: f.c, pos: at, discard: true}
		if s.value() != nil {
			f.c.Advance(len(f.c.Window()))
			s.pos = 0
		}
		f.c.Advance(s.pos)
		f.used = 0
		return head[:at], head[at:], &ingest.RecordError{Code: ingest.CodeTooLong, At: f.c.max}
	}
	return w[:at], w[at:], err
}

// refScanner finds the end of JSON values in a chunk's window without checking
// more of the grammar than that takes; ingest/jsonwalk checks the rest. pos is a
// position in the window.
type refScanner struct {
	c       *Chunk
	pos     int
	discard bool // gives up scanned bytes when the window is full
}

// more makes the byte at pos readable.
func (s *refScanner) more() error {
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

func (s *refScanner) space() error {
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
func (s *refScanner) value() error {
	if err := s.more(); err != nil {
		return err
	}
	depth := 0
	for {
		w := s.c.Window()
		for i := s.pos; i < len(w); i++ {
			switch w[i] {
			case '"':
				s.pos = i
				if err := s.str(); err != nil {
					return err
				}
				if depth == 0 {
					return nil
				}
				w = s.c.Window()
				i = s.pos - 1
			case '{', '[':
				depth++
			case '}', ']':
				depth--
				if depth == 0 {
					s.pos = i + 1
					return nil
				}
				if depth < 0 { // a bare word ends before the brace of its container
					s.pos = i
					return nil
				}
			case ',', ' ', '\n', '\r', '\t':
				if depth == 0 {
					s.pos = i
					return nil
				}
			}
		}
		s.pos = len(w)
		if err := s.more(); err != nil {
			return err
		}
	}
}

// str passes a string that starts at pos. A raw newline in it is an error: the
// entry is broken, and the next one may start after that newline.
func (s *refScanner) str() error {
	s.pos++
	for {
		if err := s.more(); err != nil {
			return err
		}
		w := s.c.Window()
		i := s.pos
		for i < len(w) {
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
func (s *refScanner) container() (array, end int) {
	// An object that nowhere says Records, as most are, is passed in one go.
	whole := refScanner{c: s.c, pos: s.pos}
	if !s.startsWithRecords() && whole.value() == nil && !bytes.Contains(s.c.Window()[s.pos:whole.pos], records) {
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

// startsWithRecords says that the first key of the object at pos is Records: then
// the object is as large as the payload.
func (s *refScanner) startsWithRecords() bool {
	first := refScanner{c: s.c, pos: s.pos + 1}
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
func (s *refScanner) members() error {
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
