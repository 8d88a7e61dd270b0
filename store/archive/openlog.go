package archive

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/mod/sumdb/note"

	"github.com/scrubline/scrubline/scrub/durable"
	"github.com/scrubline/scrubline/store/archive/object"
	"github.com/scrubline/scrubline/store/archive/tlog"
)

// memoryFile remembers the last checkpoint that this data folder's key signed, so
// that an archive that was put back to an earlier state is not signed on, which
// would be a fork.
const memoryFile = "keys/archive.checkpoint"

// load goes on from the right edge of an archive's log, or, if this data folder knows
// none, or it does not fit, or whole is set, reads all of it and calls seen for its
// leaves; read says that. Or it starts the log of a new archive.
func (l *sealLog) load(ctx context.Context, whole bool, seen func(*Leaf)) (read bool, err error) {
	memory, err := l.memory() // before the list: other processes seal meanwhile
	if err != nil {
		return false, err
	}
	if !whole {
		if ok, err := l.loadEdge(ctx, memory); ok || err != nil {
			return false, err
		}
	}
	return true, l.loadWhole(ctx, memory, seen)
}

func (l *sealLog) loadWhole(ctx context.Context, memory tlog.Checkpoint, seen func(*Leaf)) error {
	newest, err := newestCheckpoint(ctx, l.store)
	if errors.Is(err, object.ErrNotExist) {
		if err := l.unused(ctx, memory); err != nil {
			return err
		}
		return l.start(ctx)
	}
	if err != nil {
		return err
	}
	signed, err := l.store.Get(ctx, newest, nil)
	if err != nil {
		return err
	}
	c, err := tlog.ParseSigned(signed)
	if err != nil || checkpointKey(c.Size) != newest {
		return fmt.Errorf("%w: %s is malformed", ErrDamaged, newest)
	}
	if l.key, err = openKey(l.data, true); err != nil {
		return err
	}
	if memory.Size > c.Size {
		return fmt.Errorf("%w: it has %d leaves, but %d were sealed from here: it was put back to an earlier state", ErrDamaged, c.Size, memory.Size)
	}
	err = scan(ctx, l.store, 0, c.Size, c.Size, func(p parsed) error {
		err := p.err
		if err == nil {
			err = l.take(p.leaf, l.tree.Root)
		}
		if err != nil {
			return fmt.Errorf("%w: the seal log: %w", ErrDamaged, err)
		}
		l.tree.Append(p.line, nil)
		if l.n == memory.Size && l.tree.Root() != memory.Root {
			return fmt.Errorf("%w: its first %d leaves are not those that were sealed from here", ErrDamaged, l.n)
		}
		seen(p.leaf)
		return nil
	})
	if err != nil {
		return err
	}
	if l.position.key != "" && l.position.key != l.key.public {
		if err := l.changeKey(l.position.key, true); err != nil {
			return err
		}
	}
	if got, err := tlog.ParseCheckpoint(signed, l.key.verifier); err != nil || got != l.checkpoint() {
		return fmt.Errorf("%w: %s is not signed by the archive's key for the leaves there are", ErrDamaged, newest)
	}
	l.published = c
	l.sealed.Store(c.Size)
	return errors.Join(l.promote(), l.savePosition())
}

// newestCheckpoint is the key of the checkpoint of the greatest size.
func newestCheckpoint(ctx context.Context, s object.Store) (key string, err error) {
	err = s.List(ctx, checkpointRoot, func(i object.Info) error { key = i.Key; return nil })
	if err == nil && key == "" {
		err = object.ErrNotExist
	}
	return key, err
}

// unused checks that an archive without a checkpoint is a new one.
func (l *sealLog) unused(ctx context.Context, memory tlog.Checkpoint) error {
	for _, prefix := range []string{root, logRoot} {
		err := l.store.List(ctx, prefix, func(i object.Info) error {
			return fmt.Errorf("%w: there is %s, but no checkpoint", ErrDamaged, i.Key)
		})
		if err != nil {
			return err
		}
	}
	if memory.Size > 0 {
		return fmt.Errorf("%w: it is empty, but %d leaves were sealed from here", ErrDamaged, memory.Size)
	}
	return nil
}

// memory is the last checkpoint signed from this data folder, zero if none was.
func (l *sealLog) memory() (tlog.Checkpoint, error) {
	b, err := os.ReadFile(filepath.Join(l.data, memoryFile))
	if errors.Is(err, fs.ErrNotExist) {
		return tlog.Checkpoint{Root: l.tree.Root()}, nil
	}
	if err != nil {
		return tlog.Checkpoint{}, fmt.Errorf("reading the last checkpoint: %w", err)
	}
	c, err := tlog.ParseText(string(b))
	if err != nil {
		return tlog.Checkpoint{}, fmt.Errorf("reading the last checkpoint, %s: %w", memoryFile, err)
	}
	return c, nil
}

func (l *sealLog) remember() error {
	err := durable.Write(filepath.Join(l.data, memoryFile), []byte(l.published.Text()), 0o600)
	if err != nil {
		return fmt.Errorf("noting the last checkpoint: %w", err)
	}
	return nil
}

// signers are the keys that sign the next checkpoint: the key in force, and
// behind a leaf that changes it the one before too.
func (l *sealLog) signers() []note.Signer {
	if l.old != nil {
		return []note.Signer{l.old, l.key}
	}
	return []note.Signer{l.key}
}

// changeKey goes over to the key that a leaf names: the next one of the data
// folder, or the one that another process made the folder's meanwhile. Without
// either the log can be followed to where our key comes in force, but not signed.
func (l *sealLog) changeKey(public string, sign bool) error {
	verifier, err := parsePublicKey(public)
	if err != nil {
		return fmt.Errorf("%w: a leaf names a key that is none", ErrDamaged)
	}
	key := &keyPair{nil, verifier, public}
	for _, name := range []string{nextKeyFile, KeyFile} {
		if k, err := readKey(filepath.Join(l.data, name)); err == nil && k.public == public {
			key = k
			break
		}
	}
	if sign && key.Signer == nil {
		return errRotated
	}
	l.old, l.key = l.key, key
	return nil
}

// promote makes the key that the log went over to the data folder's, if nobody
// did before.
func (l *sealLog) promote() error {
	if l.old == nil {
		return nil
	}
	next := filepath.Join(l.data, nextKeyFile)
	if k, err := readKey(next); err == nil && k.public == l.key.public {
		if err := durable.Write(filepath.Join(l.data, PubFile), []byte(l.key.public+"\n"), 0o644); err != nil {
			return fmt.Errorf("changing the public key: %w", err)
		}
		if err := os.Rename(next, filepath.Join(l.data, KeyFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("changing the signing key: %w", err)
		}
		if err := durable.Sync(l.data); err != nil {
			return fmt.Errorf("changing the signing key: %w", err)
		}
	}
	l.old = nil
	return nil
}
