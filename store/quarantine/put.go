package quarantine

import (
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"github.com/scrubline/scrubline/scrub/durable"
	"github.com/scrubline/scrubline/scrub/seal"
)

// Put keeps the bytes of a record and returns the entry's id. raw stays the
// caller's. A record that is there already is not written again.
//
// The error is ErrFull, with the id, if the bytes could not be kept for lack of
// room: the batch goes on. Any other error means that nothing was kept and the
// batch must not go on.
func (s *Store) Put(ctx context.Context, e Entry, raw []byte) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", fmt.Errorf("putting in quarantine: %w", err)
	}
	if !e.valid() {
		return "", errEntry
	}
	if s.newSealer == nil {
		return "", errReadOnly
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken != nil {
		return "", s.broken
	}
	id := s.box.id(e.PayloadID, e.Record)
	name := hex.EncodeToString(id[:])
	had, known := s.index[id]
	if known && had.kept {
		return name, nil
	}

	kept, flags := s.opt.cut(&e, raw)
	need := int64(prefixLen + headFixed + len(e.Code) + len(e.PayloadID))
	if s.file == nil {
		need += int64(seal.HeaderLen) // about: one of a KMS says itself how long it is
	}
	full := need + int64(2+len(e.Origin)+len(kept)+seal.Overhead)
	omit := s.bytes+full > s.opt.MaxBytes
	if omit || !known && len(s.index) >= s.opt.MaxEntries {
		s.omitted++
		// Marks have a sixteenth of the room to themselves; after that nothing
		// is written, only counted.
		if known || len(s.index) >= s.opt.MaxEntries || s.bytes+need > s.opt.MaxBytes+s.opt.MaxBytes/16 {
			return name, ErrFull
		}
		flags |= flagOmitted
	}
	if err := s.ensureSegment(ctx); err != nil {
		return "", err
	}
	s.frame = s.box.frame(s.frame[:0], id, &e, flags, raw, kept)
	if err := s.write(); err != nil {
		return "", err
	}
	s.index[id] = place{int32(len(s.segments) - 1), !omit, uint32(s.size)}
	s.size += int64(len(s.frame))
	s.bytes += int64(len(s.frame))
	if omit {
		return name, ErrFull
	}
	return name, nil
}

// write appends s.frame in one call, so that a killed process leaves whole
// entries. After a failed write (a full disk) the file is cut to what it was.
func (s *Store) write() error {
	s.dirty = true
	_, err := s.file.WriteAt(s.frame, s.size)
	if err == nil {
		return nil
	}
	err = fmt.Errorf("writing quarantine: %w", err)
	if e := s.file.Truncate(s.size); e != nil {
		s.broken = err
	}
	return err
}

// ensureSegment begins a segment if there is none, it is long enough or its day
// is over.
func (s *Store) ensureSegment(ctx context.Context) error {
	day := today()
	if s.file != nil && s.size < s.opt.SegmentBytes && s.day == day {
		return nil
	}
	if err := s.endSegment(); err != nil {
		return err
	}
	sl, err := s.newSealer(ctx)
	if err != nil {
		return fmt.Errorf("beginning segment: %w", err)
	}
	path := filepath.Join(s.dir, fmt.Sprintf("%08d-%s.slq", s.number+1, day))
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("beginning segment: %w", err)
	}
	// The header is durable before any entry is: entries without it would count
	// as kept after a power cut, and nobody could open them.
	_, err = f.Write(sl.Header())
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = durable.Sync(s.dir)
	}
	if err != nil {
		_, _ = f.Close(), os.Remove(path)
		return fmt.Errorf("beginning segment: %w", err)
	}
	s.file, s.box.sealer, s.day = f, sl, day
	s.number++
	s.size = int64(len(sl.Header()))
	s.bytes += s.size
	s.segments = append(s.segments, path)
	return nil
}
