package archive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/scrubline/scrubline/store/archive/object"
	"github.com/scrubline/scrubline/store/archive/tlog"
)

// sealLog appends to the seal log. Everything it stores is written once:
//
//  1. A sealer follows the log: claims of others become part of its tree.
//  2. It stores a claim, the leaves it wants next, under the number of the first.
//     Of any number of sealers one gets that name; the others go back to 1.
//  3. It publishes what follows from the claim: tiles, the day's manifest,
//     receipts, and last the checkpoint. Whoever comes across a claim without its
//     checkpoint does the same, with the same bytes.
//
// So two sealers need no lock, and wherever one dies the next goes on. A
// checkpoint is signed for a tree only that was built from claims on top of the
// checkpoint before it, which is read once more.
type sealLog struct {
	store object.Store
	data  string
	now   func() time.Time
	// seen is called for each leaf that follows those read by open.
	seen func(*Leaf)
	// look describes a stored object.
	look func(context.Context, string) (Object, error)

	// sealed is how many leaves are published, without the lock.
	sealed atomic.Uint64

	mu   sync.Mutex
	key  *keyPair
	old  *keyPair // the key before, until the log's leaf about it is published
	tree tlog.Tree
	position
	published tlog.Checkpoint // the last one
	// remembered, if set, is a checkpoint that following the log must come by.
	remembered tlog.Checkpoint
	todo       []file // what follows from a stored claim and is not published yet
}

// file is an object of the log to be stored.
type file struct {
	key  string
	data []byte
}

// start signs the empty log of a new archive: from then on a missing checkpoint
// is damage.
func (l *sealLog) start(ctx context.Context) error {
	if l.key == nil {
		var err error
		if l.key, err = openKey(l.data, false); err != nil {
			return err
		}
	}
	l.published = l.checkpoint()
	signed, err := l.published.Sign(l.key)
	if err != nil {
		return err
	}
	if err := l.put(ctx, file{key: checkpointKey(0), data: signed}); err != nil {
		return err
	}
	return l.remember()
}

func (l *sealLog) checkpoint() tlog.Checkpoint {
	return tlog.Checkpoint{Origin: l.key.verifier.Name(), Size: l.tree.Size(), Root: l.tree.Root()}
}

// put stores a file of the log. If it is there already it has to be the same.
func (l *sealLog) put(ctx context.Context, f file) error {
	err := l.store.Put(ctx, f.key, f.data)
	if !errors.Is(err, object.ErrExists) {
		return err
	}
	there, err := l.store.Get(ctx, f.key, nil)
	if err != nil {
		return err
	}
	if !bytes.Equal(there, f.data) {
		return fmt.Errorf("%w: %s is not what follows from the leaves", ErrDamaged, f.key)
	}
	return nil
}

