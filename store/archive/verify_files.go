package archive

import (
	"context"
	"strings"
	"time"

	"github.com/scrubline/scrubline/store/archive/object"
	"github.com/scrubline/scrubline/store/archive/tlog"
)

// inventory is what lies below log/. What was checked is taken out; what is left
// is no part of the log.
type inventory struct {
	keys                []string // all of them
	checkpoints, claims []uint64 // ascending
	receipts            map[uint64]bool
	tiles               map[tlog.Tile]bool
	days                map[string]bool
	witnessed           map[uint64][]string // keys by size
}

func (v *verification) takeInventory(ctx context.Context) error {
	f := inventory{receipts: map[uint64]bool{}, tiles: map[tlog.Tile]bool{}, days: map[string]bool{}, witnessed: map[uint64][]string{}}
	err := v.list(ctx, logRoot, func(i object.Info) {
		f.keys = append(f.keys, i.Key)
		if n, ok := numberIn(i.Key, checkpointRoot); ok {
			f.checkpoints = append(f.checkpoints, n)
		} else if n, ok := numberIn(i.Key, claimRoot); ok {
			f.claims = append(f.claims, n)
		} else if n, ok := numberIn(i.Key, receiptRoot); ok {
			f.receipts[n] = true
		} else if t, ok := tlog.ParsePath(strings.TrimPrefix(i.Key, logRoot)); ok {
			f.tiles[t] = true
		} else if date, ok := strings.CutPrefix(i.Key, dayRoot); ok && isDate(date) {
			f.days[date] = true
		} else if n, ok := numberIn(i.Key[:max(0, strings.LastIndexByte(i.Key, '/'))], witnessRoot); ok {
			f.witnessed[n] = append(f.witnessed[n], i.Key)
		} else {
			v.add(Foreign, i.Key, "this is no file of a seal log")
		}
	})
	v.files = f
	return err
}

func isDate(s string) bool {
	t, err := time.Parse(time.DateOnly, s)
	return err == nil && dateOf(t) == s
}

// list lists the objects, and in a store that has versions reports the keys that
// have more than one or were deleted.
func (v *verification) list(ctx context.Context, prefix string, fn func(object.Info)) error {
	s, ok := v.store.(object.Versioned)
	if !ok {
		return v.store.List(ctx, prefix, func(i object.Info) error { fn(i); return ctx.Err() })
	}
	last := ""
	return s.Versions(ctx, prefix, func(o object.Version) error {
		again := o.Key == last
		last = o.Key
		switch {
		case o.Deleted:
			v.add(Versions, o.Key, "it has a delete marker")
		case again || !o.Latest:
			v.add(Versions, o.Key, "it has more than one version")
		}
		if o.Latest && !o.Deleted {
			fn(object.Info{Key: o.Key, Size: o.Size, Stored: o.Stored})
		}
		return ctx.Err()
	})
}

// strays reports what is left of the inventory. Beyond the last checkpoint a
// process may be at work or have died; before it nothing is left over.
func (v *verification) strays(size uint64) {
	if v.blind {
		return
	}
	late := func(key string, beyond bool) {
		if beyond {
			v.add(Unsealed, key, "it is beyond the last checkpoint")
		} else {
			v.add(Foreign, key, "it is no part of the log")
		}
	}
	for _, n := range v.files.claims {
		late(claimKey(n), n >= size)
	}
	for n := range v.files.receipts {
		late(receiptKey(n), n >= size)
	}
	for t := range v.files.tiles {
		span := uint64(1)
		if t.Level > 0 {
			span <<= 8 * t.Level
		}
		late(tileKey(t), (t.N*tlog.Width+uint64(t.W))*span > size)
	}
	for n, keys := range v.files.witnessed {
		late(keys[0], n > size)
	}
	if v.Witness != nil && v.Witnessed == 0 {
		v.add(NoWitness, witnessRoot, "the witness signed no checkpoint of it")
	}
	for date := range v.files.days {
		late(dayKey(date), date >= v.chains.lastDate)
	}
}
