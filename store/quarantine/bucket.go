package quarantine

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/scrubline/scrubline/store/archive/object"
)

// Prefix is what the keys of all of a Bucket's objects start with, beside those of the
// archive.
const Prefix = "quarantine/"

const (
	entryPrefix    = Prefix + "entries/"
	replayedPrefix = Prefix + "replayed/"
)

// DefaultObjectBytes is SegmentBytes of a Bucket: an object's size, about.
const DefaultObjectBytes = 8 << 20

const (
	// sealerUses bounds the entries under one data key: nonces are drawn at random.
	sealerUses = 1 << 24
	// manyObjects is how many full objects may wait in memory.
	manyObjects = 4
)

// Bucket is a quarantine beside an archive, among its objects and under the store's
// retention. Each object is a segment with entries of one payload, named by the first
// of them, and stored once: whoever comes second, with the same records from there on,
// takes over what is there. So any number of processes may write.
//
// What was Put waits in memory, sealed, until Sync. There is no limit to the whole:
// MaxBytes and MaxEntries mean nothing here. Its methods may be called from many
// goroutines; those of one payload one after the other.
type Bucket struct {
	store     object.Store
	opt       Options
	newSealer func(context.Context) (sealer, error)
	entries   catalog
	// Adopted, if set, is told how many entries were found stored already.
	Adopted func(entries int)

	mu      sync.Mutex
	box     box // sealer is the one for payloads that come
	day     string
	uses    int
	closed  bool
	waiting map[string]*bundle // by payload
	bytes   int                // of all of them
	stats   Stats
}

// bundle are entries of a payload that are not stored yet.
type bundle struct {
	sealer sealer
	frames []sealed // ascending by record
	bytes  int
	// storing is held while they are stored.
	storing sync.Mutex
}

// sealed is an entry's frame.
type sealed struct {
	record uint64
	id     id
	frame  []byte
}

// OpenBucket opens the quarantine in a store of objects, for reading only if
// Options.Recipient is nil. It asks the store for nothing yet.
func OpenBucket(s object.Store, opt Options) (*Bucket, error) {
	if err := opt.Validate(); err != nil {
		return nil, err
	}
	if opt.SegmentBytes == 0 {
		opt.SegmentBytes = DefaultObjectBytes
	}
	opt.defaults()
	key := bytes.Clone(opt.Key)
	opt.Key = nil
	b := &Bucket{store: s, opt: opt, entries: catalog{store: s}, box: box{names: names{&key}}, waiting: map[string]*bundle{}}
	if opt.Recipient != nil {
		b.newSealer = func(ctx context.Context) (sealer, error) { return opt.Recipient.NewSealer(ctx) }
	}
	return b, nil
}

// Format prints nothing of what is in it.
func (b *Bucket) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[quarantine in a bucket]") }

// Stats counts what this process stored, and what the last List could not read.
func (b *Bucket) Stats() Stats {
	b.entries.mu.Lock()
	bad := b.entries.bad
	b.entries.mu.Unlock()
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.stats
	s.Damaged = bad
	return s
}

// Put seals a record's bytes, for Sync to store, and returns the entry's id. raw stays
// the caller's. After an error the batch must not go on.
func (b *Bucket) Put(ctx context.Context, e Entry, raw []byte) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", fmt.Errorf("putting in quarantine: %w", err)
	}
	if !e.valid() {
		return "", errEntry
	}
	if b.newSealer == nil {
		return "", errReadOnly
	}
	id, full, err := b.put(ctx, &e, raw)
	if err != nil {
		return "", err
	}
	for _, payload := range full {
		if err := b.Sync(ctx, payload); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(id[:]), nil
}

// put returns the payloads of which something must be stored before more comes.
func (b *Bucket) put(ctx context.Context, e *Entry, raw []byte) (name id, full []string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return name, nil, errClosed
	}
	of := b.waiting[e.PayloadID]
	if of == nil {
		if err := b.ensureKey(ctx); err != nil {
			return name, nil, err
		}
		of = &bundle{sealer: b.box.sealer}
		b.waiting[e.PayloadID] = of
	}
	name = b.box.id(e.PayloadID, e.Record)
	at, again := slices.BinarySearchFunc(of.frames, e.Record, func(s sealed, n uint64) int { return cmp.Compare(s.record, n) })
	if again { // its payload broke off before it was archived, and is read once more
		return name, nil, nil
	}
	kept, flags := b.opt.cut(e, raw)
	seal := box{b.box.names, of.sealer, b.box.buffer}
	one := sealed{e.Record, name, seal.frame(nil, name, e, flags, raw, kept)}
	b.box.buffer = seal.buffer
	of.frames = slices.Insert(of.frames, at, one)
	of.bytes += len(one.frame)
	b.bytes += len(one.frame)
	b.uses++
	switch {
	case int64(of.bytes) >= b.opt.SegmentBytes:
		full = []string{e.PayloadID}
	case int64(b.bytes) >= manyObjects*b.opt.SegmentBytes: // of payloads that nobody reads on, too
		full = slices.Collect(maps.Keys(b.waiting))
	}
	return name, full, nil
}

// ensureKey makes a data key if there is none, it was used often or its day is over.
func (b *Bucket) ensureKey(ctx context.Context) error {
	day := today()
	if b.box.sealer != nil && b.uses < sealerUses && b.day == day {
		return nil
	}
	s, err := b.newSealer(ctx)
	if err != nil {
		return fmt.Errorf("getting a data key for quarantine: %w", err)
	}
	b.box.sealer, b.day, b.uses = s, day, 0
	return nil
}

// Close forgets the key, and what was put and never synced: its batches are not
// archived.
func (b *Bucket) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed, b.waiting = true, nil
	clear(*b.box.key)
	return nil
}
