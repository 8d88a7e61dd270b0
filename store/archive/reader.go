package archive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/scrubline/scrubline/store/archive/object"
	"github.com/scrubline/scrubline/store/archive/tlog"
)

// Reader reads the seal log of an archive without a key and without writing.
// What it returns is what is stored: CheckProof and Verify say what it is worth.
// Its methods may be called from many goroutines.
type Reader struct {
	store object.Store

	mu     sync.Mutex
	signed []byte
	last   tlog.Checkpoint
	index  map[[16]byte]uint64 // leaves by the hash of their object's key, of the first read
	read   uint64
}

// NewReader opens the log as its newest checkpoint has it. object.ErrNotExist if
// there is none.
func NewReader(ctx context.Context, s object.Store) (*Reader, error) {
	r := &Reader{store: s, index: map[[16]byte]uint64{}}
	return r, r.refresh(ctx)
}

// refresh goes on to the newest checkpoint. It is called by whoever has mu or the
// only reference.
func (r *Reader) refresh(ctx context.Context) error {
	key, err := newestCheckpoint(ctx, r.store)
	if err != nil {
		return fmt.Errorf("looking for a checkpoint: %w", err)
	}
	signed, err := r.store.Get(ctx, key, nil)
	if err != nil {
		return fmt.Errorf("reading the newest checkpoint: %w", err)
	}
	last, err := tlog.ParseSigned(signed)
	if err != nil || checkpointKey(last.Size) != key {
		return fmt.Errorf("%w: %s is malformed", ErrDamaged, key)
	}
	r.signed, r.last = signed, last
	return nil
}

// Checkpoint is the signed note: origin, size, root and signatures. It is what a
// report embeds and an auditor keeps.
func (r *Reader) Checkpoint() (signed []byte, size uint64, root Hash) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return bytes.Clone(r.signed), r.last.Size, Hash(r.last.Root)
}

// Leaves calls fn for the leaves from to before end, at most those of the
// checkpoint, in order. An error from fn is returned as it is.
func (r *Reader) Leaves(ctx context.Context, from, end uint64, fn func(*Leaf) error) error {
	_, size, _ := r.Checkpoint()
	return each(ctx, r.store, from, min(end, size), size, fn)
}

// keys are the keys that signed the log, of which pubkey must be one, after
// checking the newest checkpoint's signature.
func (r *Reader) keys(ctx context.Context, pubkey string) (keyHistory, error) {
	given, err := parsePublicKey(pubkey)
	if err != nil {
		return nil, err
	}
	k := keyHistory{{public: strings.TrimSpace(pubkey), Verifier: given}}
	var changes []*Leaf
	err = each(ctx, r.store, 0, r.last.Size, r.last.Size, func(l *Leaf) error {
		if l.Kind == KindKey {
			changes = append(changes, l)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(changes) > 0 {
		var known bool
		if k, known = historyOf(k[0], changes); !known {
			return nil, errors.New("the key is none of the archive's")
		}
	}
	_, err = tlog.ParseCheckpoint(r.signed, k.signers(r.last.Size)...)
	return k, err
}
