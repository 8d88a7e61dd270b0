package archive

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/store/archive/object"
	"github.com/scrubline/scrubline/store/archive/object/local"
	"github.com/scrubline/scrubline/store/archive/parquet"
)

// Folders and files below the data folder.
const (
	Folder  = "archive"          // objects below v1/, the seal log below log/
	KeyFile = "keys/archive.key" // signing key, mode 0600
	PubFile = "keys/archive.pub" // the public key that Verify takes
)

// root is what the keys of all objects start with.
const root = "v1/"

// Write seals by itself when this many objects wait or the oldest waits this
// long.
const (
	sealObjects = 1000
	sealAge     = 60 * time.Second
)

// ErrPlace says that a batch does not continue its payload's chain: it starts
// neither where the chain ends nor where one of its objects starts.
var ErrPlace = errors.New("batch is out of place")

// Options of Open. The zero value is the archive in the data folder.
type Options struct {
	// Store holds the objects; nil means the folder archive/ of the data folder.
	Store object.Store
	// Local configures the folder if Store is nil.
	Local local.Options
	// Retention is for stores that lock; without a default the store's own holds.
	Retention Retention
}

// Archive is an open archive. Its methods may be called from many goroutines,
// and several processes may have the same archive open.
type Archive struct {
	store     object.Store
	retention Retention
	log       *sealLog
	journal   *journal

	// gate is held for reading from a Put to the entry in waiting, and for
	// writing while the log's new leaves are compared with what waits.
	gate sync.RWMutex

	mu         sync.Mutex
	waiting    map[string]*waiting // by key
	order      int
	oldest     time.Time
	tails      map[string]Object // last object of payloads being written
	codecs     []*codec          // idle
	unsealable []Problem
}

// waiting is an object to be sealed. One that was adopted may be sealed already:
// whoever stored it, perhaps we ourselves when an answer was lost, may have died
// or may not know that it was stored.
type waiting struct {
	Object
	adopted bool
	from    uint64 // of an adopted one: its leaf, if there is one, is no earlier
	order   int    // of storing
}

// codec is the memory for one goroutine's encoding or decoding.
type codec struct {
	enc  *parquet.Encoder
	dec  *parquet.Decoder
	rows *rowTree
	buf  []byte
}

// Open opens the archive of a data folder and makes it on first use, with a new
// signing key. It reads the right edge of the seal log, checks it against its checkpoint
// and the last one that was signed from this data folder, and seals objects that
// processes of this data folder stored and died before they sealed them. If the
// folder knows too little for that (it is new, or the machine went down), Open reads
// the whole log and does what Reconcile does. ErrDamaged if the log is not what was
// signed.
func Open(ctx context.Context, data string, o Options) (*Archive, error) {
	if o.Store == nil {
		s, err := local.Open(filepath.Join(data, Folder), o.Local)
		if err != nil {
			return nil, fmt.Errorf("opening archive: %w", err)
		}
		o.Store = s
	}
	a := &Archive{store: o.Store, retention: o.Retention, waiting: map[string]*waiting{}, tails: map[string]Object{}}
	a.log = &sealLog{store: o.Store, data: data, now: time.Now, look: a.look, seen: func(l *Leaf) {
		if l.Object != nil {
			a.sealed(l.Object.Key)
		}
	}}
	opened := false
	defer func() {
		if !opened {
			_ = a.journal.close()
		}
	}()
	if err := a.open(ctx, data); err != nil {
		return nil, fmt.Errorf("opening archive: %w", err)
	}
	opened = true
	return a, nil
}

// Close seals what waits. What it could not seal the next Open does.
func (a *Archive) Close(ctx context.Context) error {
	return errors.Join(a.Seal(ctx), a.journal.close())
}

