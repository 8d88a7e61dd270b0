package quarantine

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"

	"github.com/scrubline/scrubline/scrub/seal"
)

// List calls visit for every entry, oldest segment first, until visit returns
// an error, which List returns. Damaged entries are left out; see Stats.
func (s *Store) List(ctx context.Context, visit func(Item) error) error {
	s.mu.Lock()
	segments := s.segments[:len(s.segments):len(s.segments)]
	s.mu.Unlock()
	marks, err := s.replayed()
	if err != nil {
		return err
	}
	for i, path := range segments {
		if err := s.listSegment(ctx, i, path, marks, visit); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) listSegment(ctx context.Context, at int, path string, marks map[id]bool, visit func(Item) error) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("listing quarantine: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("listing quarantine: %w", err)
	}
	header, err := seal.ReadHeader(f)
	if err != nil { // Stats counts it as damaged
		return nil
	}
	sc := scan{r: f, size: info.Size(), from: int64(len(header))}
	return sc.run(func(fr frame) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		s.mu.Lock()
		current := s.index[fr.id]
		s.mu.Unlock()
		if int(current.segment) != at || int64(current.off) != fr.off {
			return nil // a later entry replaces it
		}
		fr.item.Replayed = marks[fr.id]
		return visit(fr.item)
	})
}

// Open returns an entry with the bytes that were kept of the record and its
// origin. They are raw: the caller must treat them as PHI. The error is
// ErrNotFound, ErrFull if only size and hash are there, seal.ErrOtherKey,
// seal.ErrDamaged, or why a KMS did not answer.
func (s *Store) Open(ctx context.Context, name string, key seal.Key) (it Item, origin string, raw []byte, err error) {
	fail := func(err error) (Item, string, []byte, error) {
		return it, "", nil, fmt.Errorf("opening quarantined record: %w", err)
	}
	b, err := hex.DecodeString(name)
	if err != nil || len(b) != idLen {
		return fail(ErrNotFound)
	}
	s.mu.Lock()
	at, ok := s.index[id(b)]
	var path string
	if ok {
		path = s.segments[at.segment]
	}
	s.mu.Unlock()
	if !ok {
		return fail(ErrNotFound)
	}
	header, fr, err := readFrame(path, int64(at.off))
	if err != nil {
		return fail(err)
	}
	it = fr.item
	if !it.Kept {
		return fail(ErrFull)
	}
	if origin, raw, err = fr.open(ctx, header, key); err != nil {
		return fail(err)
	}
	return it, origin, raw, nil
}

var errFound = errors.New("found")

func readFrame(path string, off int64) (header []byte, fr frame, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fr, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fr, err
	}
	if header, err = seal.ReadHeader(f); err != nil {
		return nil, fr, err
	}
	sc := scan{r: f, size: info.Size(), from: off}
	err = sc.run(func(found frame) error {
		fr = found
		return errFound
	})
	if !errors.Is(err, errFound) || fr.off != off {
		return nil, fr, errors.Join(seal.ErrDamaged, err)
	}
	return header, fr, nil
}
