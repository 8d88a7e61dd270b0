package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/scrub"
	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/store/archive"
	"github.com/scrubline/scrubline/store/quarantine"
)

// read carries the records that are not archived yet. Those before them are
// decoded too: what a record means may depend on one before it (a header).
func (j *job) read(ctx context.Context) error {
	w, in := j.w, j.w.intake
	closer, perr := in.open(ctx, w.cfg, &j.p, j.t.choice(0))
	if closer != nil {
		defer func() { _ = closer.Close() }()
	}
	j.res.Source = in.source
	j.fallback = fallback(&j.p)
	n, rest := uint64(0), []byte(nil) // rest: what was read of the record that perr broke
	if perr == nil {
		var err error
		if n, rest, perr, err = j.entries(ctx, 0); err != nil {
			return err
		}
	}
	w.r.BytesRead.Add(in.progress())
	if err := ctx.Err(); err != nil {
		return err // it may be why the input failed
	}
	j.res.Bytes = in.delivered(&j.p)
	if perr == nil {
		return j.flush(ctx, true)
	}
	j.res.Error, j.res.Offset = perr.Code, perr.Offset
	if perr.Code == ingest.CodeUnreadable {
		// The input failed, not the payload: what was read of it is kept, and the
		// rest is read when it is delivered again.
		j.res.Cause = in.cause()
		j.unread = fmt.Errorf("reading a payload: %w", perr)
		return j.flush(ctx, false)
	}
	if err := j.tombstone(ctx, n, perr.Code, rest); err != nil {
		return err
	}
	return j.flush(ctx, true)
}

// entries makes rows of the entries of what is open, the first of which is record
// n, up to its end or to what ends it early. It returns the number after the last.
func (j *job) entries(ctx context.Context, n uint64) (next uint64, rest []byte, perr *ingest.PayloadError, err error) {
	w, in := j.w, j.w.intake
	for ; ; n++ {
		if n&1023 == 0 {
			if err := ctx.Err(); err != nil {
				return n, nil, nil, err
			}
			w.r.BytesRead.Add(in.progress())
		}
		_, raw, err := in.framer.Next()
		if err == io.EOF {
			return n, nil, nil, nil
		}
		if errors.As(err, &perr) {
			return n, raw, perr, nil
		}
		if err := j.record(ctx, n, raw, err); err != nil {
			return n, nil, nil, err
		}
	}
}

// record makes a row of one entry, or of the error that it was framed with.
func (j *job) record(ctx context.Context, n uint64, raw []byte, err error) error {
	w := j.w
	w.rec.Reset(w.intake.source, w.intake.table, raw)
	w.rec.Ordinal = n
	if err == nil {
		err = w.intake.decode(raw, &w.rec)
	}
	if n < j.next {
		return nil
	}
	if err != nil {
		var re *ingest.RecordError
		if !errors.As(err, &re) {
			return errors.New("a framer or decoder broke its contract")
		}
		return j.tombstone(ctx, n, re.Code, raw)
	}
	if ok, err := j.room(ctx, n); !ok {
		return err
	}
	j.framed++
	if code := w.engine.Record(&w.rec, &j.t.noted, j.batch.Batch); code != "" {
		j.fault(n, code)
		return j.quarantine(ctx, n, code, raw)
	}
	return nil
}

// tombstone makes the row that stands for record n.
func (j *job) tombstone(ctx context.Context, n uint64, code ingest.Code, raw []byte) error {
	if n < j.next {
		return nil
	}
	if ok, err := j.room(ctx, n); !ok {
		return err
	}
	j.framed++
	w := j.w
	w.rec.Reset(w.intake.source, w.intake.table, nil)
	w.rec.Ordinal = n
	w.engine.Tombstone(&w.rec, code, j.batch.Batch)
	j.fault(n, code)
	if len(raw) == 0 {
		return nil
	}
	return j.quarantine(ctx, n, code, raw)
}

func (j *job) fault(n uint64, code ingest.Code) {
	if j.res.First.Code == "" {
		j.res.First = Fault{code, n}
	}
}

