package pipeline

import (
	"context"
	"fmt"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/scrub"
	"github.com/scrubline/scrubline/scrub/roster"
	"github.com/scrubline/scrubline/scrub/token"
)

// worker carries one payload at a time.
type worker struct {
	*session
	tokens   *token.Tokenizer
	engine   *scrub.Engine
	options  scrub.Options  // of engine
	roster   *roster.Roster // of engine, nil if there is none
	policy   string         // hash of the rules in force and the roster
	intake   *intake
	streams  Config  // cfg for messages of streams
	messages *intake // the intake for them: its limits are others
	rec      ingest.Record
	name     ingest.Record // the payload's name, see origin
	counts   []uint64      // of the engine, when the batch in hand was begun
	treated  []uint64      // the same, by treatment
}

func newWorker(s *session) (*worker, error) {
	tk, err := token.New(s.cfg.Keys, s.cfg.Tenant)
	if err != nil {
		return nil, fmt.Errorf("loading token keys: %w", err)
	}
	opt := scrub.Options{Tenant: s.cfg.Tenant, Tokens: tk, Link: s.cfg.Link, Window: s.cfg.Linked, Limits: s.cfg.Options.Limits, Policy: s.cfg.Policy, Rules: s.r.policy}
	e := scrub.New(opt)
	streams := *s.cfg
	streams.Options.Limits.Payload = min(streams.Options.Limits.Payload, messageBytes)
	return &worker{
		streams: streams, messages: &intake{},
		session: s, tokens: tk, intake: &intake{}, policy: s.r.policy,
		options: opt, engine: e,
		counts: make([]uint64, len(e.Counts())), treated: make([]uint64, len(e.Treated())),
	}, nil
}

func (w *worker) close() { w.tokens.Close() }

// carry carries p. It returns when p was read; its last batches may be under way
// to the sink still.
func (w *worker) carry(ctx context.Context, t *waiting) {
	p := t.Payload
	j := &job{w: w, t: t, p: p, id: w.r.PayloadID(&p)}
	j.steps.Store(1)
	err := w.consult()
	switch {
	case err != nil:
	case p.Stream != nil:
		err = j.stretch(ctx)
	default:
		err = j.run(ctx)
	}
	if j.batch != nil {
		w.pool.give(j.batch)
	}
	j.step(err)
}

// receipt returns what the engine's recognizers did since the batch was begun: how
// often each matched, and how its matches were treated.
func (w *worker) receipt() (matches, treated map[string]uint64) {
	matches, treated = map[string]uint64{}, map[string]uint64{}
	for k, n := range w.engine.Counts() {
		if d := n - w.counts[k]; d > 0 {
			matches[w.engine.Counted(k)] = d
		}
	}
	for i, n := range w.engine.Treated() {
		if d := n - w.treated[i]; d > 0 {
			treated[w.engine.TreatedAs(i)] = d
		}
	}
	return matches, treated
}
