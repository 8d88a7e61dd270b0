package archive

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/scrubline/scrubline/store/archive/object"
)

// Seal adds the objects stored since the last call to the seal log and signs
// its head. Write calls it now and then; a runner calls it on a timer too.
func (a *Archive) Seal(ctx context.Context) error {
	err := a.log.locked(func() error {
		a.mu.Lock()
		waiting := a.waiting
		a.mu.Unlock()
		others := map[string]bool{}
		if err := a.log.catchUp(a.vouch(ctx), func(e entry) { others[e.Key] = true }); err != nil {
			return err
		}
		// Another process may have sealed ours, when it opened the archive. An
		// adopted one may have been sealed long ago.
		adopted := map[string]bool{}
		for i := range waiting {
			if waiting[i].adopted {
				adopted[waiting[i].Key] = true
			}
		}
		if err := a.log.find(adopted, func(key string) { others[key] = true }); err != nil {
			return err
		}
		var ours []Object
		for _, w := range waiting {
			if !others[w.Key] {
				ours = append(ours, w.Object)
				others[w.Key] = true
			}
		}
		if err := a.log.append(ours); err != nil {
			return err
		}
		if err := a.issue(ctx, ours); err != nil {
			return err
		}
		a.mu.Lock()
		a.waiting, a.oldest = a.waiting[len(waiting):], time.Now()
		a.mu.Unlock()
		return nil
	})
	if err != nil {
		return fmt.Errorf("sealing: %w", err)
	}
	return nil
}

// issue writes the receipts of what is in the log and has none: of the objects
// just sealed, and of those that a process sealed that died before.
func (a *Archive) issue(ctx context.Context, sealed []Object) error {
	at := make(map[string]int, len(sealed))
	for i := range sealed {
		at[sealed[i].Key] = i
	}
	return a.receipts.catchUp(a.log, func(key string) (Object, error) {
		if i, ok := at[key]; ok {
			return sealed[i], nil
		}
		return a.look(ctx, key)
	})
}

// vouch returns a check that an entry describes the object that is stored.
func (a *Archive) vouch(ctx context.Context) func(entry) error {
	return func(e entry) error {
		o, err := a.look(ctx, e.Key)
		if err != nil {
			return err
		}
		if wrong := e.differs(&o); wrong != "" {
			return fmt.Errorf("%w: object %s: %s", ErrDamaged, e.Key, wrong)
		}
		return nil
	}
}

// Reconcile compares the list of stored objects with the whole seal log and
// seals the objects that are not in it: a process died between storing and
// sealing them. Open calls it. What lies in the archive and is no whole object
// is left alone and listed by Unsealable.
func (a *Archive) Reconcile(ctx context.Context) error {
	a.gate.Lock() // no object of ours is between Put and waiting now
	defer a.gate.Unlock()
	return a.log.locked(func() error {
		// A sixth of the keys' memory: hashes, cut to 16 bytes.
		sealed := map[[16]byte]struct{}{}
		a.log.reset()
		if err := a.log.catchUp(a.vouch(ctx), func(e entry) { sealed[short(e.Key)] = struct{}{} }); err != nil {
			return err
		}
		var late []Object
		var bad []Problem
		err := a.store.List(ctx, root, func(i object.Info) error {
			if _, ok := sealed[short(i.Key)]; ok {
				return nil
			}
			o, err := a.look(ctx, i.Key)
			switch {
			case err == nil:
				late = append(late, o)
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
		if err := a.log.append(late); err != nil {
			return err
		}
		if err := a.issue(ctx, late); err != nil {
			return err
		}
		a.mu.Lock()
		a.waiting, a.unsealable = nil, bad
		a.mu.Unlock()
		return nil
	})
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
