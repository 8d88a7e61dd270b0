package pipeline

import (
	"bytes"
	"errors"
	"io"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/all"
	"github.com/scrubline/scrubline/ingest/parquet"
)

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
	var perr *ingest.PayloadError
	switch {
	case first.err == io.EOF:
		in.framer = empty{}
		return nil
	case errors.As(first.err, &perr):
		return perr
	}
	choice, ok := all.Choose(p.Origin, first.raw, cfg.Format)
	if !ok {
		return &ingest.PayloadError{Code: ingest.CodeUnknown}
	}
	in.use(cfg, p, choice)
	in.framer = first
	in.unwrap(cfg, choice)
	return nil
}

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
