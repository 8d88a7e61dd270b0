package archive

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/scrubline/scrubline/store/archive/object"
	"github.com/scrubline/scrubline/store/archive/tlog"
)

// positionFile remembers where the log stood when this data folder followed it last:
// with it the archive is opened from the log's right edge. It is as trusted as the key
// beside it; without it, or if it does not fit, the whole log is read.
const positionFile = "keys/archive.position"

// savedPosition is what positionFile holds: a position and the checkpoint there.
type savedPosition struct {
	Size  uint64          `json:"size"`
	Root  Hash            `json:"root"`
	At    time.Time       `json:"at"`
	Last  map[string]Hash `json:"last"`
	Today Day             `json:"today"`
	Key   string          `json:"key"`
}

// savePosition notes the position behind the last published checkpoint. It is not
// synced: what a loss of power leaves is an older one, which is followed from, or none.
func (l *sealLog) savePosition() error {
	p := &l.position
	text, err := json.Marshal(savedPosition{p.n, Hash(l.published.Root), p.at, p.last, p.today, p.key})
	name := filepath.Join(l.data, positionFile)
	temp := name + "." + rand.Text() + ".tmp"
	if err == nil {
		err = os.WriteFile(temp, text, 0o600)
	}
	if err == nil {
		err = os.Rename(temp, name)
	}
	if err != nil {
		_ = os.Remove(temp)
		return fmt.Errorf("noting where the log stands: %w", err)
	}
	return nil
}

// loadEdge starts from the saved position: it reads the checkpoint there, which the
// archive's key must have signed, and the partial tiles, which must give its root, and
// follows the claims behind it. ok is false, and nothing has changed, if the position
// or what is stored does not fit.
func (l *sealLog) loadEdge(ctx context.Context, memory tlog.Checkpoint) (ok bool, err error) {
	text, err := os.ReadFile(filepath.Join(l.data, positionFile))
	var s savedPosition
	if err != nil || json.Unmarshal(text, &s) != nil || s.Size == memory.Size && tlog.Hash(s.Root) != memory.Root {
		return false, nil
	}
	edge := &sealLog{store: l.store, data: l.data, now: l.now, seen: l.seen, look: l.look}
	if edge.key, err = openKey(l.data, true); err != nil {
		return false, err
	}
	edge.position = position{s.Size, s.At, s.Last, s.Today, s.Key}
	if s.Key != "" && s.Key != edge.key.public {
		if err := edge.changeKey(s.Key, true); err != nil {
			return false, nil
		}
	}
	fits, err := edge.readEdge(ctx, tlog.Hash(s.Root))
	if !fits || err != nil {
		return false, err
	}
	edge.remembered = memory
	if err := edge.promote(); err != nil {
		return false, err
	}
	if err := edge.follow(ctx); err != nil {
		return false, err
	}
	if edge.key.Signer == nil {
		return false, errRotated
	}
	if edge.n < memory.Size {
		return false, nil // the whole log says what is wrong
	}
	l.key, l.tree, l.position, l.published = edge.key, edge.tree, edge.position, edge.published
	l.sealed.Store(l.published.Size)
	return true, nil
}

// readEdge reads the right edge of the log at the position.
func (l *sealLog) readEdge(ctx context.Context, root tlog.Hash) (fits bool, err error) {
	missing := func(err error) (bool, error) {
		if errors.Is(err, object.ErrNotExist) {
			return false, nil
		}
		return false, err
	}
	signed, err := l.store.Get(ctx, checkpointKey(l.n), nil)
	if err != nil {
		return missing(err)
	}
	var broken error
	tree, err := tlog.Edge(l.n, func(t tlog.Tile) (data []byte, err error) {
		data, broken = l.store.Get(ctx, tileKey(t), nil)
		return data, broken
	})
	if broken != nil {
		return missing(broken)
	}
	if err != nil {
		return false, nil
	}
	l.tree = *tree
	c, err := tlog.ParseCheckpoint(signed, l.key.verifier)
	if err != nil || c != l.checkpoint() || c.Root != root {
		return false, nil
	}
	l.published = c
	return true, nil
}
