package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub"
	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/store/archive"
	"github.com/scrubline/scrubline/store/clickhouse"
)

// Quarantined is a record whose bytes lie in quarantine.
type Quarantined struct {
	Record uint64 // in its payload
	Code   ingest.Code
	Cut    bool // only its start was kept
	// Open decrypts it. origin is the payload's name, unscrubbed.
	Open func() (origin string, raw []byte, err error)
}

// Successors is an archive in which an object can stand for another.
type Successors interface {
	Archive
	Holding(ctx context.Context, payloadID string, records []uint64, fn func(archive.Object, []uint64) error) error
	Supersede(ctx context.Context, o *archive.Object, b *event.Batch) (now archive.Object, adopted bool, err error)
}

// Replayed counts what became of quarantined records.
type Replayed struct {
	Mended  uint64 // are events now
	Before  uint64 // were no tombstones any more: an earlier replay mended them
	Failing uint64 // can still not be decoded or scrubbed
	Partial uint64 // are not whole records: cut ones, and what was read where a payload broke off
	Objects uint64 // that stand for others now
}

// Replayer makes events of quarantined records, in the places of their tombstones,
// for one goroutine.
type Replayer struct {
	w       *worker
	archive Successors
	was     *event.Batch
	now     *event.Batch
	Replayed
	// Superseded, if set, is called for each object that stands for another, before its
	// rows are inserted; again, if a replay did not come to its end.
	Superseded func(ctx context.Context, now *archive.Object) error
	// Done, if set, is called when records of a payload are events, archived and
	// inserted.
	Done func(payloadID string, records []uint64) error
}

// NewReplayer returns one over what cfg wires; cfg.Archive is a's, and nothing is
// put in cfg.Quarantine.
func NewReplayer(cfg Config, a Successors) (*Replayer, error) {
	cfg.Archive = a
	r, err := New(cfg)
	if err != nil {
		return nil, err
	}
	w, err := newWorker(&session{r: r, cfg: &r.cfg})
	if err != nil {
		return nil, err
	}
	return &Replayer{w: w, archive: a, was: new(event.Batch), now: new(event.Batch)}, nil
}

// Close forgets the keys.
func (r *Replayer) Close() { r.w.close() }

// Replay does what can be done for records of a payload, in ascending order. For
// each object with such records: those that can be decoded and scrubbed now become
// events of an object that stands for it, whose rows then take the place of its rows
// in the sink. Whatever dies in between, doing it again completes it.
func (r *Replayer) Replay(ctx context.Context, payloadID string, records []Quarantined) error {
	if err := r.w.consult(); err != nil {
		return err
	}
	numbers := make([]uint64, len(records))
	byNumber := make(map[uint64]*Quarantined, len(records))
	for i := range records {
		numbers[i] = records[i].Record
		byNumber[numbers[i]] = &records[i]
	}
	return r.archive.Holding(ctx, payloadID, numbers, func(o archive.Object, of []uint64) error {
		some := make(map[uint64]*Quarantined, len(of))
		for _, n := range of {
			some[n] = byNumber[n]
		}
		return r.object(ctx, &o, some)
	})
}

// object replays the records that o holds.
func (r *Replayer) object(ctx context.Context, o *archive.Object, records map[uint64]*Quarantined) error {
	if err := r.archive.Read(ctx, o.Key, r.was); err != nil {
		return fmt.Errorf("reading an archived batch: %w", err)
	}
	m, err := r.mend(ctx, o, records)
	if err != nil {
		return err
	}
	if len(m.fresh) > 0 {
		if *o, err = r.supersede(ctx, o); err != nil {
			return err
		}
		r.Objects++
	}
	r.Mended += uint64(len(m.fresh))
	r.Before += uint64(len(m.before))
	r.Failing += m.failing
	r.Partial += m.partial
	if o.Meta.Generation == 0 {
		return nil
	}
	if r.Superseded != nil {
		if err := r.Superseded(ctx, o); err != nil {
			return err
		}
	}
	if err := r.insert(ctx, o); err != nil {
		return err
	}
	if r.Done == nil {
		return nil
	}
	return r.Done(o.Meta.PayloadID, append(m.before, m.fresh...))
}

// supersede archives the batch in hand for an object.
func (r *Replayer) supersede(ctx context.Context, was *archive.Object) (archive.Object, error) {
	if l := r.w.cfg.Linked; l != nil {
		if err := l.Sync(); err != nil {
			return archive.Object{}, fmt.Errorf("keeping linked addresses: %w", err)
		}
	}
	if err := r.duplicates(ctx); err != nil {
		return archive.Object{}, fmt.Errorf("looking for duplicates: %w", err)
	}
	now, adopted, err := r.archive.Supersede(ctx, was, r.now)
	if err == nil && adopted {
		err = errors.New("another replay is at it: run it again")
	}
	if err != nil {
		return archive.Object{}, fmt.Errorf("archiving a replayed batch: %w", err)
	}
	return now, nil
}

// insert brings the sink to what an object says, unless it is there.
func (r *Replayer) insert(ctx context.Context, o *archive.Object) error {
	sink := r.w.cfg.Sink
	held, err := sink.Has(ctx, []string{o.Meta.Key()})
	if err != nil {
		return fmt.Errorf("asking what is inserted of a payload: %w", err)
	}
	if held[o.Meta.Key()].SHA256 == o.SHA256.String() {
		return nil
	}
	if err := r.archive.Read(ctx, o.Key, r.now); err != nil {
		return fmt.Errorf("reading an archived batch: %w", err)
	}
	r.now.SHA256 = o.SHA256.String()
	if err := sink.Insert(ctx, []*event.Batch{r.now}, true); err != nil {
		return fmt.Errorf("inserting a replayed batch: %w", err)
	}
	return nil
}

// duplicates marks the events in hand that another batch, or a row before in this
// one, has as well.
func (r *Replayer) duplicates(ctx context.Context) error {
	b := r.now
	if b.Table != schemas.Events {
		return nil
	}
	had := map[clickhouse.NativeKey]bool{}
	var rows []int
	var ask []clickhouse.NativeKey
	kinds, flags, ids, accounts := r.was.Nums(schemas.RowKind), b.Nums(schemas.Flags), b.Str(schemas.NativeID), b.Dict(schemas.RecipientAccount)
	for row := range b.Rows() {
		id := clickhouse.NativeKey{Account: accounts.At(row), ID: string(ids.At(row))}
		if id.ID == "" {
			continue
		}
		if kinds[row] == schemas.KindTombstone {
			if had[id] {
				flags[row] |= schemas.FlagDuplicate
			} else {
				rows, ask = append(rows, row), append(ask, id)
			}
		}
		had[id] = true
	}
	seen, err := r.w.cfg.Sink.Seen(ctx, b.Key(), ask)
	if err != nil {
		return err
	}
	for i, row := range rows {
		if seen[i] {
			flags[row] |= schemas.FlagDuplicate
		}
	}
	return nil
}

// begin makes the batch in hand an empty one that stands for o.
func (r *Replayer) begin(o *archive.Object) {
	w := r.w
	m := o.Meta
	m.PolicyHash, m.KeyVersion, m.Scrubber = w.policy, w.tokens.Version(), scrub.Version
	m.Ingested = time.Now().UTC().Truncate(time.Millisecond)
	r.now.Reset(m)
	copy(w.counts, w.engine.Counts())
	copy(w.treated, w.engine.Treated())
	w.engine.StartBatch(r.now, 0)
}
