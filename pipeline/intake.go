package pipeline

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/all"
	"github.com/scrubline/scrubline/ingest/envelope"
	"github.com/scrubline/scrubline/ingest/frame"
	"github.com/scrubline/scrubline/ingest/hl7"
	"github.com/scrubline/scrubline/ingest/parquet"
	"github.com/scrubline/scrubline/ingest/unpack"
	"github.com/scrubline/scrubline/ingest/x12"
	"github.com/scrubline/scrubline/schemas"
)

// intake opens payloads: unpacks, chooses the source and frames. It keeps its
// buffers from one payload to the next.
type intake struct {
	unpacked *unpack.Reader
	chunk    *frame.Chunk

	source   string
	table    schemas.Table
	framer   ingest.Framer
	decoder  ingest.Decoder
	envelope *envelope.Framer // nil if the entries lie in none
	counted  counter
	seen     int64
}

// envelopeFactor is how much longer than a record an envelope may be: it holds
// many.
const envelopeFactor = 16

// decode decodes the entry that the framer gave last.
func (in *intake) decode(raw []byte, rec *ingest.Record) error {
	if in.envelope != nil && in.envelope.Control() {
		rec.SetNum(schemas.RowKind, schemas.KindHeader)
		rec.Add(0, len(raw), schemas.Field{Treat: schemas.Scan}, ingest.Plain)
		return nil
	}
	if err := in.decoder.Decode(raw, rec); err != nil {
		return err
	}
	if in.envelope != nil {
		if _, ok := rec.Num(schemas.EventTime); !ok && in.envelope.Meta().Time > 0 {
			rec.SetNum(schemas.EventTime, uint64(in.envelope.Meta().Time))
		}
	}
	return nil
}

// counter counts the bytes that a payload delivered.
type counter struct {
	io.ReadCloser
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.n += int64(n)
	return n, err
}

// progress returns the bytes delivered since it was last called.
func (in *intake) progress() int64 {
	d := in.counted.n - in.seen
	in.seen = in.counted.n
	return d
}

func (in *intake) size() int64 { return in.counted.n }

// open gets ready to read p from its first record. After a *ingest.PayloadError
// there is nothing to read, but source and table are set.
func (in *intake) open(ctx context.Context, cfg *Config, p *ingest.Payload) (io.Closer, *ingest.PayloadError) {
	in.source, in.table, in.seen, in.counted, in.envelope = all.Fallback, schemas.Events, 0, counter{}, nil
	rc, err := p.Open(ctx)
	if err != nil {
		return nil, &ingest.PayloadError{Code: ingest.CodeUnreadable}
	}
	in.counted = counter{ReadCloser: rc}
	if in.unpacked == nil {
		in.unpacked, err = unpack.Open(&in.counted, p.Size, cfg.Options.Limits)
	} else {
		err = in.unpacked.Reset(&in.counted, p.Size)
	}
	if err != nil {
		in.unpacked = nil
		return rc, payloadError(err)
	}
	if in.unpacked.IsParquet() {
		return rc, in.rows(cfg, p)
	}
	head, err := in.unpacked.Peek(unpack.PeekMax)
	if err != nil && len(head) == 0 {
		if err == io.EOF {
			in.framer = empty{}
			return rc, nil
		}
		return rc, payloadError(err)
	}
	choice, ok := all.Choose(p.Origin, head, cfg.Format)
	if !ok {
		return rc, &ingest.PayloadError{Code: ingest.CodeBinary}
	}
	limit := cfg.Options.Limits.Record
	if choice.Envelope() {
		limit *= envelopeFactor
	}
	if in.chunk == nil {
		in.chunk = frame.NewChunk(in.unpacked, limit)
	} else {
		in.chunk.Reset(in.unpacked, limit)
	}
	in.use(cfg, p, choice)
	switch choice.Framing {
	case ingest.JSON:
		in.framer = frame.NewJSON(in.chunk, true)
	case ingest.Document:
		in.framer = frame.NewJSON(in.chunk, false)
	case ingest.HL7:
		in.framer = hl7.New(in.chunk, cfg.Options.Limits.Record)
	case ingest.X12:
		in.framer = x12.New(in.chunk, cfg.Options.Limits.Record)
	default:
		in.framer = frame.NewLines(in.chunk)
	}
	if choice.Envelope() && !cfg.plain {
		in.envelope = envelope.Wrap(in.framer, cfg.Options.Limits)
		in.framer = in.envelope
	}
	return rc, nil
}

func (in *intake) use(cfg *Config, p *ingest.Payload, c all.Choice) {
	in.source, in.table = c.Source.Name(), c.Table
	in.decoder = c.Source.NewDecoder(p.Origin, cfg.Options)
}

// rows reads a Parquet file, which needs random access: a stream without it is
// held in memory if it is small.
func (in *intake) rows(cfg *Config, p *ingest.Payload) *ingest.PayloadError {
	file, ok := in.counted.ReadCloser.(io.ReaderAt)
	size := p.Size
	if !ok || size < 0 {
		const most = 32 << 20
		b, err := io.ReadAll(io.LimitReader(in.unpacked, most+1))
		if err != nil {
			return payloadError(err)
		}
		if len(b) > most {
			return &ingest.PayloadError{Code: ingest.CodeSize, Offset: most}
		}
		file, size = bytes.NewReader(b), int64(len(b))
	}
	rows, err := parquet.Rows(file, size, cfg.Options.Limits)
	if err != nil {
		return payloadError(err)
	}
	in.counted.n = size
	first := &peeked{Framer: rows}
	first.gap, first.raw, first.err = rows.Next()
	choice, ok := all.Choose(p.Origin, first.raw, cfg.Format)
	if !ok {
		return &ingest.PayloadError{Code: ingest.CodeUnknown}
	}
	in.use(cfg, p, choice)
	in.framer = first
	return nil
}

func payloadError(err error) *ingest.PayloadError {
	var pe *ingest.PayloadError
	if errors.As(err, &pe) {
		return pe
	}
	return &ingest.PayloadError{Code: ingest.CodeUnreadable}
}

// empty frames nothing.
type empty struct{}

func (empty) Next() (gap, raw []byte, err error) { return nil, nil, io.EOF }

// peeked hands out an entry that was looked at before, then the others.
type peeked struct {
	ingest.Framer
	gap, raw []byte
	err      error
	given    bool
}

func (p *peeked) Next() (gap, raw []byte, err error) {
	if !p.given {
		p.given = true
		return p.gap, p.raw, p.err
	}
	return p.Framer.Next()
}
