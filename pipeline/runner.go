package pipeline

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/scrubline/scrubline/ingest"
)

// Runner carries payloads. Its methods may be called from many goroutines.
type Runner struct {
	cfg       Config
	naming    []byte // key that payload identities are hashed under
	policy    string
	rules     []byte       // the text that policy is the hash of
	BytesRead atomic.Int64 // of payloads as delivered, for a progress bar
}

// New returns a runner. It owns nothing of cfg.
func New(cfg Config) (*Runner, error) {
	if err := cfg.defaults(); err != nil {
		return nil, err
	}
	naming, err := cfg.Keys.Derive("payload names", cfg.Tenant)
	if err != nil {
		return nil, fmt.Errorf("deriving the key of payload names: %w", err)
	}
	rules, policy, err := InForce(cfg.Policy, cfg.Keys, cfg.Tenant)
	if err != nil {
		return nil, err
	}
	return &Runner{cfg: cfg, naming: naming, policy: policy, rules: rules}, nil
}

// PayloadID is a payload's name in the archive. The hash is keyed: identities
// hold object keys and content hashes, which a guess could confirm.
func (r *Runner) PayloadID(p *ingest.Payload) string {
	h := hmac.New(sha256.New, r.naming)
	_, _ = h.Write([]byte(p.Scheme + "\x00" + p.Identity))
	return p.Scheme + "/" + hex.EncodeToString(h.Sum(nil)[:16])
}

// Run carries everything that in delivers. For each payload that was carried as
// far as it could be it calls report, one call at a time, and then the payload's
// Done: with nil if every record of it is archived and inserted, else (the input
// failed while it was read) with what stopped it; such a payload is carried on
// when it is delivered again.
//
// Run returns nil at the input's end, or what stopped it: the input's own error,
// one of the archive, the sink or the quarantine, or ctx's. Payloads that were
// under way then are not reported; their Done gets the error. When Run returns,
// every Done was called and no goroutine is left.
func (r *Runner) Run(ctx context.Context, in ingest.Input, report func(ingest.Payload, Result)) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	late := &ahead{archive: r.cfg.Archive, sink: r.cfg.Sink, most: r.cfg.RunAhead, metrics: r.cfg.Metrics}
	s := &session{
		r: r, cfg: &r.cfg, report: report, fail: cancel,
		claim: map[string]chan struct{}{},
		pool:  newPool(r.cfg.Workers, r.cfg.BatchBytes), dups: newDuplicates(r.cfg.Sink, late.bears),
	}
	if err := s.learn(ctx); err != nil {
		return err
	}
	workers := make([]*worker, r.cfg.Workers)
	for i := range workers {
		w, err := newWorker(s)
		if err != nil {
			return err
		}
		defer w.close()
		workers[i] = w
	}
	s.commit = newCommitter(ctx, s.pool, late)
	queue := make(chan task)
	var working sync.WaitGroup
	for _, w := range workers {
		working.Go(func() {
			for t := range queue {
				w.do(ctx, t)
			}
		})
	}
	turns := &rounds{session: s, queue: queue}
	err := in.Run(ctx, func(emit context.Context, p ingest.Payload) error { return turns.deliver(ctx, emit, p) })
	if e := turns.finish(ctx); err == nil {
		err = e
	}
	close(queue)
	working.Wait()
	s.commit.close()
	s.pool.close()
	s.endings.Wait()
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// session is what the workers of one Run share.
type session struct {
	r      *Runner
	cfg    *Config
	pool   *pool
	commit *committer
	dups   *duplicates
	fail   context.CancelCauseFunc // stops the run; the first cause counts

	mu      sync.Mutex // held while report is called
	report  func(ingest.Payload, Result)
	endings sync.WaitGroup

	noted atomic.Int64 // bytes of the round that are kept of what was found in it

	claims sync.Mutex
	claim  map[string]chan struct{} // payloads under way; closed when they end
}

// begin waits until no other worker carries the payload: an input may deliver one
// twice, and its own rows must not pass for duplicates.
func (s *session) begin(ctx context.Context, id string) error {
	for {
		s.claims.Lock()
		busy, ok := s.claim[id]
		if !ok {
			s.claim[id] = make(chan struct{})
			s.claims.Unlock()
			return nil
		}
		s.claims.Unlock()
		select {
		case <-busy:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// release lets the next have the payload.
func (s *session) release(id string) {
	s.claims.Lock()
	defer s.claims.Unlock()
	close(s.claim[id])
	delete(s.claim, id)
}

// learn tells the duplicate filter what is stored.
func (s *session) learn(ctx context.Context) error {
	if s.cfg.Known == nil {
		return nil
	}
	if err := s.cfg.Known(ctx, s.dups.learn); err != nil {
		return fmt.Errorf("reading the ids of stored events: %w", err)
	}
	return nil
}

// end reports a payload and lets the input know. It does so on a goroutine of its
// own: an input's Done may take its time.
func (s *session) end(p ingest.Payload, res Result, failed, unread error) {
	s.cfg.Metrics.ended(&res, failed, unread)
	s.endings.Go(func() {
		if failed == nil {
			s.mu.Lock()
			s.report(p, res)
			s.mu.Unlock()
			failed = unread
		}
		if p.Done != nil {
			p.Done(failed)
		}
	})
}
