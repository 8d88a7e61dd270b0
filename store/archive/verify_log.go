package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/sync/errgroup"

	"github.com/scrubline/scrubline/store/archive/object"
	"github.com/scrubline/scrubline/store/archive/tlog"
)

// logCheck walks the log's leaves and holds everything else in the log against
// them.
type logCheck struct {
	*verification
	position
	tree    tlog.Tree
	group   *errgroup.Group // reads tiles
	mu      sync.Mutex      // guards Report while it does
	claim   [][]byte        // lines of the claim in hand that did not come yet
	first   uint64          // its first leaf
	before  uint64          // size of the checkpoint before
	receipt bool            // its receipts are there, or were missed
	changes []*Leaf         // key leaves
	again   []func(context.Context, keyHistory)
}

var errStop = errors.New("stop")

// log checks checkpoints, leaves, claims, tiles and days. Everything in the log
// follows from its leaves; so the leaves are read once, and the rest compared.
func (v *verification) log(ctx context.Context) {
	size, ok := v.newest(ctx)
	if !ok {
		v.blind = true
		return
	}
	w := &logCheck{verification: v}
	w.group, _ = errgroup.WithContext(ctx)
	w.group.SetLimit(scanAhead)
	w.atSize(ctx)
	err := scan(ctx, v.store, 0, size, size, func(p parsed) error { return w.leaf(ctx, p) })
	_ = w.group.Wait()
	if err != nil {
		v.blind = true
		if err != errStop {
			v.unreadable(tileRoot, err)
		}
	}
	if len(w.changes) > 0 && len(w.again) > 0 {
		var known bool
		if v.keys, known = historyOf(v.keys[0], w.changes); !known {
			v.add(BadCheckpoint, checkpointRoot, "the key is none of the archive's")
			return
		}
	}
	for _, check := range w.again {
		check(ctx, v.keys)
	}
	v.Leaves, v.Root = w.n, Hash(w.tree.Root())
	v.chains.lastDate = dateOf(w.at)
	v.strays(size)
}

// newest is the size of the newest checkpoint that can be read.
func (v *verification) newest(ctx context.Context) (uint64, bool) {
	for len(v.files.checkpoints) > 0 {
		last := len(v.files.checkpoints) - 1
		size := v.files.checkpoints[last]
		_, _, err := v.checkpoint(ctx, size)
		if err == nil {
			return size, true
		}
		v.badCheckpoint(size, err)
		v.files.checkpoints = v.files.checkpoints[:last]
	}
	return 0, false
}

func (v *verification) badCheckpoint(size uint64, err error) {
	if errors.Is(err, tlog.ErrMalformed) || errors.Is(err, tlog.ErrSignature) || errors.Is(err, object.ErrNotExist) {
		v.add(BadCheckpoint, checkpointKey(size), err.Error())
	} else {
		v.unreadable(checkpointKey(size), err)
	}
}

// leaf checks the next leaf.
func (w *logCheck) leaf(ctx context.Context, p parsed) error {
	line, leaf, err := p.line, p.leaf, p.err
	if err == nil {
		err = w.claimedBy(ctx, line)
	}
	var day string
	if err == nil && leaf.Kind == KindDay {
		day = w.today.Date
	}
	if err == nil {
		err = w.take(leaf, w.tree.Root)
	}
	if err != nil {
		w.report(BadLog, tileRoot, fmt.Sprintf("leaf %d: %s", w.n, err))
		return errStop
	}
	for _, f := range w.tree.Append(line, nil) {
		w.tile(ctx, f)
	}
	if w.Resume != nil && w.n == w.Resume.Leaves {
		w.rootAt = Hash(w.tree.Root())
	}
	switch leaf.Kind {
	case KindObject, KindSupersede:
		if w.Sealed++; leaf.Kind == KindSupersede {
			w.Records[leaf.Kind]++
		}
		w.seal(leaf)
		if !w.receipt {
			w.receipt = true
			w.report(BadReceipt, receiptKey(w.first), "it is missing")
		}
		w.atSize(ctx)
		return nil
	case KindDay:
		w.day(ctx, day, leaf)
	case KindKey:
		w.changes = append(w.changes, leaf)
		w.keys.follow(leaf)
	}
	w.Records[leaf.Kind]++
	w.atSize(ctx)
	return nil
}

func (w *logCheck) report(kind ProblemKind, key, detail string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.add(kind, key, detail)
}