// quarantine keeps the bytes of a tombstone, encrypted.
func (j *job) quarantine(ctx context.Context, n uint64, code ingest.Code, raw []byte) error {
	j.sealed = true
	j.w.cfg.Metrics.quarantine(len(raw))
	_, err := j.w.cfg.Quarantine.Put(ctx, quarantine.Entry{
		PayloadID: j.id, Record: n, Code: string(code), Origin: j.p.Origin.Name,
		Time: time.Now(), Cut: code == ingest.CodeTooLong,
	}, raw)
	if errors.Is(err, quarantine.ErrFull) {
		if !j.full {
			j.w.cfg.Log.Warn().Str("payload", j.id).Uint64("record", n).Msg("quarantine is full: only size and hash are kept of this record and, from here on, of others")
		}
		j.full = true
		return nil
	}
	if err != nil {
		return fmt.Errorf("keeping a tombstone's bytes in quarantine: %w", err)
	}
	return nil
}

// room makes sure that the batch in hand has room for record n. It returns false
// without an error if the archive turned out to have the record.
func (j *job) room(ctx context.Context, n uint64) (bool, error) {
	if b := j.batch; b != nil {
		if j.p.Stream != nil { // a message is never cut
			return true, nil
		}
		if b.Rows() < j.w.cfg.BatchRows && b.Size() < j.w.cfg.BatchBytes {
			return true, nil
		}
		if err := j.flush(ctx, false); err != nil {
			return false, err
		}
		if n < j.next {
			return false, nil
		}
	}
	err := j.begin(ctx, n)
	return err == nil, err
}

// begin takes a batch whose first record is n.
func (j *job) begin(ctx context.Context, n uint64) error {
	w, in := j.w, j.w.intake
	b, err := w.pool.take(ctx)
	if err != nil {
		return err
	}
	var part *event.Stretch
	if j.p.Stream != nil {
		part = &event.Stretch{From: j.at.Offset, To: j.at.Offset, Before: j.at.Before, Epoch: j.at.Epoch}
	}
	b.Reset(event.Meta{
		Stream: part,
		Table:  in.table, Source: in.source, Origin: w.origin(j.p.Origin.Name), PayloadID: j.id, Start: n,
		PolicyHash: w.policy, KeyVersion: w.tokens.Version(), Scrubber: scrub.Version,
		Ingested: time.Now().UTC().Truncate(time.Millisecond),
	})
	j.batch, j.framed = b, 0
	copy(w.counts, w.engine.Counts())
	copy(w.treated, w.engine.Treated())
	w.engine.StartBatch(b.Batch, j.fallback)
	return nil
}

// flush archives the batch in hand and hands it to the committer. The last flush
// of a payload is final; one whose rows were all archived before without an end
// gets an end without rows. A payload that never had a record leaves nothing.
func (j *job) flush(ctx context.Context, final bool) error {
	if j.batch == nil {
		if !final || j.next == 0 {
			return nil
		}
		if err := j.begin(ctx, j.next); err != nil {
			return err
		}
	}
	if j.w.intake.changed() {
		return errChanged
	}
	b, cfg := j.batch, j.w.cfg
	b.Final = final
	b.Matches, b.Treated = j.w.receipt()
	if final {
		b.PayloadSize, b.Error = j.res.Bytes, string(j.res.Error)
	}
	if j.sealed {
		if err := cfg.Quarantine.Sync(ctx, j.id); err != nil {
			return fmt.Errorf("writing quarantine: %w", err)
		}
		j.sealed = false
	}
	if cfg.Linked != nil {
		if err := cfg.Linked.Sync(); err != nil {
			return fmt.Errorf("keeping linked addresses: %w", err)
		}
	}
	if err := j.w.dups.mark(ctx, b.Batch); err != nil {
		return fmt.Errorf("looking for duplicates: %w", err)
	}
	o, adopted, err := cfg.Archive.Write(ctx, b.Batch)
	if err != nil {
		return fmt.Errorf("archiving a batch: %w", err)
	}
	if adopted {
		return j.concede(ctx, &o)
	}
	cfg.Metrics.archived(&o, b.Batch, j.framed)
	j.tally(&o)
	j.insert(&o, false)
	return nil
}

// concede drops the batch in hand for what the archive has in its place: another
// process, or we before an answer was lost. It returns errAgain if reading can't
// go on from here.
func (j *job) concede(ctx context.Context, o *archive.Object) error {
	end, final, part := j.batch.Start+uint64(j.batch.Rows()), j.batch.Final, j.batch.Stream
	j.w.dups.forget(j.batch.Key())
	j.res.Resumed = true
	j.tally(o)
	if err := j.adopt(ctx, o); err != nil {
		return err
	}
	if part != nil {
		if o.Meta.Stream.To != part.To {
			return errAgain
		}
		return nil
	}
	if o.Meta.Final != final || o.End < end || final && o.End != end {
		return errAgain
	}
	return nil
}
