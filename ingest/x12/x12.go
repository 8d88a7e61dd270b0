// Package x12 cuts payloads of ANSI X12 (837 claims, 835 payments, 270 and 271
// eligibility) into interchanges: from a segment ISA to its IEA, any number of
// them in a file.
//
// An interchange brings its own delimiters: the byte after ISA separates the
// elements, and the one after the sixteenth element, a single byte, ends the
// segments. Bytes that are in no interchange are entries that could not be
// framed: gaps hold nothing but blanks and newlines.
package x12

import (
	"bytes"
	"errors"
	"io"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/frame"
)

const (
	// gapMax is how many bytes of gap are kept for the caller; a longer run of
	// blanks is given up in pieces.
	gapMax = 64 << 10
	// headMax is where the header must have ended: it has 106 bytes, but not
	// everyone pads its elements to their widths.
	headMax = 256
	// tagLen is the bytes that name a segment: ISA or IEA and a separator.
	tagLen = 4
)

// Framer implements ingest.Framer over a chunk.
type Framer struct {
	c      *frame.Chunk
	limit  int
	gapMax int
	used   int  // bytes of the window that the last answer lent
	lost   bool // the last entry was too long: the gap after it has no start
}

// New returns a framer over c, whose own limit is at least limit. An interchange
// and the gap before it fit in limit bytes together: what is too long must not
// depend on how much one read gives.
func New(c *frame.Chunk, limit int) *Framer {
	return &Framer{c: c, limit: limit, gapMax: min(gapMax, limit/2)}
}

// Next implements ingest.Framer.
func (f *Framer) Next() (gap, raw []byte, err error) {
	f.c.Advance(f.used)
	f.used = 0
	start, err := f.begin()
	if err != nil {
		gap = f.c.Window()
		f.used = len(gap)
		return gap, nil, err
	}
	s := search{f: f, pos: start}
	w := f.c.Window()
	sep, term, ok := header(w[start:min(len(w), max(start, f.limit+1))])
	var end int
	if ok {
		end, err = s.interchange(sep, term)
	} else {
		end, err = s.other()
	}
	w = f.c.Window()
	f.used = end
	if s.head == nil && max(end, s.need-1) > f.limit {
		s.head = w
	}
	f.lost = s.head != nil
	switch {
	case s.head != nil:
		return s.head[:start], s.head[start:f.limit], &ingest.RecordError{Code: ingest.CodeTooLong, At: f.limit}
	case err == errCut:
		return w[:start], w[start:end], &ingest.RecordError{Code: ingest.CodeTruncated, At: end - start}
	case err != nil:
		return w[:start], w[start:end], err
	case !ok:
		return w[:start], w[start:end], &ingest.RecordError{Code: ingest.CodeSyntax, At: 0}
	}
	return w[:start], w[start:end], nil
}

// begin returns where the next entry starts, with all of its header in the
// window if it has one.
func (f *Framer) begin() (int, error) {
	at := 0
	for {
		w := f.c.Window()
		for at < len(w) && at < f.gapMax && isBlank(w[at]) {
			at++
		}
		if at > 0 && (at == f.gapMax || f.lost) {
			f.c.Advance(at)
			at = 0
			continue
		}
		if at < len(w) && (len(w)-at >= headMax || len(w) > f.limit) {
			return at, nil
		}
		if at < len(w) {
			if _, _, ok := header(w[at:]); ok {
				return at, nil
			}
		}
		if err := f.c.More(); err != nil {
			if at < len(w) {
				return at, nil // a short last entry, the error comes with its end
			}
			return at, err
		}
	}
}

// header reads the delimiters of an interchange from its ISA segment.
func header(b []byte) (sep, term byte, ok bool) {
	if len(b) < tagLen || string(b[:3]) != "ISA" || !isDelimiter(b[3]) {
		return 0, 0, false
	}
	sep = b[3]
	n := 0
	for i, c := range b[:min(len(b), headMax-2)] {
		if c != sep {
			continue
		}
		if n++; n < 16 {
			continue
		}
		// ISA16, a byte, and then the terminator
		if i+2 >= len(b) {
			return 0, 0, false
		}
		term = b[i+2]
		return sep, term, term != sep && (isDelimiter(term) || isBlank(term))
	}
	return 0, 0, false
}

