package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/scrubline/scrubline/query/api"
	"github.com/scrubline/scrubline/store/archive"
	"github.com/scrubline/scrubline/store/archive/object"
)

// sealLog reads the archive's signed log for the API. It is opened by the first
// question: before that an archive, and its key, may not be there.
type sealLog struct {
	store object.Store
	pub   string // path of the public key

	mu  sync.Mutex
	log *archive.Reader // keeps where objects stand in it
}

func (n *node) sealLog(ctx context.Context) (*sealLog, error) {
	store, err := (&archiveFlags{}).open(ctx, n.g)
	if err != nil {
		return nil, fmt.Errorf("opening the archive: %w", err)
	}
	return &sealLog{store: store, pub: n.path(archive.PubFile)}, nil
}

// Key implements api.SealLog: "" as long as there is no archive.
func (l *sealLog) Key() string {
	key, err := os.ReadFile(l.pub)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(key))
}

// Prove implements api.SealLog.
func (l *sealLog) Prove(ctx context.Context, batch string, record uint64) (json.RawMessage, error) {
	log, err := l.open(ctx)
	if errors.Is(err, object.ErrNotExist) {
		return nil, api.ErrNotSealed
	}
	if err != nil {
		return nil, err
	}
	p, err := log.Prove(ctx, batch, record)
	switch {
	case errors.Is(err, object.ErrNotExist):
		return nil, api.ErrNoRow
	case errors.Is(err, archive.ErrNotSealed):
		return nil, api.ErrNotSealed
	case errors.Is(err, archive.ErrDamaged):
		return nil, api.ErrDamaged
	case err != nil:
		return nil, err
	}
	return json.Marshal(p)
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
func (l *sealLog) Holds(ctx context.Context) (out []api.Hold, err error) {
	list, err := holdsOf(ctx, l.store)
	if errors.Is(err, object.ErrNotExist) {
		return nil, nil // nothing is sealed yet
	}
	for _, h := range list {
		out = append(out, api.Hold{Name: h.ID, Matter: h.Matter, By: h.By, Query: h.Query, Placed: h.Placed, Released: h.Released, Reason: h.Reason, Objects: h.Objects})
	}
	return out, err
}
