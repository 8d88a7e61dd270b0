package quarantine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/scrubline/scrubline/scrub/seal"
	"github.com/scrubline/scrubline/store/archive/object"
)

// catalog is what is known of the objects with entries. It is read when somebody first
// asks, a GET an object.
type catalog struct {
	store object.Store

	mu   sync.Mutex
	keys map[id]string // of the entries that were seen
	bad  int           // entries and objects that could not be read

	// The object that was read last: a payload's entries lie together.
	last string
	data []byte
}

// List calls visit for every stored entry, in the order of their payloads' names and of
// a payload in that of its records, mostly, until visit returns an error, which List
// returns. Of what is there twice the first counts. Damaged objects are left out.
func (b *Bucket) List(ctx context.Context, visit func(Item) error) error {
	marks, err := b.replayed(ctx)
	if err != nil {
		return err
	}
	return b.entries.each(ctx, func(f frame) error {
		f.item.Replayed = marks[f.id]
		return visit(f.item)
	})
}

// each reads all objects.
func (c *catalog) each(ctx context.Context, visit func(frame) error) error {
	var buf []byte
	bad := 0
	err := c.store.List(ctx, entryPrefix, func(i object.Info) (err error) {
		if buf, err = c.store.Get(ctx, i.Key, buf[:0]); err != nil {
			return fmt.Errorf("listing quarantine: %w", err)
		}
		visited := error(nil)
		_, damaged, err := segment(buf, func(f frame) error {
			if f.item.PayloadID != payloadOf(i.Key) || c.note(f.id, i.Key) != i.Key {
				return nil
			}
			visited = visit(f)
			return visited
		})
		bad += damaged
		if visited == nil && errors.Is(err, seal.ErrDamaged) {
			return nil
		}
		return err
	})
	if err == nil {
		c.mu.Lock()
		c.bad = bad
		c.mu.Unlock()
	}
	return err
}

// payloadOf is the payload whose entries the key names.
func payloadOf(key string) string {
	name := strings.TrimPrefix(key, entryPrefix)
	return name[:max(0, strings.LastIndexByte(name, '/'))]
}

// note notes where an entry lies, and returns where it was seen first.
func (c *catalog) note(of id, key string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.keys == nil {
		c.keys = map[id]string{}
	}
	if at, ok := c.keys[of]; ok {
		return at
	}
	c.keys[of] = key
	return key
}

// Open returns an entry with the bytes that were kept of the record and its origin.
// They are raw: the caller must treat them as PHI. The error is ErrNotFound,
// seal.ErrOtherKey, seal.ErrDamaged, or why the store or a KMS did not answer. Looking
// for an entry that List was not called for reads all objects.
func (b *Bucket) Open(ctx context.Context, name string, key seal.Key) (it Item, origin string, raw []byte, err error) {
	var want id
	n, err := hex.Decode(want[:], []byte(name[:min(len(name), hex.EncodedLen(idLen))]))
	if err != nil || n != idLen || len(name) != hex.EncodedLen(idLen) {
		err = ErrNotFound
	} else {
		it, origin, raw, err = b.entries.open(ctx, want, key)
	}
	if err != nil {
		return it, "", nil, fmt.Errorf("opening quarantined record: %w", err)
	}
	return it, origin, raw, nil
}

func (c *catalog) open(ctx context.Context, want id, key seal.Key) (it Item, origin string, raw []byte, err error) {
	at, err := c.find(ctx, want)
	if err != nil {
		return it, "", nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last != at {
		c.last = ""
		if c.data, err = c.store.Get(ctx, at, c.data[:0]); err != nil {
			return it, "", nil, err
		}
		c.last = at
	}
	found := false
	var entry frame
	header, _, err := segment(c.data, func(f frame) error {
		if f.id == want {
			found, entry = true, f
			return errFound
		}
		return nil
	})
	if err != nil && !errors.Is(err, errFound) {
		return it, "", nil, err
	}
	if !found {
		return it, "", nil, seal.ErrDamaged
	}
	origin, raw, err = entry.open(ctx, header, key)
	return entry.item, origin, raw, err
}

// find returns the object that holds an entry.
func (c *catalog) find(ctx context.Context, want id) (string, error) {
	c.mu.Lock()
	at, ok := c.keys[want]
	c.mu.Unlock()
	if ok {
		return at, nil
	}
	err := c.each(ctx, func(f frame) error {
		if f.id == want {
			return errFound
		}
		return nil
	})
	if err != nil && !errors.Is(err, errFound) {
		return "", err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if at, ok = c.keys[want]; !ok {
		return "", ErrNotFound
	}
	return at, nil
}

// MarkReplayed notes, durably, that the records of entries are events now. The entries
// stay.
func (b *Bucket) MarkReplayed(ctx context.Context, ids []string) error {
	text := []byte(marksText(ids))
	sum := sha256.Sum256(text)
	err := b.store.Put(ctx, replayedPrefix+hex.EncodeToString(sum[:]), text)
	if err != nil && !errors.Is(err, object.ErrExists) { // who is there said the same
		return fmt.Errorf("marking quarantined records as replayed: %w", err)
	}
	return nil
}

// replayed reads the marks.
func (b *Bucket) replayed(ctx context.Context) (map[id]bool, error) {
	marks := map[id]bool{}
	var buf []byte
	err := b.store.List(ctx, replayedPrefix, func(i object.Info) (err error) {
		if buf, err = b.store.Get(ctx, i.Key, buf[:0]); err == nil {
			readMarks(marks, buf)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading what was replayed: %w", err)
	}
	return marks, nil
}
