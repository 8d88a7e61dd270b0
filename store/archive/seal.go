package archive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sort"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/scrubline/scrubline/store/archive/object"
)

// ErrTooLong says that a record is longer than a leaf can be.
var ErrTooLong = errors.New("record is too long for the seal log")

// Seal adds the objects stored since the last call to the seal log and publishes
// a checkpoint that covers them. Write calls it now and then, SealOnTime on a
// timer.
func (a *Archive) Seal(ctx context.Context) error { return a.seal(ctx, nil, false) }

// SealOnTime seals what has waited for half a minute, and days that are over,
// until ctx ends or the archive is damaged. Other errors are told and tried again.
func (a *Archive) SealOnTime(ctx context.Context, tell func(error)) error {
	tick := time.NewTicker(sealAge / 4)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		a.mu.Lock()
		young := len(a.waiting) > 0 && time.Since(a.oldest) < sealAge/2
		a.mu.Unlock()
		if young {
			continue
		}
		err := a.seal(ctx, nil, true)
		switch {
		case err == nil || ctx.Err() != nil:
		case errors.Is(err, ErrDamaged) || errors.Is(err, errRotated):
			return err
		default:
			tell(err)
		}
	}
}

// Record adds a leaf of one of the kinds that are not the archive's own, and what
// waits with it, and returns its number. record is made JSON and becomes public
// with the log: no secret and no patient data may be in it. A nil error means
// durable and signed; after another the leaf may or may not be there.
func (a *Archive) Record(ctx context.Context, kind Kind, record any) (n uint64, err error) {
	if !recordable[kind] {
		return 0, fmt.Errorf("recording: %q is no kind for it", kind)
	}
	text, err := json.Marshal(record)
	if err != nil {
		return 0, fmt.Errorf("recording: %w", err)
	}
	leaf := &Leaf{Kind: kind, Record: text}
	if err := a.seal(ctx, leaf, false); err != nil {
		return 0, err
	}
	return leaf.N, nil
}

// seal claims what waits, with record in the first claim. With days it also says
// that a day is over if nothing waits.
func (a *Archive) seal(ctx context.Context, record *Leaf, days bool) error {
	l := a.log
	l.mu.Lock()
	defer l.mu.Unlock()
	err := a.follow(ctx)
	for err == nil {
		var leaves []*Leaf
		var objects map[string]*Object
		if leaves, objects, err = a.next(ctx); err != nil {
			break
		}
		if record != nil {
			leaves = append(leaves, record)
		}
		if len(leaves) == 0 && !(days && l.dayOver(l.now())) {
			return nil
		}
		var won bool
		if won, err = l.claim(ctx, leaves, objects); won {
			record = nil
		} else if err == nil {
			err = a.follow(ctx)
		}
	}
	return fmt.Errorf("sealing: %w", err)
}

// follow reads what other sealers did. No object of ours is between Put and
// waiting meanwhile: we would not know it when we see its leaf.
func (a *Archive) follow(ctx context.Context) error {
	a.gate.Lock()
	defer a.gate.Unlock()
	if err := a.log.follow(ctx); err != nil {
		return err
	}
	return a.settle(ctx)
}

// next makes leaves of the objects that wait, as many as a claim may hold beside
// a day's leaf and a record.
func (a *Archive) next(ctx context.Context) ([]*Leaf, map[string]*Object, error) {
	a.mu.Lock()
	waiting := make([]*waiting, 0, len(a.waiting))
	for _, w := range a.waiting {
		if !w.adopted {
			waiting = append(waiting, w)
		}
	}
	a.mu.Unlock()
	sort.Slice(waiting, func(i, j int) bool { return waiting[i].order < waiting[j].order })
	waiting = waiting[:min(len(waiting), claimLeaves-2)]
	leaves, objects := make([]*Leaf, len(waiting)), make(map[string]*Object, len(waiting))
	for i, w := range waiting {
		s := sealedOf(&w.Object)
		leaves[i], objects[w.Key] = s.leaf(), &w.Object
	}
	return leaves, objects, a.locks(ctx, leaves)
}

// locks reads what lock each object has, from a store that locks.
func (a *Archive) locks(ctx context.Context, leaves []*Leaf) error {
	if _, ok := a.store.(object.Retainer); !ok {
		return nil
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(16)
	for _, leaf := range leaves {
		group.Go(func() error {
			info, err := a.store.Head(ctx, leaf.Object.Key)
			if err != nil {
				return err
			}
			leaf.Object.setLock(info)
			return nil
		})
	}
	return group.Wait()
}

// settle drops adopted objects that are in the log from those that wait: whoever
// stored them may have sealed them long ago.
func (a *Archive) settle(ctx context.Context) error {
	adopted, from := map[string]bool{}, a.log.published.Size
	a.mu.Lock()
	for key, w := range a.waiting {
		if w.adopted {
			adopted[key], from = true, min(from, w.from)
		}
	}
	a.mu.Unlock()
	if err := a.log.find(ctx, adopted, from, a.sealed); err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for key := range adopted {
		if w := a.waiting[key]; w != nil {
			w.adopted = false // from here on the log is followed
		}
	}
	return nil
}

// sealed says that an object is in the log.
func (a *Archive) sealed(key string) {
	a.mu.Lock()
	delete(a.waiting, key)
	a.mu.Unlock()
	a.journal.sealed(key)
}
