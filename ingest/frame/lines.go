package frame

import (
	"bytes"
	"io"

	"github.com/scrubline/scrubline/ingest"
)

// LineFramer cuts at newlines. Empty lines belong to the gaps; a carriage return
// before the newline does too.
type LineFramer struct {
	c    *Chunk
	used int // bytes of the window that the last answer lent
}

// NewLines returns a framer over c.
func NewLines(c *Chunk) *LineFramer { return &LineFramer{c: c} }

// Next implements ingest.Framer.
func (f *LineFramer) Next() (gap, raw []byte, err error) {
	f.c.Advance(f.used)
	f.used = 0
	start := 0
	for {
		w := f.c.Window()
		for start < len(w) && (w[start] == '\n' || w[start] == '\r') {
			start++
		}
		if start < len(w) {
			break
		}
		if start >= chunkSize { // a long gap of newlines is given up piece by piece
			f.c.Advance(start)
			start = 0
			continue
		}
		if err := f.c.More(); err != nil {
			gap := f.c.Window()
			f.used = len(gap)
			return gap, nil, err
		}
	}
	for end := start; ; {
		w := f.c.Window()
		if i := bytes.IndexByte(w[end:], '\n'); i >= 0 {
			end += i
			f.used = end
			if end-start > f.c.max {
				return w[:start], w[start : start+f.c.max], &ingest.RecordError{Code: ingest.CodeTooLong, At: f.c.max}
			}
			if w[end-1] == '\r' {
				end--
				f.used--
			}
			return w[:start], w[start:end], nil
		}
		end = len(w)
		switch err := f.c.More(); err {
		case nil:
		case io.EOF:
			f.used = end
			return w[:start], w[start:end], nil
		case errFull:
			return f.skip(start)
		default:
			f.used = end
			return w[:start], w[start:end], err
		}
	}
}

// skip gives up a line that is too long. Its first bytes are returned.
func (f *LineFramer) skip(start int) (gap, raw []byte, err error) {
	w := f.c.Window()
	head := append([]byte(nil), w[:min(len(w), start+f.c.max)]...) // rare: one copy for an oversize line
	f.c.Advance(len(w))
	for {
		if f.c.More() != nil {
			break
		}
		w := f.c.Window()
		if i := bytes.IndexByte(w, '\n'); i >= 0 {
			f.c.Advance(i)
			break
		}
		f.c.Advance(len(w))
	}
	return head[:start], head[start:], &ingest.RecordError{Code: ingest.CodeTooLong, At: f.c.max}
}
