package frame

import (
	"errors"
	"io"

	"github.com/scrubline/scrubline/ingest"
)

// chunkSize stays in the second-level cache while it is cut and scanned.
const chunkSize = 256 << 10

// errFull says that the window holds as much as one record may.
var errFull = errors.New("window is full")

// Chunk is a window over a stream: bytes are appended at its end by More and
// given up at its start by Advance. Slices of the window are valid until More.
type Chunk struct {
	r          io.Reader
	buf        []byte
	start, end int
	offset     int64 // of start, in the stream
	max        int   // bytes the window may hold
	err        error // what the stream ended with
}

// NewChunk returns a chunk over r whose window grows to at most limit bytes and
// a little more.
func NewChunk(r io.Reader, limit int) *Chunk {
	c := &Chunk{buf: make([]byte, chunkSize)}
	c.Reset(r, limit)
	return c
}

// Reset starts over with another stream and keeps the memory.
func (c *Chunk) Reset(r io.Reader, limit int) {
	c.r, c.start, c.end, c.offset, c.err = r, 0, 0, 0, nil
	c.max = limit
	if len(c.buf) > 4*chunkSize {
		c.buf = make([]byte, chunkSize)
	}
}

// Window returns the bytes that were read and not yet given up.
func (c *Chunk) Window() []byte { return c.buf[c.start:c.end] }

// Offset returns the position of the window's first byte in the stream.
func (c *Chunk) Offset() int64 { return c.offset }

// Advance gives up the first n bytes of the window.
func (c *Chunk) Advance(n int) {
	c.start += n
	c.offset += int64(n)
}

// More appends what the stream gives next. It returns io.EOF at the end,
// errFull if the window may not grow, or a *ingest.PayloadError.
func (c *Chunk) More() error {
	if c.err != nil {
		return c.err
	}
	if c.end-c.start > c.max {
		return errFull
	}
	if c.end == len(c.buf) {
		if c.start > 0 {
			c.end = copy(c.buf, c.buf[c.start:c.end])
			c.start = 0
		} else {
			grown := make([]byte, 2*len(c.buf))
			c.end = copy(grown, c.buf[:c.end])
			c.buf = grown
		}
	}
	n, err := c.r.Read(c.buf[c.end:])
	c.end += n
	if err != nil {
		c.err = c.cause(err)
		if n == 0 {
			return c.err
		}
	}
	return nil
}

// cause keeps end-of-stream and payload errors, and strips every other error
// of its text, which may hold content.
func (c *Chunk) cause(err error) error {
	var pe *ingest.PayloadError
	switch {
	case err == io.EOF:
		return io.EOF
	case errors.As(err, &pe):
		return pe
	}
	return &ingest.PayloadError{Code: ingest.CodeUnreadable, Offset: c.offset + int64(c.end-c.start)}
}
