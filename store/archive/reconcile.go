package archive

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/scrubline/scrubline/store/archive/object"
	"github.com/scrubline/scrubline/store/archive/tlog"
)

// open starts from what the data folder knows.
func (a *Archive) open(ctx context.Context, data string) (err error) {
	a.journal = newJournal(data)
	before, err := a.journal.takeOver()
	if err != nil {
		return err
	}
	opened := false
	defer func() { err = errors.Join(err, before.done(opened)) }()
	sealed := map[[16]byte]struct{}{}
	whole, err := a.log.load(ctx, before.unknown, func(l *Leaf) {
		if l.Object != nil {
			sealed[short(l.Object.Key)] = struct{}{}
		}
	})
	if err != nil {
		return err
	}
	if whole {
		if err = a.reconcile(ctx, sealed); err == nil {
			a.journal.settled()
		}
	} else {
		err = a.recover(ctx)
	}
	opened = err == nil
	return err
}

// recover seals what the journal of this data folder's processes has.
func (a *Archive) recover(ctx context.Context) error {
	a.journal.mu.Lock()
	open := maps.Clone(a.journal.open)
	a.journal.mu.Unlock()
	var bad []Problem
	for key, n := range open {
		o, err := a.look(ctx, key)
		switch {
		case err == nil:
			if n, err = a.earliest(ctx, key, n); err != nil {
				return err
			}
			a.wait(o, true, n)
		case errors.Is(err, object.ErrNotExist):
			a.journal.sealed(key)
		case errors.Is(err, ErrDamaged), errors.Is(err, object.ErrKey):
			bad = append(bad, Problem{Kind: Foreign, Key: key, Detail: err.Error()})
		default:
			return err
		}
	}
	a.mu.Lock()
	a.unsealable = bad
	a.mu.Unlock()
	return a.Seal(ctx)
}

// clocks is how far the clocks of those who seal and of the store may be apart.
const clocks = 48 * time.Hour

// earliest is the leaf from which on an object may be sealed that was noted at leaf n.
// It was stored later, unless it had been there before and the process died as the
// store said so: then its leaf is no older than the object itself.
func (a *Archive) earliest(ctx context.Context, key string, n uint64) (uint64, error) {
	info, err := a.store.Head(ctx, key)
	if err != nil {
		return 0, err
	}
	size := a.log.published.Size
	for at := size; at > 0; {
		at = (at - 1) / tlog.Width * tlog.Width
		var first time.Time
		err := each(ctx, a.store, at, at+1, size, func(l *Leaf) error { first = l.Time; return nil })
		if err != nil {
			return 0, err
		}
		if first.Before(info.Stored.Add(-clocks)) {
			return min(n, at), nil
		}
	}
	return 0, nil
}

// Reconcile compares the list of stored objects with the whole seal log and
// seals the objects that are not in it: a process died between storing and
// sealing them, on another machine perhaps. It takes a list of all objects and the whole
// log. What lies in the archive and is no whole object
// is left alone and listed by Unsealable.
func (a *Archive) Reconcile(ctx context.Context) error {
	sealed := map[[16]byte]struct{}{}
	note := func(l *Leaf) {
		if l.Object != nil {
			sealed[short(l.Object.Key)] = struct{}{}
		}
	}
	if err := a.log.read(ctx, note); err != nil {
		return fmt.Errorf("reading the seal log: %w", err)
	}
	return a.reconcile(ctx, sealed)
}

// reconcile is Reconcile with the keys in the log, cut to 16 bytes of their hash.
// What other processes seal meanwhile may be missing from them.
func (a *Archive) reconcile(ctx context.Context, sealed map[[16]byte]struct{}) error {
	var bad []Problem
	err := a.store.List(ctx, root, func(i object.Info) error {
		if _, ok := sealed[short(i.Key)]; ok {
			return nil
		}
		o, err := a.look(ctx, i.Key)
		switch {
		case err == nil:
			a.wait(o, true, 0)
		case errors.Is(err, ErrDamaged), errors.Is(err, object.ErrKey), errors.Is(err, object.ErrNotExist):
			bad = append(bad, Problem{Kind: Foreign, Key: i.Key, Detail: err.Error()})
		default:
			return err
		}
		return nil
	})
	if err != nil {
		return err
	}
	a.mu.Lock()
	a.unsealable = bad
	a.mu.Unlock()
	return a.Seal(ctx)
}

// read calls fn for the leaves that are published.
func (l *sealLog) read(ctx context.Context, fn func(*Leaf)) error {
	l.mu.Lock()
	size := l.published.Size
	l.mu.Unlock()
	return each(ctx, l.store, 0, size, size, func(leaf *Leaf) error { fn(leaf); return nil })
}

func short(key string) (h [16]byte) {
	s := sha256.Sum256([]byte(key))
	copy(h[:], s[:])
	return h
}

// Unsealable lists what the last Reconcile found in the archive that is no
// object of it.
func (a *Archive) Unsealable() []Problem {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.unsealable
}