// claimedBy checks that a claim says the line. A claim's end is a checkpoint's
// size.
func (w *logCheck) claimedBy(ctx context.Context, line []byte) error {
	if len(w.claim) == 0 {
		first := w.n
		if len(w.files.claims) == 0 || w.files.claims[0] != first {
			return fmt.Errorf("%s is missing", claimKey(first))
		}
		w.files.claims = w.files.claims[1:]
		w.first, w.receipt = first, w.files.receipts[first]
		delete(w.files.receipts, first)
		signed, err := w.store.Get(ctx, claimKey(first), nil)
		if err != nil {
			return err
		}
		if w.claim, err = parseClaim(signed, w.keys.keyAt(first)); err != nil {
			if w.claim, err = unsignedClaim(signed, w.Origin); err != nil {
				return err
			}
			w.again = append(w.again, func(_ context.Context, k keyHistory) {
				if _, err := parseClaim(signed, k.keyAt(first)); err != nil {
					w.add(BadLog, claimKey(first), err.Error())
				}
			})
		}
	}
	if !bytes.Equal(w.claim[0], line) {
		return errors.New("it is not what was claimed")
	}
	w.claim = w.claim[1:]
	return nil
}

// atSize checks the checkpoint of the leaves so far, if there has to be one.
func (w *logCheck) atSize(ctx context.Context) {
	if len(w.claim) > 0 {
		return
	}
	size := w.n
	if len(w.files.checkpoints) == 0 || w.files.checkpoints[0] != size {
		w.report(BadCheckpoint, checkpointKey(size), "it is missing")
		return
	}
	w.files.checkpoints = w.files.checkpoints[1:]
	w.sizes = append(w.sizes, size)
	defer func() { w.before = size }()
	signed, c, err := w.checkpoint(ctx, size)
	if err != nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.badCheckpoint(size, err)
		return
	}
	for _, f := range w.tree.Partial(w.before) {
		w.tile(ctx, f)
	}
	if c.Root != w.tree.Root() {
		w.report(BadLog, checkpointKey(size), "the leaves are not those that it signs")
		return
	}
	w.Checkpoints++
	w.witnesses(ctx, size, c)
	if _, err := tlog.ParseCheckpoint(signed, w.keys.signers(size)...); err != nil {
		w.again = append(w.again, func(_ context.Context, k keyHistory) {
			if _, err := tlog.ParseCheckpoint(signed, k.signers(size)...); err != nil {
				w.Checkpoints--
				w.add(BadCheckpoint, checkpointKey(size), err.Error())
			}
		})
	}
}

// tile checks that a tile is stored with these bytes.
func (w *logCheck) tile(ctx context.Context, f tlog.File) {
	if !w.files.tiles[f.Tile] {
		w.report(BadLog, tileKey(f.Tile), "it is missing")
		return
	}
	delete(w.files.tiles, f.Tile)
	want := sha256.Sum256(f.Data)
	w.group.Go(func() error {
		data, err := w.store.Get(ctx, tileKey(f.Tile), nil)
		w.mu.Lock()
		defer w.mu.Unlock()
		if err != nil {
			w.unreadable(tileKey(f.Tile), err)
		} else if sha256.Sum256(data) != want {
			w.add(BadLog, tileKey(f.Tile), "it is not what follows from the leaves")
		}
		return nil
	})
}

// day checks the manifest that a leaf announces.
func (w *logCheck) day(ctx context.Context, date string, leaf *Leaf) {
	key := dayKey(date)
	if !w.files.days[date] {
		w.report(BadLog, key, "it is missing")
		return
	}
	delete(w.files.days, date)
	signed, err := w.store.Get(ctx, key, nil)
	if err != nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.unreadable(key, err)
		return
	}
	want := dayText(w.Origin, leaf.Record)
	w.again = append(w.again, func(_ context.Context, k keyHistory) {
		n, err := note.Open(signed, note.VerifierList(k.keyAt(leaf.N)))
		if err != nil || n.Text != want {
			w.add(BadLog, key, "it is not what the leaves say, signed")
		}
	})
}

// seal notes an object for the comparison with what is stored.
func (w *logCheck) seal(l *Leaf) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if l.Kind == KindSupersede {
		w.standing = append(w.standing, l.Object)
	} else {
		w.chains.take(l.Object, &w.Report)
	}
	w.sealed = append(w.sealed, sealedEntry(l))
}
