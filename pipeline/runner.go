package pipeline

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"sync"
	"sync/atomic"

	"crypto/hmac"
	"crypto/sha256"

	"golang.org/x/sync/errgroup"

	"github.com/scrubline/scrubline/ingest"
)

// Runner carries payloads. Its methods may be called from many goroutines.
type Runner struct {
	cfg       Config
	commit    *committer
	dups      *duplicates
	naming    []byte // key that payload identities are hashed under
	policy    string
	finishing sync.WaitGroup // payloads whose last batch is being inserted
	BytesRead atomic.Int64   // of payloads as delivered, for a progress bar
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
	return &Runner{cfg: cfg, naming: naming, policy: policyHash()}, nil
}

// PayloadID is a payload's name in the archive. The hash is keyed: identities
// hold object keys and content hashes, which a guess could confirm.
func (r *Runner) PayloadID(p *ingest.Payload) string {
	var h hash.Hash = hmac.New(sha256.New, r.naming)
	_, _ = h.Write([]byte(p.Scheme + "\x00" + p.Identity))
	return p.Scheme + "/" + hex.EncodeToString(h.Sum(nil)[:16])
}

// Run carries everything that in delivers and calls report for each finished
// payload, one at a time. It returns nil at the input's end, or what stopped
// it: an error of the archive, the sink or the quarantine, or ctx's.
func (r *Runner) Run(ctx context.Context, in ingest.Input, report func(ingest.Payload, Result)) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r.commit = newCommitter(ctx, r.cfg.Sink, 8*r.cfg.Workers)
	r.dups = newDuplicates(r.cfg.Sink)
	if err := r.learn(ctx); err != nil {
		r.commit.close()
		return err
	}
	queue := make(chan ingest.Payload)
	var mu sync.Mutex
	g, gctx := errgroup.WithContext(ctx)
	for range r.cfg.Workers {
		g.Go(func() error {
			w, err := newWorker(r)
			if err != nil {
				return err
			}
			defer w.close()
			for p := range queue {
				w.payload(gctx, p, func(res Result, err error) {
					if err != nil {
						cancel(err)
					} else {
						mu.Lock()
						report(p, res)
						mu.Unlock()
					}
					if p.Done != nil {
						p.Done(err)
					}
				})
			}
			return nil
		})
	}
	g.Go(func() error {
		defer close(queue)
		return in.Run(gctx, func(ctx context.Context, p ingest.Payload) error {
			select {
			case queue <- p:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	})
	err := g.Wait()
	r.commit.close()
	r.finishing.Wait()
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		return cause
	}
	return err
}

// learn tells the duplicate filter what is stored.
func (r *Runner) learn(ctx context.Context) error {
	if r.cfg.Known == nil {
		return nil
	}
	if err := r.cfg.Known(ctx, r.dups.learn); err != nil {
		return fmt.Errorf("reading the ids of stored events: %w", err)
	}
	return nil
}
