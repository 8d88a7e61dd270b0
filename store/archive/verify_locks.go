package archive

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/scrubline/scrubline/store/archive/object"
	"github.com/scrubline/scrubline/store/archive/tlog"
)

// claimLock is what the log's files of a claim must be locked for: as long, and as
// strongly, as any object in it was when it was sealed. They were stored after those,
// for the longest of all classes.
type claimLock struct {
	first, end uint64 // its leaves: first to before end
	mode       object.Mode
	until      int64 // Unix seconds
}

// lockOf is of the claim that a file of the log was stored for. ok is false if the key
// is of none.
func lockOf(claims []claimLock, key string) (l claimLock, ok bool) {
	last := uint64(0) // a leaf of the claim
	if n, is := numberIn(key, claimRoot); is {
		last = n
	} else if n, is := numberIn(key, receiptRoot); is {
		last = n
	} else if n, is := numberIn(key, checkpointRoot); is && n > 0 {
		last = n - 1
	} else if t, is := tlog.ParsePath(strings.TrimPrefix(key, logRoot)); is {
		span := uint64(1)
		if t.Level > 0 {
			span <<= 8 * t.Level
		}
		last = (t.N*tlog.Width+uint64(t.W))*span - 1
	} else {
		return claimLock{}, false
	}
	i, _ := slices.BinarySearchFunc(claims, last, func(c claimLock, n uint64) int {
		switch {
		case c.end <= n:
			return -1
		case c.first > n:
			return 1
		}
		return 0
	})
	if i == len(claims) {
		return claimLock{}, false
	}
	return claims[i], true
}

// claimLocks follows from the sealed objects, which are in the order of leaves, and the
// sizes of the checkpoints.
func (v *verification) claimLocks() (claims []claimLock) {
	first, at := uint64(0), 0
	for _, end := range v.sizes {
		c := claimLock{first: first, end: end}
		for ; at < len(v.sealed) && uint64(v.sealed[at].n) < end; at++ {
			c.mode, c.until = max(c.mode, v.sealed[at].mode), max(c.until, v.sealed[at].until)
		}
		claims, first = append(claims, c), end
	}
	return claims
}

// logLocks checks, in a store that locks, the locks of the log's own files. Whose claim
// is not known, such as a day's or a witness's, must be locked if anything is.
func (v *verification) logLocks(ctx context.Context) {
	claims := v.claimLocks()
	any := slices.ContainsFunc(claims, func(c claimLock) bool { return c.mode != object.Unlocked })
	if _, ok := v.store.(object.Retainer); !ok || !any {
		return
	}
	group, _ := errgroup.WithContext(ctx)
	group.SetLimit(scanAhead)
	for _, key := range v.files.keys {
		if !v.Sample.takes(short(key)) {
			continue
		}
		want, ok := lockOf(claims, key)
		if !ok || want.mode == object.Unlocked {
			want = claimLock{mode: object.Governance}
		}
		group.Go(func() error {
			v.logLock(ctx, key, want)
			return nil
		})
	}
	_ = group.Wait()
}

func (v *verification) logLock(ctx context.Context, key string, want claimLock) {
	i, err := v.store.Head(ctx, key)
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case errors.Is(err, object.ErrNotExist): // it is missed where it is read
	case err != nil:
		if ctx.Err() == nil {
			v.add(Unreadable, key, err.Error())
		}
	case i.Mode < want.mode:
		v.add(BadLock, key, "its lock is weaker than that of the objects it is about")
	case i.LockedUntil.Unix() < want.until:
		v.add(BadLock, key, fmt.Sprintf("it is locked until %s, objects it is about until %s", i.LockedUntil.UTC().Format(time.RFC3339), time.Unix(want.until, 0).UTC().Format(time.RFC3339)))
	default:
		v.LogLocks++
	}
}
