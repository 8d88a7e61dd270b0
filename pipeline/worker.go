package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/scrub"
	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/scrub/recognizer"
	"github.com/scrubline/scrubline/scrub/token"
	"github.com/scrubline/scrubline/store/archive"
	"github.com/scrubline/scrubline/store/quarantine"
)

// worker carries one payload at a time.
type worker struct {
	r      *Runner
	tokens *token.Tokenizer
	engine *scrub.Engine
	intake *intake
	rec    ingest.Record
	counts []uint64 // of the engine, when the batch in hand was begun
}

func newWorker(r *Runner) (*worker, error) {
	tk, err := token.New(r.cfg.Keys, r.cfg.Tenant)
	if err != nil {
		return nil, fmt.Errorf("loading token keys: %w", err)
	}
	return &worker{
		r: r, tokens: tk, intake: &intake{},
		engine: scrub.New(scrub.Options{Tenant: r.cfg.Tenant, Tokens: tk, Link: r.cfg.Link, Limits: r.cfg.Options.Limits}),
		counts: make([]uint64, len(recognizer.All)),
	}, nil
}

func (w *worker) close() { w.tokens.Close() }

// errAdopted says that another process archived a batch of the payload while we
// read it: start over behind what it wrote.
var errAdopted = errors.New("another process wrote the batch")

// job is a payload under way.
type job struct {
	w       *worker
	p       ingest.Payload
	id      string
	res     Result
	batch   *event.Batch
	resume  uint64 // records that the archive has
	sealed  bool   // quarantine was written to since the last sync
	pending sync.WaitGroup
	mu      sync.Mutex
	err     error // of inserts
}

// payload carries p and calls done once, when its last batch is inserted or
// nothing more can be done for it in this run.
func (w *worker) payload(ctx context.Context, p ingest.Payload, done func(Result, error)) {
	j := &job{w: w, p: p, id: w.r.PayloadID(&p)}
	err := j.run(ctx)
	if j.batch != nil {
		w.r.commit.give(j.batch)
	}
	finish := func() {
		j.pending.Wait()
		if err == nil {
			err = j.err
		}
		done(j.res, err)
	}
	w.r.finishing.Go(finish)
}

func (j *job) run(ctx context.Context) error {
	for try := 0; ; try++ {
		j.res = Result{Origin: j.p.Origin.Name, Matches: map[string]uint64{}}
		finished, err := j.archived(ctx)
		if err != nil || finished {
			return err
		}
		err = j.read(ctx)
		if !errors.Is(err, errAdopted) || try == 5 {
			return err
		}
	}
}

// archived takes over what earlier runs archived of the payload, and says
// whether that is all of it.
func (j *job) archived(ctx context.Context) (finished bool, err error) {
	chain, err := j.w.r.cfg.Archive.Chain(ctx, j.id)
	if err != nil {
		return false, fmt.Errorf("listing what is archived of a payload: %w", err)
	}
	for _, o := range chain {
		j.res.Resumed = true
		j.tally(o)
		j.resume = o.End
		b, err := j.w.r.commit.take(ctx)
		if err != nil {
			return false, err
		}
		if err := j.w.r.cfg.Archive.Read(ctx, o.Key, b); err != nil {
			j.w.r.commit.give(b)
			return false, fmt.Errorf("reading an archived batch: %w", err)
		}
		j.insert(b, true)
		finished = o.Meta.Final
	}
	return finished, nil
}

// tally adds an archived object's counts to the result.
func (j *job) tally(o archive.Object) {
	j.res.Source = o.Meta.Source
	j.res.Records += o.Rows
	j.res.Tombstones += o.Tombstones
	j.res.Events += o.Rows - o.Tombstones
	j.res.Duplicates += o.Duplicates
	for k, n := range o.Meta.Matches {
		j.res.Matches[k] += n
	}
	if o.Meta.Final {
		j.res.Bytes = o.Meta.PayloadSize
		j.res.Error = ingest.Code(o.Meta.Error)
	}
}

func (j *job) insert(b *event.Batch, doubt bool) {
	j.pending.Add(1)
	key := b.Key()
	j.w.r.commit.insert(pending{batch: b, doubt: doubt, done: func(err error) {
		if err != nil {
			j.mu.Lock()
			j.err = err
			j.mu.Unlock()
		} else {
			j.w.r.dups.stored(key)
		}
		j.pending.Done()
	}})
}

