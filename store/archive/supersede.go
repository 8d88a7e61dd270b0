package archive

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/store/archive/object"
)

// Supersede stores b for the newest object of its batch, o: rows of the same records,
// of which some that are tombstones in o are events. Both stay, and the seal log says
// which stands for which. If o has a successor already, that wins: adopted is true,
// and the caller goes on with its rows. A nil error means durable; after any other
// error than ErrPlace and ErrDamaged the caller calls Supersede again.
//
// b gets its generation. It stays the caller's.
func (a *Archive) Supersede(ctx context.Context, o *Object, b *event.Batch) (now Object, adopted bool, err error) {
	if b.Key() != o.Meta.Key() || uint64(b.Rows()) != o.Rows || b.Final != o.Meta.Final || o.Meta.Generation == lastGeneration {
		return Object{}, false, fmt.Errorf("superseding %s: %w", o.Key, ErrPlace)
	}
	b.Generation = o.Meta.Generation + 1
	now, adopted, err = a.supersede(ctx, Key(&b.Meta), o, b)
	if err != nil {
		return Object{}, false, fmt.Errorf("superseding %s: %w", o.Key, err)
	}
	return now, adopted, nil
}

func (a *Archive) supersede(ctx context.Context, key string, o *Object, b *event.Batch) (Object, bool, error) {
	tied := &Object{Previous: o.Previous, Supersedes: o.SHA256, Original: o.link()}
	c := a.codec()
	defer a.idle(c)
	var f *footer
	var hash Hash
	var err error
	c.buf, hash, err = c.enc.Encode(c.buf[:0], b, func(body [sha256.Size]byte) ([]byte, error) {
		f = describe(b, tied, body, c.rows.hash(b))
		return json.Marshal(f)
	})
	if err != nil {
		return Object{}, false, err
	}
	a.gate.RLock()
	defer a.gate.RUnlock()
	err = a.put(ctx, key, c.buf, b.Source)
	if errors.Is(err, object.ErrExists) {
		return a.adopt(ctx, key)
	}
	if err != nil {
		return Object{}, false, err
	}
	now := f.object(hash, int64(len(c.buf)))
	a.wait(now, false, 0)
	return now, false, nil
}

// Holding calls fn for the newest objects of a payload that hold any of the records,
// which must ascend, with those that each holds. It reads as many objects as it
// takes to find them among the names.
func (a *Archive) Holding(ctx context.Context, payloadID string, records []uint64, fn func(o Object, of []uint64) error) error {
	var keys []string
	err := newest(ctx, a.store, root+payloadID+"/", func(i object.Info) error { keys = append(keys, i.Key); return nil })
	for err == nil && len(records) > 0 && len(keys) > 0 {
		var o Object
		var at int
		if o, at, err = a.holder(ctx, keys, records[0]); err != nil {
			break
		}
		n := 0
		for n < len(records) && records[n] < o.End {
			n++
		}
		if n > 0 {
			err = fn(o, records[:n])
		}
		keys, records = keys[at+1:], records[n:]
	}
	if err != nil {
		return fmt.Errorf("looking for the records of payload %s: %w", payloadID, err)
	}
	return nil
}

// holder finds the last of keys whose object starts at or before a record.
func (a *Archive) holder(ctx context.Context, keys []string, record uint64) (o Object, at int, err error) {
	for from, end := 0, len(keys); ; {
		mid := (from + end) / 2
		if o, err = a.look(ctx, keys[mid]); err != nil {
			return o, mid, err
		}
		switch {
		case o.Meta.Start > record && mid > from:
			end = mid
		case o.End <= record && mid+1 < end:
			from = mid + 1
		default:
			return o, mid, nil
		}
	}
}
