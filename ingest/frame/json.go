package frame

import (
	"bytes"
	"io"

	"github.com/scrubline/scrubline/ingest"
)

// JSONFramer cuts top-level JSON values that follow one another with or without
// anything between them ("}{"). With elements set it takes apart a top-level
// array, and an object whose member Records is an array (CloudTrail, S3
// notifications): the elements are the entries then, and the container's
// punctuation and other members are gaps.
type JSONFramer struct {
	c        *Chunk
	elements bool
	used     int
	inside   int // 0 at the top level, 1 in an array, 2 in an object's array
}

// NewJSON returns a framer over c.
func NewJSON(c *Chunk, elements bool) *JSONFramer { return &JSONFramer{c: c, elements: elements} }

// Next implements ingest.Framer.
func (f *JSONFramer) Next() (gap, raw []byte, err error) {
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
	s := scanner{c: f.c, pos: at}
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

func scalar(b byte) bool {
	return b == '-' || b >= '0' && b <= '9' || b == 't' || b == 'f' || b == 'n'
}

// seek finds the start of the next entry and enters containers on the way; end
// is the entry's end if it came across it. It returns the error that ended the
// stream.
func (f *JSONFramer) seek() (at, end int, _ error) {
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
			s := scanner{c: f.c, pos: at}
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
func (f *JSONFramer) closeObject(at int) int {
	s := scanner{c: f.c, pos: at}
	if s.members() != nil {
		return at // not what it seemed: what follows is framed as it stands
	}
	return s.pos
}

// badLine gives up everything to the end of the line.
func (f *JSONFramer) badLine(at int) (gap, raw []byte, err error) {
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
func (f *JSONFramer) broken(at, pos int, err error) (gap, raw []byte, _ error) {
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
		s := scanner{c: f.c, pos: at, discard: true}
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
