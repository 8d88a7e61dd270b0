package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/scrubline/scrubline/store/archive"
	"github.com/scrubline/scrubline/store/archive/object"
)

// sealLog reads the archive's signed log for the API. It is opened by the first
// question: before that an archive may not be there.
type sealLog struct {
	store object.Store
	key   string

	mu  sync.Mutex
	log *archive.Reader // keeps where objects stand in it
}

func (n *node) sealLog(ctx context.Context) (*sealLog, error) {
	key, err := os.ReadFile(n.path(archive.PubFile))
	if err != nil {
		return nil, fmt.Errorf("reading the archive's public key: %w", err)
	}
	store, err := (&archiveFlags{}).open(ctx, n.g)
	if err != nil {
		return nil, fmt.Errorf("opening the archive: %w", err)
	}
	return &sealLog{store: store, key: strings.TrimSpace(string(key))}, nil
}

// Key implements api.SealLog.
func (l *sealLog) Key() string { return l.key }

// Prove implements api.SealLog.
func (l *sealLog) Prove(ctx context.Context, batch string, record uint64) (*archive.Proof, error) {
	log, err := l.open(ctx)
	if errors.Is(err, object.ErrNotExist) {
		return nil, archive.ErrNotSealed
	}
	if err != nil {
		return nil, err
	}
	return log.Prove(ctx, batch, record)
}

func (l *sealLog) open(ctx context.Context) (*archive.Reader, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.log != nil {
		return l.log, nil
	}
	log, err := archive.NewReader(ctx, l.store)
	if err == nil {
		l.log = log
	}
	return log, err
}

// Holds implements api.SealLog. Each time the log is read anew.
func (l *sealLog) Holds(ctx context.Context) ([]*archive.Hold, error) {
	list, err := holdsOf(ctx, l.store)
	if errors.Is(err, object.ErrNotExist) {
		return nil, nil // nothing is sealed yet
	}
	return list, err
}