// Write stores a batch. If its key holds an object already, perhaps ours from
// before a crash, that object wins: adopted is true, Object describes what is
// stored, and the caller goes on with its rows (Read) and its End instead of the
// batch's. A nil error means durable. After any other error than ErrPlace and
// ErrDamaged the caller calls Write again.
//
// The batches of one payload must be written one after the other, those of
// different payloads may be written at the same time. A batch without rows is
// stored only if it is its payload's last. The batch stays the caller's.
func (a *Archive) Write(ctx context.Context, b *event.Batch) (o Object, adopted bool, err error) {
	if b.Rows() == 0 && !b.Final {
		return Object{}, false, fmt.Errorf("%w: it has no rows and does not end its payload", ErrPlace)
	}
	key := Key(&b.Meta)
	if err := object.CheckKey(key); err != nil {
		return Object{}, false, fmt.Errorf("archiving batch: %w", err)
	}
	o, adopted, err = a.write(ctx, key, b)
	if err != nil {
		return Object{}, false, fmt.Errorf("archiving batch: %w", err)
	}
	a.mu.Lock()
	if a.tails[o.Meta.PayloadID] = o; o.Meta.Final {
		delete(a.tails, o.Meta.PayloadID)
	}
	due := len(a.waiting) >= sealObjects || len(a.waiting) > 0 && time.Since(a.oldest) >= sealAge
	a.mu.Unlock()
	if due {
		if err := a.Seal(ctx); err != nil {
			return Object{}, false, err
		}
	}
	return o, adopted, nil
}

func (a *Archive) write(ctx context.Context, key string, b *event.Batch) (Object, bool, error) {
	previous, err := a.previous(ctx, b)
	if errors.Is(err, ErrPlace) {
		// Not the next of the chain, but perhaps one of it.
		a.gate.RLock()
		defer a.gate.RUnlock()
		o, adopted, adoptErr := a.adopt(ctx, key)
		if errors.Is(adoptErr, object.ErrNotExist) {
			return Object{}, false, err
		}
		return o, adopted, adoptErr
	}
	if err != nil {
		return Object{}, false, err
	}
	c := a.codec()
	defer a.idle(c)
	var f *footer
	var hash Hash
	c.buf, hash, err = c.enc.Encode(c.buf[:0], b, func(body [sha256.Size]byte) ([]byte, error) {
		f = describe(b, &Object{Previous: previous}, body, c.rows.hash(b))
		return json.Marshal(f)
	})
	if err != nil {
		return Object{}, false, err
	}
	o := f.object(hash, int64(len(c.buf)))
	a.gate.RLock()
	defer a.gate.RUnlock()
	err = a.put(ctx, key, c.buf, b.Source)
	if errors.Is(err, object.ErrExists) {
		return a.adopt(ctx, key)
	}
	if err != nil {
		return Object{}, false, err
	}
	a.wait(o, false, 0)
	return o, false, nil
}

// adopt takes what is stored under a key as what was to be written.
func (a *Archive) adopt(ctx context.Context, key string) (Object, bool, error) {
	o, err := a.look(ctx, key)
	if err != nil {
		return Object{}, false, err
	}
	a.wait(o, true, 0)
	now, err := newestOf(ctx, a.store, o.Meta.Key())
	if err == nil && now != key {
		o, err = a.look(ctx, now)
	}
	return o, true, err
}

// wait notes an object to be sealed. One that was adopted may be in the log already, at
// the leaf from or behind it.
func (a *Archive) wait(o Object, adopted bool, from uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.waiting[o.Key] != nil {
		return
	}
	if len(a.waiting) == 0 {
		a.oldest = time.Now()
	}
	a.order++
	a.waiting[o.Key] = &waiting{Object: o, adopted: adopted, from: from, order: a.order}
}

// previous returns the hash of the object that b continues: the first of its place.
func (a *Archive) previous(ctx context.Context, b *event.Batch) (Hash, error) {
	if b.Start == 0 {
		if !joins(&Object{}, &b.Meta) {
			return Hash{}, ErrPlace
		}
		return Hash{}, nil
	}
	a.mu.Lock()
	tail, ok := a.tails[b.PayloadID]
	a.mu.Unlock()
	switch {
	case ok && tail.End == b.Start:
	case b.Stream != nil:
		var err error
		if tail, ok, err = a.Tail(ctx, b.PayloadID, b.Stream.From); err != nil {
			return Hash{}, err
		} else if !ok {
			return Hash{}, ErrPlace
		}
	default:
		chain, err := a.Chain(ctx, b.PayloadID)
		if err != nil {
			return Hash{}, err
		}
		if len(chain) > 0 {
			tail = chain[len(chain)-1]
		}
	}
	if tail.End != b.Start || tail.Meta.Final || !joins(&tail, &b.Meta) {
		return Hash{}, ErrPlace
	}
	return tail.link(), nil
}

