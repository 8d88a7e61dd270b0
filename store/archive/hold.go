package archive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/scrubline/scrubline/store/archive/object"
)

// holdKeys is how many objects a leaf of a hold names at most: a leaf is below
// 64 KiB.
const holdKeys = 200

// HoldLeaf is the record of a leaf of kind hold: objects that were put under a legal
// hold. A hold is of as many leaves as it needs, and grows by more.
type HoldLeaf struct {
	Hold   string   `json:"hold"`   // its name
	Matter string   `json:"matter"` // for what; public with the log
	By     string   `json:"by"`
	Query  string   `json:"query"` // keyed hash of what was asked: the question may name somebody
	Keys   []string `json:"keys"`
}

// ReleaseLeaf is the record of a leaf of kind release.
type ReleaseLeaf struct {
	Hold   string `json:"hold"`
	Reason string `json:"reason"`
	By     string `json:"by"`
}

// Hold is a legal hold as the log tells it.
type Hold struct {
	ID       string     `json:"hold"`
	Matter   string     `json:"matter"`
	By       string     `json:"by"`
	Query    string     `json:"query"`
	Placed   time.Time  `json:"placed"`
	Released *time.Time `json:"released,omitempty"`
	Reason   string     `json:"reason,omitempty"` // of the release
	Keys     []string   `json:"-"`
	Objects  int        `json:"objects"`
}

// Holds reads the legal holds from the log, in the order in which they were placed,
// released ones included.
func (r *Reader) Holds(ctx context.Context) ([]*Hold, error) {
	var all []*Hold
	byID := map[string]*Hold{}
	err := r.Leaves(ctx, 0, r.last.Size, func(l *Leaf) error {
		switch l.Kind {
		case KindHold:
			var h HoldLeaf
			if json.Unmarshal(l.Record, &h) != nil {
				return fmt.Errorf("%w: leaf %d is no hold", ErrDamaged, l.N)
			}
			known := byID[h.Hold]
			if known == nil {
				known = &Hold{ID: h.Hold, Matter: h.Matter, By: h.By, Query: h.Query, Placed: l.Time}
				byID[h.Hold], all = known, append(all, known)
			}
			known.Keys = append(known.Keys, h.Keys...)
			known.Objects = len(known.Keys)
		case KindRelease:
			var h ReleaseLeaf
			if json.Unmarshal(l.Record, &h) != nil || byID[h.Hold] == nil {
				return fmt.Errorf("%w: leaf %d releases no hold", ErrDamaged, l.N)
			}
			byID[h.Hold].Released, byID[h.Hold].Reason = &l.Time, h.Reason
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the holds: %w", err)
	}
	return all, nil
}

// PlaceHold notes in the log that objects are under hold, and then has each store
// that can hold do so: the archive's and, beside it, copies. A store that lacks an
// object is passed over, a copy has it later. Doing it again mends what was
// interrupted; keys that the log has under this hold already are not noted again.
func (a *Archive) PlaceHold(ctx context.Context, h HoldLeaf, noted []string, copies ...object.Store) error {
	fresh := slices.DeleteFunc(slices.Clone(h.Keys), func(k string) bool { return slices.Contains(noted, k) })
	for part := range slices.Chunk(fresh, holdKeys) {
		leaf := h
		leaf.Keys = part
		if _, err := a.Record(ctx, KindHold, leaf); err != nil {
			return fmt.Errorf("noting a hold: %w", err)
		}
	}
	return a.hold(ctx, h.Keys, true, copies)
}

// ReleaseHold notes in the log that a hold is over, and then lifts it from the
// objects that no other hold of all names.
func (a *Archive) ReleaseHold(ctx context.Context, r ReleaseLeaf, all []*Hold, copies ...object.Store) error {
	free := map[string]bool{}
	var over *Hold
	for _, h := range all {
		if h.ID == r.Hold {
			over = h
		}
	}
	if over == nil || over.Released != nil {
		return fmt.Errorf("releasing a hold: there is no hold %q in force", r.Hold)
	}
	for _, k := range over.Keys {
		free[k] = true
	}
	for _, h := range all {
		if h != over && h.Released == nil {
			for _, k := range h.Keys {
				delete(free, k)
			}
		}
	}
	if _, err := a.Record(ctx, KindRelease, r); err != nil {
		return fmt.Errorf("noting a release: %w", err)
	}
	return a.hold(ctx, slices.Sorted(maps.Keys(free)), false, copies)
}

func (a *Archive) hold(ctx context.Context, keys []string, on bool, copies []object.Store) error {
	for i, s := range append([]object.Store{a.store}, copies...) {
		holder, ok := s.(object.Holder)
		if !ok {
			continue // a folder: nothing there deletes, and the log says what is held
		}
		for _, k := range keys {
			err := holder.Hold(ctx, k, on)
			if i > 0 && errors.Is(err, object.ErrNotExist) {
				continue
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}
