package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/all"
	"github.com/scrubline/scrubline/scrub"
)

// roundPayloads is how many payloads of an input are looked through at most
// before their rows are made. Their descriptions are kept in memory.
const roundPayloads = 1 << 15

// mostNoted is how many bytes of a round are kept of what was found when it was looked
// through, 8 for a record in which there is nothing. What does not fit is searched
// twice.
const mostNoted = 24 << 20

// rounds brings an input's payloads to the workers twice: once to note which
// addresses stand beside a session or a patient, then, when all were looked
// through, to make their rows. Between the two, those with addresses that a trace
// id may tie are looked through again. So the rows do not depend on which payload comes
// first, and a run that is killed and repeated makes the same.
//
// A round has as many payloads as the input has, or roundPayloads, or as come
// within Config.Patience or before Config.Quiet. Its rows are archived before the next round begins: else
// what that notes could come too late for some of them and not for others.
type rounds struct {
	*session
	queue chan<- task
	busy  busy // tasks that workers have or will get

	mu      sync.Mutex // of what follows; held while a round is finished
	waiting []*waiting
	timer   *time.Timer // of the round, if patience has an end
	round   uint64      // counts them
	since   time.Time   // when the round's first payload came
	failed  error       // of a round that the timer ended
}

// waiting is a payload whose rows are still to be made.
type waiting struct {
	ingest.Payload
	loose   bool // it must be looked through again, see tie
	noted   scrub.Noted
	choices []all.Choice // how it, or each message of its stretch, is read
}

// choice is where it is kept how the payload, or the i-th message of its stretch, is
// read, once that was chosen.
func (p *waiting) choice(i int) *all.Choice {
	if p.choices == nil {
		n := 1
		if p.Stream != nil {
			n = len(p.Stream.Messages)
		}
		p.choices = make([]all.Choice, n)
	}
	return &p.choices[i]
}

// step is what a worker does with a payload.
type step uint8

const (
	carry step = iota // make its rows
	look              // look through it
	tie               // look through it for what trace ids tie
)

// task is what a worker does with a payload.
type task struct {
	*waiting
	step step
	busy *busy
}