// errCut says that an interchange ends without its IEA.
var errCut = errors.New("interchange without an end")

// search looks for the end of one entry. It can go on when the window is full:
// then it keeps the head of the entry and gives up the rest.
type search struct {
	f    *Framer
	pos  int
	end  int    // of the last whole segment
	need int    // bytes of the window that were looked at beyond end
	head []byte // the first window of an entry that is too long
}

// interchange returns the end of the interchange that starts at pos, behind
// the terminator of its IEA. It is cut if the payload, or the next ISA, comes
// before.
func (s *search) interchange(sep, term byte) (int, error) {
	for first := true; ; first = false {
		s.end = s.pos
		tag, err := s.tag()
		if err != nil {
			return s.end, orCut(err)
		}
		if !first && len(tag) == tagLen && string(tag[:3]) == "ISA" && tag[3] == sep {
			return s.end, errCut
		}
		last := len(tag) >= 3 && string(tag[:3]) == "IEA" && (len(tag) == 3 || tag[3] == sep || tag[3] == term)
		switch err := s.past(term); {
		case err == nil && last:
			return s.pos, nil
		case err == nil:
		case err == io.EOF && last: // some leave out the last terminator
			return s.trimmed(), nil
		default:
			return s.trimmed(), orCut(err)
		}
	}
}

// other returns the end of bytes that are no interchange: a line that starts
// with ISA comes next, or the end of the payload.
func (s *search) other() (int, error) {
	for {
		switch err := s.past('\n'); {
		case err == io.EOF:
			return s.trimmed(), nil
		case err != nil:
			return s.trimmed(), err
		}
		tag, err := s.tag()
		if err != nil && err != io.EOF {
			return s.trimmed(), err
		}
		if len(tag) == tagLen && string(tag[:3]) == "ISA" && isDelimiter(tag[3]) {
			return s.trimmed(), nil
		}
	}
}

// tag moves pos over blanks and newlines and returns the bytes there, tagLen of
// them or as many as there are; io.EOF says that there is none.
func (s *search) tag() ([]byte, error) {
	for {
		w := s.f.c.Window()
		for s.pos < len(w) && isBlank(w[s.pos]) {
			s.pos++
		}
		if rest := w[s.pos:]; len(rest) >= tagLen {
			s.need = s.pos + tagLen
			return rest[:tagLen], nil
		}
		if err := s.more(); err != nil {
			if rest := s.f.c.Window()[s.pos:]; err == io.EOF && len(rest) > 0 {
				return rest, nil
			}
			return nil, err
		}
	}
}

// past moves pos behind the next c.
func (s *search) past(c byte) error {
	for {
		w := s.f.c.Window()
		if i := bytes.IndexByte(w[s.pos:], c); i >= 0 {
			s.pos += i + 1
			return nil
		}
		s.pos = len(w)
		if err := s.more(); err != nil {
			return err
		}
	}
}

// trimmed is pos without the blanks and newlines before it: they are the gap's.
func (s *search) trimmed() int {
	return len(bytes.TrimRight(s.f.c.Window()[:s.pos], " \t\r\n"))
}

// more reads on. A full window is emptied up to pos.
func (s *search) more() error {
	w := s.f.c.Window()
	if len(w) <= s.f.limit {
		return s.f.c.More()
	}
	if s.head == nil {
		// one copy for an oversize entry, rare
		s.head = append(s.head, w[:s.f.limit]...)
	}
	s.f.c.Advance(s.pos)
	s.pos, s.end = 0, 0
	return nil
}

// orCut is the error for an interchange that the end of the payload cut.
func orCut(err error) error {
	if err == io.EOF {
		return errCut
	}
	return err
}

func isBlank(b byte) bool { return b == ' ' || b == '\t' || b == '\r' || b == '\n' }

// isDelimiter tells whether b can separate: not a letter, digit or blank.
func isDelimiter(b byte) bool {
	return !isBlank(b) && !(b >= '0' && b <= '9') && !(b >= 'A' && b <= 'Z') && !(b >= 'a' && b <= 'z')
}
