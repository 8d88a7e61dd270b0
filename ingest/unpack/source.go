package unpack

import (
	"bufio"
	"errors"
	"io"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/scrubline/scrubline/ingest"
)

// source counts the payload's bytes as delivered and remembers why they ended,
// so that a broken connection is never taken for a broken payload.
type source struct {
	r    io.Reader
	buf  *bufio.Reader // over the source itself
	want int64         // bytes announced, -1 if unknown
	n    int64
	err  error // what r failed with, not io.EOF
}

func (s *source) reset(r io.Reader, want int64) {
	s.r, s.want, s.n, s.err = r, want, 0, nil
	s.buf.Reset(s)
}

func (s *source) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.r.Read(p)
	s.n += int64(n)
	switch {
	case err == io.EOF && s.n < s.want:
		return n, io.ErrUnexpectedEOF
	case err != nil && err != io.EOF:
		s.err = err
	}
	return n, err
}

// fault is the error to report for err: the source's own, or the payload's with
// a code and no text of it. Its offset is filled in by counter.
func (s *source) fault(err error) error {
	if s.err != nil {
		return s.err
	}
	var pe *ingest.PayloadError
	if errors.As(err, &pe) {
		return err
	}
	code := ingest.CodeCompression
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		code = ingest.CodeTruncated
	case errors.Is(err, io.ErrNoProgress):
		code = ingest.CodeUnreadable
	}
	return &ingest.PayloadError{Code: code}
}

// layer is one decompression. It keeps its decoders for the next payload.
type layer struct {
	kind Kind
	in   *bufio.Reader
	gz   *gzip.Reader
	zs   *zstd.Decoder
	src  *source
	lim  ingest.Limits
	n    int64 // bytes made
	err  error
	buf  *bufio.Reader // over the layer itself
}

func (l *layer) open(kind Kind, in *bufio.Reader, src *source, lim ingest.Limits) error {
	l.kind, l.in, l.src, l.lim, l.n, l.err = kind, in, src, lim, 0, nil
	if l.buf == nil {
		l.buf = bufio.NewReaderSize(l, 32<<10)
	}
	l.buf.Reset(l)
	if kind == Gzip {
		return l.nextMember()
	}
	if l.zs != nil {
		return l.zs.Reset(in)
	}
	zs, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(8<<20))
	l.zs = zs
	return err
}

// nextMember starts the gzip member at the reader's position.
func (l *layer) nextMember() (err error) {
	if l.gz == nil {
		l.gz = new(gzip.Reader)
	}
	if err = l.gz.Reset(l.in); err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	if err == nil {
		// members are walked here: what follows the last one may be padding
		l.gz.Multistream(false)
	}
	return err
}

// Read gives uncompressed bytes under the limits. A limit is exceeded by what is
// read beyond it, so a payload of exactly the limit passes.
func (l *layer) Read(p []byte) (int, error) {
	if l.err != nil {
		return 0, l.err
	}
	n, err := l.decode(p)
	l.n += int64(n)
	if over := l.n - l.lim.Payload; over > 0 {
		n, err = max(0, n-int(over)), &ingest.PayloadError{Code: ingest.CodeSize}
		l.n = l.lim.Payload
	} else if l.n > ratioFrom && l.n/l.lim.Ratio > l.src.n {
		err = &ingest.PayloadError{Code: ingest.CodeRatio}
	}
	l.err = err
	return n, err
}

func (l *layer) decode(p []byte) (int, error) {
	if l.kind == Zstd {
		return l.zs.Read(p)
	}
	for {
		n, err := l.gz.Read(p)
		if err == io.EOF {
			err = l.afterMember()
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

// afterMember goes on to the next member, if there is one: io.EOF says that
// the stream ends well, with nothing but zero bytes behind the last member
// (block devices and tapes pad so, and gzip itself accepts it).
func (l *layer) afterMember() error {
	for {
		b, err := l.in.ReadByte()
		if err != nil {
			return err
		}
		if b != 0 {
			// cannot fail after a read
			_ = l.in.UnreadByte()
			break
		}
	}
	head, err := l.in.Peek(2)
	switch {
	case len(head) == 2 && string(head) == "\x1f\x8b", len(head) == 1 && head[0] == 0x1f:
		return l.nextMember()
	case err != nil && err != io.EOF && l.src.err != nil:
		return err
	}
	return flate.CorruptInputError(0)
}

// counter counts the bytes that leave the package, gives faults their offset
// and repeats them.
type counter struct {
	r   io.Reader
	src *source
	max int64
	n   int64
	err error
}

func (c *counter) Read(p []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	n, err := c.r.Read(p)
	c.n += int64(n)
	if over := c.n - c.max; over > 0 {
		n, c.n = max(0, n-int(over)), c.max
		err = &ingest.PayloadError{Code: ingest.CodeSize}
	}
	if err == io.EOF && (c.src.err != nil || c.src.n < c.src.want) {
		// zstd takes a source that breaks between two frames for a good end
		err = io.ErrUnexpectedEOF
	}
	if err != nil && err != io.EOF {
		err = c.src.fault(err)
		var pe *ingest.PayloadError
		if errors.As(err, &pe) && c.src.err == nil {
			err = &ingest.PayloadError{Code: pe.Code, Offset: c.n}
		}
	}
	c.err = err
	return n, err
}
