package pipeline

import (
	"context"
	"errors"
	"io"
	"syscall"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/all"
	"github.com/scrubline/scrubline/ingest/envelope"
	"github.com/scrubline/scrubline/ingest/file"
	"github.com/scrubline/scrubline/ingest/frame"
	"github.com/scrubline/scrubline/ingest/hl7"
	"github.com/scrubline/scrubline/ingest/unpack"
	"github.com/scrubline/scrubline/ingest/x12"
	"github.com/scrubline/scrubline/schemas"
)

// intake opens payloads: unpacks, chooses the source and frames. It keeps its
// buffers from one payload to the next.
type intake struct {
	unpacked *unpack.Reader
	chunk    *frame.Chunk

	idle map[string]ingest.Reusable // decoders of earlier payloads, by source

	source   string
	table    schemas.Table
	json     bool // entries are JSON values
	framer   ingest.Framer
	decoder  ingest.Decoder
	envelope *envelope.Framer // nil if the entries lie in none
	counted  counter
	seen     int64
}

// envelopeFactor is how much longer than a record an envelope may be: it holds
// many.
const envelopeFactor = 16

// decode decodes the entry that the framer gave last. A panic in a decoder costs
// the record, not the process, and what it says never travels.
func (in *intake) decode(raw []byte, rec *ingest.Record) (err error) {
	defer func() {
		if recover() != nil {
			delete(in.idle, in.source) // the next payload gets a decoder that nothing broke off in
			err = &ingest.RecordError{Code: ingest.CodeScrub, At: -1}
		}
	}()
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

// counter counts the bytes that a payload delivered and keeps why it ended.
type counter struct {
	io.ReadCloser
	n   int64
	err error // not io.EOF
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.n += int64(n)
	if err != nil && err != io.EOF {
		c.err = err
	}
	return n, err
}

// progress returns the bytes delivered since it was last called.
func (in *intake) progress() int64 {
	d := in.counted.n - in.seen
	in.seen = in.counted.n
	return d
}

// delivered returns the payload's size, or how much of it was read if it has none
// or broke off.
func (in *intake) delivered(p *ingest.Payload) int64 {
	if p.Size >= 0 && in.counted.err == nil {
		return p.Size
	}
	return in.counted.n
}

// changed says whether the input found, or finds now, that what is read is not
// what the payload's identity was made of. Rows of it must not be archived.
func (in *intake) changed() bool {
	if errors.Is(in.counted.err, file.ErrChanged) {
		return true
	}
	u, ok := in.counted.ReadCloser.(interface{ Unchanged() error })
	return ok && u.Unchanged() != nil
}

// cause says why the input failed, in words of the operating system's or our own:
// any other error might quote what was read.
func (in *intake) cause() string {
	var no syscall.Errno
	switch {
	case in.changed():
		return errChanged.Error()
	case errors.As(in.counted.err, &no):
		return no.Error()
	}
	return ""
}

// open gets ready to read p from its first record. After a *ingest.PayloadError
// there is nothing to read, but source and table are set. How p is read is chosen by
// its first bytes if choice does not say so yet, and kept there.
func (in *intake) open(ctx context.Context, cfg *Config, p *ingest.Payload, choice *all.Choice) (io.Closer, *ingest.PayloadError) {
	in.source, in.table, in.seen, in.counted, in.envelope = all.Fallback, schemas.Events, 0, counter{}, nil
	rc, err := p.Open(ctx)
	if err != nil {
		in.counted.err = err
		return nil, payloadError(err)
	}
	in.counted.ReadCloser = rc
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
	if choice.Source == nil {
		c, ok := all.Choose(p.Origin, head, cfg.Format)
		if !ok {
			return rc, &ingest.PayloadError{Code: ingest.CodeBinary}
		}
		if cfg.plain && c.Envelope() {
			c = asJSON(p, c, head)
		}
		*choice = c
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
	in.use(cfg, p, *choice)
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
	in.unwrap(cfg, *choice)
	return rc, nil
}

// asJSON replaces a source that cannot decode the envelope itself, as a record
// around its lines, by the one of any JSON.
func asJSON(p *ingest.Payload, c all.Choice, head []byte) all.Choice {
	if _, f := c.Source.Sniff(p.Origin, head); f != ingest.JSON && f != ingest.Document {
		c.Source, _ = all.ByName(all.Fallback)
	}
	return c
}

// unwrap makes the framer give the entries in envelopes, unless those are wanted.
func (in *intake) unwrap(cfg *Config, c all.Choice) {
	if c.Envelope() && !cfg.plain {
		in.envelope = envelope.Wrap(in.framer, cfg.Options.Limits)
		in.framer = in.envelope
	}
}

func (in *intake) use(cfg *Config, p *ingest.Payload, c all.Choice) {
	in.source, in.table = c.Source.Name(), c.Table
	in.json = c.Framing == ingest.JSON || c.Framing == ingest.Document
	if d, ok := in.idle[in.source]; ok {
		d.Reuse(p.Origin)
		in.decoder = d
		return
	}
	in.decoder = c.Source.NewDecoder(p.Origin, cfg.Options)
	if d, ok := in.decoder.(ingest.Reusable); ok {
		if in.idle == nil {
			in.idle = map[string]ingest.Reusable{}
		}
		in.idle[in.source] = d
	}
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
