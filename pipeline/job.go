package pipeline

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/store/archive"
	"github.com/scrubline/scrubline/store/clickhouse"
)

var (
	// errAgain says that another process cut the payload elsewhere than we did:
	// start over behind what it wrote.
	errAgain = errors.New("another process archives the payload")
	// errChanged says that the payload is not what its identity says any more.
	errChanged = errors.New("payload changed while it was read")
)

// job is a payload under way. It is the worker's but for the fields below steps,
// which the committer touches too.
type job struct {
	w        *worker
	t        *waiting
	p        ingest.Payload
	id       string
	res      Result
	batch    *loan
	at       ingest.Position // of a stream: how far it is archived
	fallback uint64          // event time of records that have none of their own

	next    uint64 // first record that the archive does not have
	claimed bool   // no other worker has the payload
	framed  uint64 // records of the batch in hand
	sealed  bool   // quarantine was written to since it was last synced
	full    bool   // it was said that quarantine is full
	unread  error  // why the payload stays unfinished although nothing is wrong with the run

	steps  atomic.Int64 // the reading, and inserts under way; the last one ends the job
	mu     sync.Mutex
	failed error // the first error of a step
}

// step ends one of the job's steps. An error stops the run at once: it is the
// archive's, the sink's or the quarantine's, and the next payload would meet it
// too.
func (j *job) step(err error) {
	if err != nil {
		j.mu.Lock()
		if j.failed == nil {
			j.failed = err
		}
		j.mu.Unlock()
		j.w.fail(err)
	}
	if j.steps.Add(-1) == 0 {
		if j.claimed {
			j.w.release(j.id)
		}
		j.w.end(j.p, j.res, j.failed, j.unread)
	}
}

// run brings the payload into the archive and hands all of its batches to the
// committer. Each round that ends in errAgain starts further on in the payload.
func (j *job) run(ctx context.Context) error {
	if err := j.w.begin(ctx, j.id); err != nil {
		return err
	}
	j.claimed = true
	j.w.commit.read(1)
	defer j.w.commit.read(-1)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		j.res = Result{Origin: j.p.Origin.Name, Matches: map[string]uint64{}}
		j.next = 0
		finished, err := j.archived(ctx)
		if err != nil || finished {
			return err
		}
		err = j.read(ctx)
		if errors.Is(err, errChanged) {
			j.res.Error, j.res.Cause = ingest.CodeUnreadable, errChanged.Error()
			j.unread = errChanged
			return nil
		}
		if !errors.Is(err, errAgain) {
			return err
		}
	}
}

// archived takes over what is archived of the payload, and says whether that is
// all of it.
func (j *job) archived(ctx context.Context) (finished bool, err error) {
	cfg := j.w.cfg
	chain, err := cfg.Archive.Chain(ctx, j.id)
	if err != nil {
		return false, fmt.Errorf("listing what is archived of a payload: %w", err)
	}
	if len(chain) == 0 {
		return false, nil
	}
	j.res.Resumed = true
	held := map[string]clickhouse.Held{}
	if !cfg.Doubt {
		keys := make([]string, len(chain))
		for i := range chain {
			keys[i] = chain[i].Meta.Key()
		}
		if held, err = cfg.Sink.Has(ctx, keys); err != nil {
			return false, fmt.Errorf("asking what is inserted of a payload: %w", err)
		}
	}
	for i := range chain {
		o := &chain[i]
		j.tally(o)
		if h, ok := held[o.Meta.Key()]; ok && h.Rows == o.Rows && h.SHA256 == o.SHA256.String() {
			continue
		}
		if j.batch, err = j.w.pool.take(ctx); err != nil {
			return false, err
		}
		if err := j.adopt(ctx, o); err != nil {
			return false, err
		}
	}
	if last := &chain[len(chain)-1]; last.Meta.Final {
		j.res.Offset = -1 // it is not archived
		j.w.r.BytesRead.Add(last.Meta.PayloadSize)
		return true, nil
	}
	return false, nil
}

// adopt fills the batch in hand with an archived object's rows and hands it to
// the committer.
func (j *job) adopt(ctx context.Context, o *archive.Object) error {
	b := j.batch
	if err := j.w.cfg.Archive.Read(ctx, o.Key, b.Batch); err != nil {
		return fmt.Errorf("reading an archived batch: %w", err)
	}
	j.w.cfg.Metrics.adopted()
	j.w.dups.adopt(b.Batch)
	j.insert(o, true)
	return nil
}

// insert hands the batch in hand, archived as o, to the committer.
func (j *job) insert(o *archive.Object, doubt bool) {
	b, key := j.batch, j.batch.Key()
	j.batch = nil
	b.SHA256 = o.SHA256.String()
	j.steps.Add(1)
	j.w.commit.insert(pending{batch: b, object: o.Key, size: o.Size, doubt: doubt, done: func(err error) {
		if err != nil {
			err = fmt.Errorf("inserting a batch: %w", err)
		} else {
			j.w.dups.stored(key)
		}
		j.step(err)
	}})
}

// tally adds an archived object's counts to the result.
func (j *job) tally(o *archive.Object) {
	j.next = o.End
	if s := o.Meta.Stream; s != nil {
		j.at = reached(o)
	}
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
