package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/scrubline/scrubline/pipeline"
	"github.com/scrubline/scrubline/scrub/seal"
	"github.com/scrubline/scrubline/store/quarantine"
)

// jail is a quarantine that is closed.
type jail interface {
	pipeline.Quarantine
	Close() error
}

// openQuarantine opens the quarantine for writing: beside the archive if that lies in a
// bucket, or else the folder.
func (n *node) openQuarantine(ctx context.Context) (jail, error) {
	to, err := n.recipient(ctx)
	if err != nil {
		return nil, fmt.Errorf("opening the quarantine's key: %w", err)
	}
	key, err := n.keys.Derive("quarantine names", n.cfg.Tenant)
	if err != nil {
		return nil, fmt.Errorf("deriving the quarantine's naming key: %w", err)
	}
	o := quarantine.Options{Recipient: to, Key: key}
	b, err := n.g.bucket(ctx, &n.cfg)
	if err != nil {
		return nil, err
	}
	if b == nil {
		q, err := quarantine.Open(n.path("quarantine"), o)
		if err != nil {
			return nil, fmt.Errorf("opening the quarantine: %w", err)
		}
		return q, nil
	}
	q, err := quarantine.OpenBucket(n.g.again(b), o)
	if err != nil {
		return nil, fmt.Errorf("opening the quarantine: %w", err)
	}
	q.Adopted = n.counting().AdoptedQuarantine
	return q, nil
}

// readQuarantine opens the quarantine for reading, also while somebody writes to it:
// that beside the archive in a bucket, and the folder.
func (g *globals) readQuarantine(ctx context.Context) (quarantine.Reader, error) {
	cfg, err := g.load()
	if err != nil {
		return nil, err
	}
	b, err := g.bucket(ctx, &cfg)
	if err != nil {
		return nil, err
	}
	var all quarantine.Readers
	if b != nil {
		q, err := quarantine.OpenBucket(g.again(b), quarantine.Options{})
		if err != nil {
			return nil, fmt.Errorf("opening the quarantine: %w", err)
		}
		all = append(all, q)
	}
	dir := filepath.Join(g.Data, "quarantine")
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		if b == nil {
			return nil, errors.New("there is no quarantine in the data folder")
		}
		return all, nil
	}
	q, err := quarantine.Open(dir, quarantine.Options{})
	if err != nil {
		return nil, fmt.Errorf("opening the quarantine: %w", err)
	}
	return append(all, q), nil
}

// recipient is to whom the quarantine is sealed: a key in KMS, or a public key whose
// private half may be taken away.
func (n *node) recipient(ctx context.Context) (seal.Recipient, error) {
	inKMS, asked, err := n.cfg.Quarantine.key(ctx, n.cfg.AWS)
	if err != nil {
		return nil, err
	}
	if inKMS != nil {
		asked.Waiting = func(err error) {
			n.log.Error().Str("error", err.Error()).Msg("KMS gives no data key for the quarantine: reading waits for it")
		}
		return inKMS, nil
	}
	pub, priv := n.path("keys", "quarantine.pub"), n.path("keys", "quarantine.key")
	to, err := seal.ReadPublicKey(pub)
	if errors.Is(err, fs.ErrNotExist) {
		if to, err = seal.GenerateKey(pub, priv); errors.Is(err, fs.ErrExist) {
			to, err = seal.ReadPublicKey(pub)
		}
	}
	if err != nil {
		return nil, err
	}
	return to, nil
}

// lateJail opens the quarantine when something is put there: one process at a time
// has a folder, and who carries the audit log is not to keep it from an ingest.
type lateJail struct {
	open func(context.Context) (jail, error)

	mu sync.Mutex
	q  jail
}

// Put implements pipeline.Quarantine.
func (j *lateJail) Put(ctx context.Context, e quarantine.Entry, raw []byte) (string, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.q == nil {
		q, err := j.open(ctx)
		if err != nil {
			return "", err
		}
		j.q = q
	}
	return j.q.Put(ctx, e, raw)
}

// Sync implements pipeline.Quarantine.
func (j *lateJail) Sync(ctx context.Context, payloadID string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.q == nil {
		return nil
	}
	return j.q.Sync(ctx, payloadID)
}

// Close gives it up.
func (j *lateJail) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.q == nil {
		return nil
	}
	return j.q.Close()
}