// look describes a stored object after checking it.
func (a *Archive) look(ctx context.Context, key string) (Object, error) {
	c := a.codec()
	defer a.idle(c)
	var err error
	if c.buf, err = a.store.Get(ctx, key, c.buf[:0]); err != nil {
		return Object{}, err
	}
	o, _, err := inspect(key, c.buf)
	return o, err
}

// Read fills into with the rows of an object, whatever it held before.
func (a *Archive) Read(ctx context.Context, key string, into *event.Batch) error {
	c := a.codec()
	defer a.idle(c)
	_, err := read(ctx, a.store, c, key, into)
	return err
}

// read gets, checks and, if into is not nil, decodes an object.
func read(ctx context.Context, s object.Store, c *codec, key string, into *event.Batch) (Object, error) {
	var err error
	if c.buf, err = s.Get(ctx, key, c.buf[:0]); err != nil {
		return Object{}, err
	}
	o, file, err := inspect(key, c.buf)
	if err != nil || into == nil {
		return o, err
	}
	into.Reset(o.Meta)
	if err := c.dec.Decode(file, into); err != nil {
		return o, fmt.Errorf("%w: object %s: %w", ErrDamaged, key, err)
	}
	return o, nil
}

// Chain returns the objects of a payload in their order, of each place the newest,
// none if it was never written. The payload is finished if the last one's Meta.Final is set; else
// reading resumes at the record of its End. ErrDamaged if they do not follow
// each other.
func (a *Archive) Chain(ctx context.Context, payloadID string) ([]Object, error) {
	var chain []Object
	err := newest(ctx, a.store, root+payloadID+"/", func(i object.Info) error {
		o, err := a.look(ctx, i.Key)
		if err != nil {
			return err
		}
		var before Object
		if n := len(chain); n > 0 {
			before = chain[n-1]
		}
		if wrong := follows(&before, &o); wrong != "" {
			return fmt.Errorf("%w: object %s: %s", ErrDamaged, o.Key, wrong)
		}
		chain = append(chain, o)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading chain of payload %s: %w", payloadID, err)
	}
	return chain, nil
}

// follows says what is wrong with o as the object after before, which is empty if
// there is none.
func follows(before, o *Object) string {
	if !joins(before, &o.Meta) {
		return "its messages do not follow those before it"
	}
	b, s := sealedOf(before), sealedOf(o)
	b.SHA256 = before.link()
	return s.follows(&b)
}

// Walk calls fn for the newest object of every place of the archive in the order of
// their keys, which keeps a payload's objects together and in order. If into is not nil it
// holds the object's rows during the call. An error from fn ends the walk.
func (a *Archive) Walk(ctx context.Context, into *event.Batch, fn func(Object) error) error {
	c := a.codec()
	defer a.idle(c)
	return walk(ctx, a.store, c, into, fn)
}

func walk(ctx context.Context, s object.Store, c *codec, into *event.Batch, fn func(Object) error) error {
	return newest(ctx, s, root, func(i object.Info) error {
		o, err := read(ctx, s, c, i.Key, into)
		if err != nil {
			return err
		}
		return fn(o)
	})
}

func (a *Archive) codec() *codec {
	a.mu.Lock()
	defer a.mu.Unlock()
	if n := len(a.codecs); n > 0 {
		c := a.codecs[n-1]
		a.codecs = a.codecs[:n-1]
		return c
	}
	return newCodec()
}

func newCodec() *codec {
	return &codec{enc: parquet.NewEncoder(), dec: parquet.NewDecoder(), rows: newRowTree()}
}

// idle takes a codec back. Two are kept: they hold memory.
func (a *Archive) idle(c *codec) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.codecs) < 2 {
		a.codecs = append(a.codecs, c)
	}
}

func sum(data []byte) Hash { return sha256.Sum256(data) }
