package quarantine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/scrubline/scrubline/scrub/seal"
	"github.com/scrubline/scrubline/store/archive/object"
)

// Sync returns nil when everything put of a payload is stored. After an error it is
// still there, for the next Sync.
func (b *Bucket) Sync(ctx context.Context, payloadID string) error {
	b.mu.Lock()
	of := b.waiting[payloadID]
	b.mu.Unlock()
	if of == nil {
		return nil
	}
	of.storing.Lock()
	defer of.storing.Unlock()
	b.mu.Lock()
	frames := slices.Clone(of.frames)
	b.mu.Unlock()
	adopted, err := b.write(ctx, payloadID, of.sealer.Header(), frames)
	if err != nil {
		return fmt.Errorf("storing quarantined records: %w", err)
	}
	if adopted > 0 && b.Adopted != nil {
		b.Adopted(adopted)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	stored := make(map[uint64]bool, len(frames))
	for i := range frames {
		stored[frames[i].record] = true
		of.bytes -= len(frames[i].frame)
		b.bytes -= len(frames[i].frame)
		b.stats.Bytes += int64(len(frames[i].frame))
	}
	b.stats.Entries += len(frames) - adopted
	b.stats.Adopted += uint64(adopted)
	of.frames = slices.DeleteFunc(of.frames, func(s sealed) bool { return stored[s.record] })
	if len(of.frames) == 0 && b.waiting[payloadID] == of {
		delete(b.waiting, payloadID)
	}
	return nil
}

// write stores entries of a payload under the number of the first. Where another
// process, or we before an answer was lost, stored that one already, its object is
// taken over, and what is not in it is stored under the number of the first of that.
func (b *Bucket) write(ctx context.Context, payloadID string, header []byte, frames []sealed) (adopted int, err error) {
	for len(frames) > 0 {
		key := entryKey(payloadID, frames[0].record)
		data := bytes.Clone(header)
		for i := range frames {
			data = append(data, frames[i].frame...)
		}
		err := b.store.Put(ctx, key, data)
		if err == nil {
			return adopted, nil
		}
		if !errors.Is(err, object.ErrExists) {
			return adopted, err
		}
		there := map[id]bool{}
		if err := b.adopt(ctx, key, there); err != nil {
			return adopted, err
		}
		if !there[frames[0].id] {
			return adopted, fmt.Errorf("object %s: %w: it does not hold the record of its name", key, seal.ErrDamaged)
		}
		n := len(frames)
		frames = slices.DeleteFunc(slices.Clone(frames), func(s sealed) bool { return there[s.id] })
		adopted += n - len(frames)
	}
	return adopted, nil
}

// adopt adds the ids of an object's entries to there.
func (b *Bucket) adopt(ctx context.Context, key string, there map[id]bool) error {
	data, err := b.store.Get(ctx, key, nil)
	if err != nil {
		return err
	}
	_, _, err = segment(data, func(f frame) error { there[f.id] = true; return nil })
	if err != nil {
		return fmt.Errorf("object %s: %w", key, err)
	}
	return nil
}

func entryKey(payloadID string, record uint64) string {
	return fmt.Sprintf("%s%s/%020d.slq", entryPrefix, payloadID, record)
}

// segment calls visit for the entries of a segment in memory, and says what of it
// cannot be read. A header that is none is seal.ErrDamaged.
func segment(data []byte, visit func(frame) error) (header []byte, damaged int, err error) {
	r := bytes.NewReader(data)
	if header, err = seal.ReadHeader(r); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = seal.ErrDamaged
		}
		return nil, 1, err
	}
	sc := scan{r: r, size: int64(len(data)), from: int64(len(header))}
	err = sc.run(visit)
	if sc.torn { // no crash cuts an object
		sc.damaged++
	}
	return header, sc.damaged, err
}