// follow publishes what is left of claims that are stored and reads the claims
// of others. It ends where the next claim is free.
func (l *sealLog) follow(ctx context.Context) error {
	for {
		if err := l.publish(ctx); err != nil {
			return err
		}
		signed, err := l.store.Get(ctx, claimKey(l.n), nil)
		if errors.Is(err, object.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		lines, err := parseClaim(signed, l.key.verifier)
		if err != nil {
			return fmt.Errorf("%w: %s: %w", ErrDamaged, claimKey(l.n), err)
		}
		// Another sealer may have done all that follows.
		_, err = l.store.Head(ctx, checkpointKey(l.n+uint64(len(lines))))
		if err != nil && !errors.Is(err, object.ErrNotExist) {
			return err
		}
		was := l.n
		if err := l.apply(ctx, lines, nil, err == nil); err != nil {
			return err
		}
		if r := l.remembered; was < r.Size && l.n >= r.Size && (l.n > r.Size || l.tree.Root() != r.Root) {
			return fmt.Errorf("%w: its first %d leaves are not those that were sealed from here", ErrDamaged, r.Size)
		}
	}
}

// claim tries to make leaves the next ones. It reports whether it did: if not,
// another sealer was quicker, and the caller follows. objects are those that the
// leaves are about, by key.
func (l *sealLog) claim(ctx context.Context, leaves []*Leaf, objects map[string]*Object) (bool, error) {
	at := l.now().UTC().Truncate(time.Second)
	if at.Before(l.at) {
		at = l.at
	}
	if l.dayOver(at) {
		day, err := l.dayLeaf(l.tree.Root())
		if err != nil {
			return false, err
		}
		leaves = append([]*Leaf{day}, leaves...)
	}
	p := l.position.clone()
	lines := make([][]byte, len(leaves))
	for i, leaf := range leaves {
		leaf.N, leaf.Time = p.n, at
		if leaf.Object != nil {
			leaf.Object.SourcePrevious = p.last[leaf.Object.Source]
		}
		if err := p.take(leaf, l.tree.Root); err != nil {
			return false, err
		}
		var err error
		if lines[i], err = leaf.line(); err != nil {
			return false, err
		}
		if len(lines[i]) > tlog.MaxLeaf {
			return false, ErrTooLong
		}
	}
	if l.key.Signer == nil {
		return false, errRotated
	}
	signed, err := signClaim(l.key.verifier.Name(), lines, l.key)
	if err != nil {
		return false, err
	}
	err = l.store.Put(ctx, claimKey(l.n), signed)
	if errors.Is(err, object.ErrExists) {
		// Ours, if an earlier answer was lost: the bytes are the same then.
		there, err := l.store.Get(ctx, claimKey(l.n), nil)
		if err != nil || !bytes.Equal(there, signed) {
			return false, err
		}
	} else if err != nil {
		return false, err
	}
	if err := l.apply(ctx, lines, objects, false); err != nil {
		return true, err
	}
	return true, l.publish(ctx)
}

// apply makes the lines of a stored claim part of the tree and notes what is to
// be published, unless it is. On an error nothing has changed.
func (l *sealLog) apply(ctx context.Context, lines [][]byte, objects map[string]*Object, published bool) error {
	first := l.n
	p := l.position.clone()
	leaves := make([]*Leaf, len(lines))
	for i, line := range lines {
		leaf, err := parseLeaf(line)
		if err == nil && leaf.Kind == KindDay && i > 0 {
			err = fmt.Errorf("leaf %d ends a day in the middle of a claim", p.n)
		}
		if err == nil {
			err = p.take(leaf, l.tree.Root)
		}
		if err != nil {
			return fmt.Errorf("%w: %s: %w", ErrDamaged, claimKey(first), err)
		}
		leaves[i] = leaf
	}
	var todo []file
	if !published {
		var err error
		if todo, err = l.consequences(ctx, leaves, objects); err != nil {
			return err
		}
	}
	if p.key != l.position.key {
		if err := l.changeKey(p.key, !published); err != nil {
			return err
		}
	}
	var full []tlog.File
	for _, line := range lines {
		full = l.tree.Append(line, full)
	}
	l.position = p
	for _, leaf := range leaves {
		l.seen(leaf)
	}
	if published {
		return l.settled(ctx)
	}
	for _, f := range append(full, l.tree.Partial(first)...) {
		todo = append(todo, file{key: tileKey(f.Tile), data: f.Data})
	}
	c := l.checkpoint()
	signed, err := c.Sign(l.signers()...)
	l.todo = append(todo, file{checkpointKey(c.Size), signed})
	return err
}

// consequences makes what follows from leaves beside the tree, signed by the key
// that signed their claim.
func (l *sealLog) consequences(ctx context.Context, leaves []*Leaf, objects map[string]*Object) (todo []file, err error) {
	if l.key.Signer == nil {
		return nil, errRotated
	}
	if leaves[0].Kind == KindDay {
		manifest, err := signDay(l.key.verifier.Name(), leaves[0].Record, l.key)
		if err != nil {
			return nil, err
		}
		todo = append(todo, file{key: dayKey(l.today.Date), data: manifest})
	}
	receipts, err := l.receipts(ctx, leaves, objects)
	if receipts != nil {
		todo = append(todo, file{key: receiptKey(leaves[0].N), data: receipts})
	}
	return todo, err
}

// settled goes on from a checkpoint that another sealer published.
func (l *sealLog) settled(ctx context.Context) error {
	c := l.checkpoint()
	if err := l.same(ctx, checkpointKey(c.Size), c); err != nil {
		return err
	}
	l.published, l.todo = c, nil
	l.sealed.Store(c.Size)
	if err := errors.Join(l.remember(), l.savePosition()); err != nil {
		return err
	}
	return l.promote()
}

// publish stores what follows from the claim in hand, the checkpoint last.
func (l *sealLog) publish(ctx context.Context) error {
	if len(l.todo) == 0 {
		return nil
	}
	if err := l.stands(ctx); err != nil {
		return err
	}
	for _, f := range l.todo {
		if err := l.put(ctx, f); err != nil {
			return err
		}
	}
	return l.settled(ctx)
}

// stands checks that the last checkpoint is still there: a log that was put back
// behind our back is not signed on.
func (l *sealLog) stands(ctx context.Context) error {
	return l.same(ctx, checkpointKey(l.published.Size), l.published)
}

// same checks that a stored checkpoint says what it has to. Its signature is for
// Verify to check: a key may have signed it that this process never had.
func (l *sealLog) same(ctx context.Context, key string, want tlog.Checkpoint) error {
	signed, err := l.store.Get(ctx, key, nil)
	if errors.Is(err, object.ErrNotExist) {
		return fmt.Errorf("%w: %s is missing", ErrDamaged, key)
	}
	if err != nil {
		return err
	}
	if c, err := tlog.ParseSigned(signed); err != nil || c != want {
		return fmt.Errorf("%w: %s is another one than follows from the leaves", ErrDamaged, key)
	}
	return nil
}

// find calls found for the keys that are in the log, from a leaf on. It reads all of
// them, for the rare case that nobody remembers.
func (l *sealLog) find(ctx context.Context, keys map[string]bool, from uint64, found func(key string)) error {
	if len(keys) == 0 {
		return nil
	}
	return each(ctx, l.store, from, l.published.Size, l.published.Size, func(leaf *Leaf) error {
		if leaf.Object != nil && keys[leaf.Object.Key] {
			found(leaf.Object.Key)
		}
		return nil
	})
}