// deliver takes a payload from the input.
func (r *rounds) deliver(ctx, emit context.Context, p ingest.Payload) error {
	if r.cfg.Linked == nil {
		err := r.put(ctx, emit, &waiting{Payload: p}, carry)
		if p.Turn {
			r.busy.wait()
		}
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failed != nil {
		return r.failed
	}
	if len(r.waiting) == roundPayloads {
		if err := r.make(ctx, emit); err != nil {
			return err
		}
	}
	if len(r.waiting) == 0 {
		r.cfg.Linked.StartRound()
	}
	w := &waiting{Payload: p}
	if !p.Once && (p.Stream == nil || !p.Stream.Ask) { // what can be read once only has its notes noted as its rows are made
		if err := r.put(ctx, emit, w, look); err != nil {
			return err
		}
	}
	r.waiting = append(r.waiting, w)
	if p.Turn {
		return r.make(ctx, emit)
	}
	if r.cfg.Patience > 0 {
		r.await(ctx)
	}
	return nil
}

// await sets when the round ends if nothing more comes.
func (r *rounds) await(ctx context.Context) {
	if r.timer == nil {
		r.round++
		r.since = time.Now()
		n, wait := r.round, r.cfg.Patience
		if r.cfg.Quiet > 0 {
			wait = min(wait, r.cfg.Quiet)
		}
		r.timer = time.AfterFunc(wait, func() { r.expire(ctx, n) })
		return
	}
	if r.cfg.Quiet > 0 {
		r.timer.Reset(min(r.cfg.Quiet, max(0, r.cfg.Patience-time.Since(r.since))))
	}
}

// expire ends the n-th round, which waited long enough.
func (r *rounds) expire(ctx context.Context, n uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.timer == nil || r.round != n {
		return // it ended meanwhile
	}
	if r.failed = r.make(ctx, ctx); r.failed != nil {
		r.fail(r.failed)
	}
}

// finish ends the last round. No timer goes off after it.
func (r *rounds) finish(ctx context.Context) error {
	r.busy.wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cfg.Linked == nil || r.failed != nil {
		return r.failed
	}
	return r.make(ctx, ctx)
}

// make makes the rows of the round's payloads.
func (r *rounds) make(ctx, emit context.Context) error {
	if r.timer != nil {
		r.timer.Stop()
		r.timer = nil
	}
	err := r.tie(ctx, emit)
	if err == nil {
		err = errors.Join(r.cfg.Linked.Sync(), r.cfg.Linked.Refresh())
	}
	if err != nil {
		err = fmt.Errorf("keeping linked addresses: %w", err)
	}
	for i, p := range r.waiting {
		if err == nil {
			err = r.put(ctx, emit, p, carry)
		}
		if err != nil {
			r.abandon(r.waiting[i:], err)
			break
		}
	}
	clear(r.waiting)
	r.waiting = r.waiting[:0]
	r.busy.wait()
	return err
}

// tie notes the addresses whose request's trace id stands in a record, of any
// payload, that says who somebody is. Payloads with more of them than could be kept
// are looked through once more. What it notes is kept as all notes are, so that a
// run that comes after a death needs the trace ids of no payload that is archived.
func (r *rounds) tie(ctx, emit context.Context) error {
	r.busy.wait()
	r.noted.Store(0)
	r.cfg.Linked.Settle()
	if !r.cfg.Linked.HasTraces() {
		return nil
	}
	for _, w := range r.waiting {
		if w.loose {
			if err := r.put(ctx, emit, w, tie); err != nil {
				return err
			}
		}
	}
	r.busy.wait()
	return nil
}

// abandon lets the input know that payloads will not be carried.
func (r *rounds) abandon(ps []*waiting, err error) {
	for _, p := range ps {
		r.end(p.Payload, Result{}, err, nil)
	}
}

// put gives a worker its task.
func (r *rounds) put(ctx, emit context.Context, w *waiting, s step) error {
	r.busy.add()
	select {
	case r.queue <- task{w, s, &r.busy}:
		return nil
	case <-ctx.Done():
		r.busy.done()
		return ctx.Err()
	case <-emit.Done(): // the input may stop before we do
		r.busy.done()
		return emit.Err()
	}
}

// do does a worker's task.
func (w *worker) do(ctx context.Context, t task) {
	defer t.busy.done()
	if t.step == carry {
		w.carry(ctx, t.waiting)
		return
	}
	w.note(ctx, t.waiting, t.step)
}

// note looks through a payload for addresses that stand beside a session or a
// patient. What is wrong with the payload shows again when its rows are made. One
// that is archived to its end was looked through then.
func (w *worker) note(ctx context.Context, p *waiting, s step) {
	if p.Stream != nil {
		w.noteMessages(ctx, p, s)
		return
	}
	if s == look {
		chain, err := w.cfg.Archive.Chain(ctx, w.r.PayloadID(&p.Payload))
		if err != nil || len(chain) > 0 && chain[len(chain)-1].Meta.Final {
			return
		}
	}
	in := w.intake
	closer, perr := in.open(ctx, w.cfg, &p.Payload, p.choice(0))
	if closer != nil {
		defer func() { _ = closer.Close() }()
	}
	if perr != nil || !w.engine.Notes(in.source) {
		return
	}
	w.engine.StartNotes(fallback(&p.Payload))
	w.noteEntries(ctx, in, s, &p.noted)
	w.r.BytesRead.Add(in.progress())
	p.loose = w.engine.EndNotes()
}

// noteMessages is note for a piece of a stream.
func (w *worker) noteMessages(ctx context.Context, p *waiting, s step) {
	w.streams.Format = p.Stream.Format
	w.engine.StartNotes(0)
	for i := range p.Stream.Messages {
		m := messagePayload(&p.Payload, &p.Stream.Messages[i])
		closer, perr := w.messages.open(ctx, &w.streams, &m, p.choice(i))
		if perr == nil && w.engine.Notes(w.messages.source) {
			w.engine.Fallback(fallback(&m))
			w.noteEntries(ctx, w.messages, s, nil)
		}
		if closer != nil {
			_ = closer.Close()
		}
	}
	p.loose = w.engine.EndNotes()
}

// noteEntries notes what the entries of an open payload say. In noted, if it is not
// nil, it keeps what was found, as long as there is room.
func (w *worker) noteEntries(ctx context.Context, in *intake, s step, noted *scrub.Noted) {
	kept := 0 // bytes of noted
	for n := uint64(0); n&1023 != 0 || ctx.Err() == nil; n++ {
		_, raw, err := in.framer.Next()
		var broken *ingest.PayloadError
		if err == io.EOF || errors.As(err, &broken) {
			return
		}
		w.rec.Reset(in.source, in.table, raw)
		w.rec.Ordinal = n
		if err != nil || in.decode(raw, &w.rec) != nil {
			continue
		}
		if s == tie {
			w.engine.Tie(&w.rec)
			continue
		}
		w.engine.Note(&w.rec, noted)
		if noted != nil {
			size := noted.Size()
			if w.noted.Add(int64(size-kept)) > mostNoted {
				noted = nil
			}
			kept = size
		}
	}
}

// fallback is the event time of a payload's records that have none of their own.
func fallback(p *ingest.Payload) uint64 { return uint64(max(0, p.Origin.Time.UnixMilli())) }
