// Package unpack turns the bytes of a payload into the text inside it: plain,
// gzip with any number of members, zstd, each also inside another one, without
// byte order mark, as UTF-8.
//
// It reads what a stranger sent: sizes and ratios are bounded, memory is a few
// hundred KiB (a zstd frame adds its window, at most 8 MiB), and every byte that
// stands before a fault is delivered before the fault is reported (of zstd, every
// whole block of at most 128 KiB).
package unpack

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/scrubline/scrubline/ingest"
)

// PeekMax is the most that Peek shows, in bytes.
const PeekMax = 64 << 10

// maxNesting is how many compressions may lie inside one another.
const maxNesting = 2

// ratioFrom is the output, in bytes, after which the ratio counts: a short
// payload of equal lines is no bomb.
const ratioFrom = 1 << 20

// Reader gives the uncompressed bytes of one payload. One goroutine uses it; it
// keeps its decoders and buffers for the next Reset.
type Reader struct {
	lim    ingest.Limits
	src    source
	layers [maxNesting]layer
	depth  int // layers in use
	kind   Kind
	text   transcoder
	out    counter
	buf    *bufio.Reader
}

// Open starts unpacking r. compressedSize is the number of bytes r should
// give, -1 if unknown: a stream that ends before it is truncated. A limit that
// is zero is that of ingest.DefaultLimits.
//
// Errors wrap an *ingest.PayloadError if the payload can not be read from its
// first byte on (a format that is refused, a damaged header), else they are
// r's own.
func Open(r io.Reader, compressedSize int64, lim ingest.Limits) (*Reader, error) {
	if lim.Payload <= 0 {
		lim.Payload = ingest.DefaultLimits.Payload
	}
	if lim.Ratio <= 0 {
		lim.Ratio = ingest.DefaultLimits.Ratio
	}
	u := &Reader{lim: lim}
	u.src.buf = bufio.NewReaderSize(&u.src, 32<<10)
	u.buf = bufio.NewReaderSize(&u.out, PeekMax)
	if err := u.Reset(r, compressedSize); err != nil {
		return nil, err
	}
	return u, nil
}

// Reset makes u read another payload under the same limits, as Open does. After
// an error u can be Reset again.
func (u *Reader) Reset(r io.Reader, compressedSize int64) error {
	u.src.reset(r, compressedSize)
	u.depth, u.kind = 0, Plain
	u.out = counter{src: &u.src}
	u.buf.Reset(&u.out)

	in := u.src.buf
	for {
		head, err := in.Peek(magicLen)
		if err != nil && err != io.EOF {
			if f := u.src.fault(err); !errors.As(f, new(*ingest.PayloadError)) {
				return f
			}
			// a fault of the stream: the good bytes before it come first
		}
		kind, name := sniff(head)
		switch kind {
		case refused:
			return refuse(name)
		case Gzip, Zstd:
			if u.depth == maxNesting {
				return refuse("compression nested more than 2 levels deep")
			}
			l := &u.layers[u.depth]
			if err := l.open(kind, in, &u.src, u.lim); err != nil {
				return u.src.fault(err)
			}
			u.depth++
			in = l.buf
			continue
		case Parquet:
			if u.depth > 0 {
				return refuse("parquet inside a compressed stream")
			}
		case UTF8BOM:
			// the bytes were just peeked: this cannot fail
			_, _ = in.Discard(3)
			kind = Plain
		}
		u.kind = kind
		u.out.r = in
		break
	}
	u.out.max = u.lim.Payload
	if u.kind == UTF16LE || u.kind == UTF16BE {
		u.text.reset(u.out.r, u.kind == UTF16BE)
		u.out.r = &u.text
	}
	return nil
}

// refuse says what the payload is. The name is one of this package's.
func refuse(name string) error {
	return fmt.Errorf("unpacking %s: not supported: %w", name, &ingest.PayloadError{Code: ingest.CodeCompression})
}

// Read gives the uncompressed bytes. At the end of a damaged, truncated or
// limited stream it returns an *ingest.PayloadError; an error of the reader
// given to Open comes back as it is, for the caller to decide whether to try
// again.
func (u *Reader) Read(p []byte) (int, error) { return u.buf.Read(p) }

// Peek shows the next bytes without consuming them, n of them at most PeekMax:
// fewer only where the payload ends or breaks, which Read reports in its turn.
// The error is nil unless there is no byte at all. The bytes are lent until the
// next call.
func (u *Reader) Peek(n int) ([]byte, error) {
	head, err := u.buf.Peek(min(n, PeekMax))
	if len(head) > 0 {
		return head, nil
	}
	return nil, err
}

// Kind says what the payload holds: Plain, Parquet, UTF16LE or UTF16BE. The
// last two are delivered as UTF-8.
func (u *Reader) Kind() Kind { return u.kind }

// IsParquet tells whether the payload is a Parquet file, which Read gives
// unchanged but package parquet reads by random access.
func (u *Reader) IsParquet() bool { return u.kind == Parquet }

// Depth is the number of compressions around the payload, 0 to 2.
func (u *Reader) Depth() int { return u.depth }

// In returns the bytes taken from the reader given to Open, buffered ones
// included: all of them once Read has returned io.EOF.
func (u *Reader) In() int64 { return u.src.n }

// Out returns the uncompressed bytes made so far, buffered ones included.
func (u *Reader) Out() int64 { return u.out.n }