// read carries the records that are not archived yet.
func (j *job) read(ctx context.Context) error {
	in, w := j.w.intake, j.w
	closer, perr := in.open(ctx, &w.r.cfg, &j.p)
	if closer != nil {
		defer func() { _ = closer.Close() }()
	}
	j.res.Source = in.source
	var n uint64
	for perr == nil {
		if n&1023 == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			w.r.BytesRead.Add(in.progress())
		}
		_, raw, err := in.framer.Next()
		if err == io.EOF {
			break
		}
		if errors.As(err, &perr) {
			break
		}
		w.rec.Reset(in.source, in.table, raw)
		w.rec.Ordinal = n
		var re *ingest.RecordError
		if err == nil {
			err = in.decode(raw, &w.rec)
		}
		if n++; n <= j.resume {
			continue
		}
		if err := j.room(ctx, n-1); err != nil {
			return err
		}
		code := ingest.Code("")
		switch {
		case errors.As(err, &re):
			code = re.Code
			w.engine.Tombstone(&w.rec, code, j.batch)
		case err != nil:
			return errors.New("a framer or decoder broke its contract")
		default:
			code = w.engine.Record(&w.rec, j.batch)
		}
		if code != "" {
			if err := j.quarantine(ctx, code, raw); err != nil {
				return err
			}
		}
	}
	w.r.BytesRead.Add(in.progress())
	if err := ctx.Err(); err != nil {
		return err
	}
	if perr != nil {
		j.res.Error, j.res.Offset = perr.Code, perr.Offset
		if perr.Code == ingest.CodeUnreadable {
			// The input failed, not the payload: what was read is kept and the rest
			// is read when it is offered again.
			j.res.Bytes = in.size()
			return j.flush(ctx, false)
		}
		if n >= j.resume {
			w.rec.Reset(in.source, in.table, nil)
			w.rec.Ordinal = n
			n++
			if err := j.room(ctx, n-1); err != nil {
				return err
			}
			w.engine.Tombstone(&w.rec, perr.Code, j.batch)
		}
	}
	j.res.Bytes = in.size()
	return j.flush(ctx, true)
}

// quarantine keeps the bytes of a tombstone, encrypted.
func (j *job) quarantine(ctx context.Context, code ingest.Code, raw []byte) error {
	j.sealed = true
	_, err := j.w.r.cfg.Quarantine.Put(ctx, quarantine.Entry{
		PayloadID: j.id, Record: j.w.rec.Ordinal, Code: string(code), Origin: j.p.Origin.Name,
		Time: time.Now(), Cut: code == ingest.CodeTooLong,
	}, raw)
	if errors.Is(err, quarantine.ErrFull) {
		j.w.r.cfg.Log.Warn().Str("code", string(code)).Uint64("record", j.w.rec.Ordinal).Msg("quarantine is full: only size and hash of a record were kept")
		return nil
	}
	if err != nil {
		return fmt.Errorf("keeping a tombstone's bytes in quarantine: %w", err)
	}
	return nil
}

// room makes sure that there is a batch with room for record n.
func (j *job) room(ctx context.Context, n uint64) error {
	cfg := &j.w.r.cfg
	if j.batch != nil {
		if j.batch.Rows() < cfg.BatchRows && j.batch.Size() < cfg.BatchBytes {
			return nil
		}
		if err := j.flush(ctx, false); err != nil {
			return err
		}
	}
	b, err := j.w.r.commit.take(ctx)
	if err != nil {
		return err
	}
	in := j.w.intake
	b.Reset(event.Meta{
		Table: in.table, Source: in.source, Origin: j.p.Origin.Name, PayloadID: j.id, Start: n,
		PolicyHash: j.w.r.policy, KeyVersion: j.w.tokens.Version(), Scrubber: scrub.Version,
		Ingested: time.Now().UTC().Truncate(time.Millisecond),
	})
	j.batch = b
	copy(j.w.counts, j.w.engine.Counts())
	j.w.engine.StartBatch(b, uint64(max(0, j.p.Origin.Time.UnixMilli())))
	return nil
}

// flush archives the batch in hand and hands it to the committer.
func (j *job) flush(ctx context.Context, final bool) error {
	b, r := j.batch, j.w.r
	if b == nil {
		return nil // an empty payload has no rows, so nothing to keep
	}
	b.Final = final
	b.Matches = map[string]uint64{}
	for k, n := range j.w.engine.Counts() {
		if d := n - j.w.counts[k]; d > 0 {
			b.Matches[recognizer.Kind(k).String()] = d
		}
	}
	if final {
		b.PayloadSize, b.Error = j.res.Bytes, string(j.res.Error)
	}
	if j.sealed {
		if err := r.cfg.Quarantine.Sync(); err != nil {
			return fmt.Errorf("writing quarantine: %w", err)
		}
		j.sealed = false
	}
	if err := r.dups.mark(ctx, b); err != nil {
		return fmt.Errorf("looking for duplicates: %w", err)
	}
	o, adopted, err := r.cfg.Archive.Write(ctx, b)
	if err != nil {
		return fmt.Errorf("archiving a batch: %w", err)
	}
	if adopted {
		return errAdopted
	}
	j.batch = nil
	j.res.Records += o.Rows
	j.res.Tombstones += o.Tombstones
	j.res.Events += o.Rows - o.Tombstones
	j.res.Duplicates += o.Duplicates
	for k, n := range b.Matches {
		j.res.Matches[k] += n
	}
	j.insert(b, false)
	return nil
}
