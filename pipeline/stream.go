package pipeline

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/all"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/store/archive"
)

const (
	// messageBytes is how much text one message may unpack to: its records are in
	// one batch, and so in memory together.
	messageBytes = 64 << 20

	// owedMost is how many archived objects of a stream are looked for in the
	// ledger, from its end on, when it is taken up. What is missing before them
	// the reconciler finds.
	owedMost = 1024
)

// stretch carries a piece of a stream. Its messages' records continue the
// stream's chain at the place that the input was told last. If somebody was there
// before us their objects stand, and what they lack of the stretch follows them.
func (j *job) stretch(ctx context.Context) error {
	s := j.p.Stream
	j.res = Result{Origin: j.p.Origin.Name, Matches: map[string]uint64{}, Bytes: s.Bytes()}
	j.w.commit.read(1)
	defer j.w.commit.read(-1)
	if s.Ask {
		return j.resume(ctx)
	}
	usual := j.w.intake
	j.w.intake = j.w.messages
	defer func() { j.w.intake = usual }()
	j.w.streams.Format = s.Format
	j.at, j.next = s.From, s.From.Record
	err := errAgain
	for errors.Is(err, errAgain) { // then j.at is behind what was there
		if err = ctx.Err(); err == nil {
			err = j.messages(ctx, s)
		}
	}
	if err != nil {
		return err
	}
	j.w.r.BytesRead.Add(j.res.Bytes)
	s.Reached(j.at)
	return nil
}

// messages archives what s holds from j.at on. A batch ends between messages only.
func (j *job) messages(ctx context.Context, s *ingest.Stretch) error {
	if s.Gap > j.at.Offset {
		if err := j.gap(ctx, s.Gap); err != nil {
			return err
		}
	}
	for i := range s.Messages {
		if s.Messages[i].Offset < j.at.Offset {
			continue
		}
		if err := j.message(ctx, i); err != nil {
			return err
		}
		if b := j.batch; b != nil && (b.Rows() >= j.w.cfg.BatchRows || b.Size() >= j.w.cfg.BatchBytes) {
			if err := j.flush(ctx, false); err != nil {
				return err
			}
		}
	}
	return j.flush(ctx, false)
}

// gap makes the row that stands for the messages up to an offset.
func (j *job) gap(ctx context.Context, to uint64) error {
	j.w.intake.source, j.w.intake.table = all.Fallback, schemas.Events
	j.fallback = fallback(&j.p)
	if err := j.tombstone(ctx, j.at.Record, ingest.CodeGap, nil); err != nil {
		return err
	}
	j.batch.Stream.Gap, j.batch.Stream.To = to, to
	return nil
}

// message makes the rows of the i-th message's records. One that cannot be read to its
// end has a tombstone for the rest, and lies in quarantine whole.
func (j *job) message(ctx context.Context, i int) error {
	w, in, m := j.w, j.w.intake, &j.p.Stream.Messages[i]
	p := messagePayload(&j.p, m)
	closer, perr := in.open(ctx, &w.streams, &p, j.t.choice(i))
	if closer != nil {
		defer func() { _ = closer.Close() }()
	}
	if b := j.batch; b != nil && b.Table != in.table {
		if err := j.flush(ctx, false); err != nil {
			return err
		}
	}
	j.fallback = fallback(&p)
	w.engine.Fallback(j.fallback)
	first := j.at.Record
	if j.batch != nil {
		first = j.batch.Start + uint64(j.batch.Rows())
	}
	n := first
	if perr == nil {
		var err error
		if n, _, perr, err = j.entries(ctx, first); err != nil {
			return err
		}
	}
	if perr != nil {
		if err := j.tombstone(ctx, n, perr.Code, m.Value); err != nil {
			return err
		}
		n++
	}
	if j.batch != nil {
		j.batch.Stream.Add(m.Offset, n-first)
		j.batch.Stream.Epoch = m.Epoch
		j.batch.PayloadSize += int64(len(m.Value))
	}
	return nil
}

// messagePayload is a message as a payload of its stream.
func messagePayload(stream *ingest.Payload, m *ingest.Message) ingest.Payload {
	p := ingest.Payload{
		Origin: stream.Origin, Size: int64(len(m.Value)),
		Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(m.Value)), nil },
	}
	p.Origin.Time = m.Time
	return p
}

// resume finds how far the stream is archived, and inserts of its last objects
// those that the ledger lacks.
func (j *job) resume(ctx context.Context) error {
	cfg, s := j.w.cfg, j.p.Stream
	tail, ok, err := cfg.Archive.Tail(ctx, j.id, s.End)
	if err != nil {
		return fmt.Errorf("looking for what is archived of a stream: %w", err)
	}
	if !ok {
		s.Reached(ingest.Position{Epoch: -1})
		return nil
	}
	j.res.Resumed = true
	var owed []archive.Object
	for o := tail; len(owed) < owedMost; {
		held, err := cfg.Sink.Has(ctx, []string{o.Meta.Key()})
		if err != nil {
			return fmt.Errorf("asking what is inserted of a stream: %w", err)
		}
		h, ok := held[o.Meta.Key()]
		if ok && h.Rows == o.Rows && h.SHA256 == o.SHA256.String() && !(cfg.Doubt && len(owed) == 0) {
			break
		}
		owed = append(owed, o)
		if o.Meta.Stream.From == 0 {
			break
		}
		if o, err = cfg.Archive.Before(ctx, &o); err != nil {
			return fmt.Errorf("looking for what is archived of a stream: %w", err)
		}
	}
	for _, o := range slices.Backward(owed) {
		j.tally(&o)
		if j.batch, err = j.w.pool.take(ctx); err != nil {
			return err
		}
		if err := j.adopt(ctx, &o); err != nil {
			return err
		}
	}
	s.Reached(reached(&tail))
	return nil
}

// reached is the place behind an object of a stream.
func reached(o *archive.Object) ingest.Position {
	s := o.Meta.Stream
	return ingest.Position{Offset: s.To, Record: o.End, Epoch: s.Epoch, Before: s.From}
}
