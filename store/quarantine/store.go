package quarantine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/scrubline/scrubline/scrub/seal"
)

var (
	// ErrFull says that the bytes of a record were not kept, only its size and
	// hash, or not even those. The tombstone is written all the same.
	ErrFull = errors.New("quarantine is full: the record's bytes were not kept")
	// ErrNotFound says that no entry has the id.
	ErrNotFound = errors.New("no such entry in quarantine")
	// ErrInUse says that another process writes to the folder.
	ErrInUse = errors.New("quarantine is in use by another process")

	errReadOnly = errors.New("quarantine is open for reading only")
	errClosed   = errors.New("quarantine is closed")
)

// Options configure a quarantine. Limits that are 0 take the default.
type Options struct {
	// Recipient is whom entries are sealed to; nil opens the folder for reading
	// only, also while another process writes to it.
	Recipient seal.Recipient
	// Key names and hashes the entries, 32 bytes, the same for a folder's whole
	// life; copied. Not needed for reading.
	Key []byte

	MaxRecord    int   // bytes kept of one record
	MaxBytes     int64 // of all segments; a sixteenth more for entries without bytes
	MaxEntries   int   // bounds the index in memory, about 50 bytes each
	SegmentBytes int64 // a new segment is begun behind it, and every day (UTC)
}

// The defaults of Options.
const (
	DefaultMaxRecord    = 1 << 20
	DefaultMaxBytes     = 256 << 20
	DefaultMaxEntries   = 1 << 20
	DefaultSegmentBytes = 64 << 20
)

// Validate names the first limit or key that can't be.
func (o *Options) Validate() error {
	switch {
	case o.Recipient != nil && len(o.Key) != 32:
		return errors.New("quarantine: the key must have 32 bytes")
	case o.MaxRecord < 0 || o.MaxRecord > 1<<30 || o.MaxBytes < 0 || o.MaxEntries < 0:
		return errors.New("quarantine: a limit is out of range")
	case o.SegmentBytes < 0 || o.SegmentBytes > 2<<30:
		return errors.New("quarantine: segments must not pass 2 GiB")
	}
	return nil
}

func (o *Options) defaults() {
	if o.MaxRecord == 0 {
		o.MaxRecord = DefaultMaxRecord
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	if o.MaxEntries == 0 {
		o.MaxEntries = DefaultMaxEntries
	}
	if o.SegmentBytes == 0 {
		o.SegmentBytes = DefaultSegmentBytes
	}
}

// Stats counts what the folder holds and what this process could not keep.
type Stats struct {
	Entries int    // different ids
	Bytes   int64  // on disk
	Damaged int    // entries or rests of segments that cannot be read
	Omitted uint64 // Put since Open whose bytes were not kept
	Adopted uint64 // put since OpenBucket and found stored already
}

// Store is a quarantine folder. Its methods may be called from many goroutines.
type Store struct {
	dir       string
	opt       Options
	box       box
	newSealer func(context.Context) (sealer, error)
	lock      *os.File

	mu       sync.Mutex
	index    map[id]place
	segments []string // paths; places refer to them by position
	number   int      // of the last segment's file
	bytes    int64
	damaged  int
	omitted  uint64
	broken   error // after a failed write or fsync the file's state is unknown

	// The segment being written, if any.
	file  *os.File
	size  int64
	day   string
	dirty bool // written and not yet synced
	frame []byte
}

type place struct {
	segment int32
	kept    bool
	off     uint32
}

// Open opens a quarantine folder and reads its index. For writing it makes the
// folder, locks it (ErrInUse) and cuts off what a crash left half written.
func Open(dir string, opt Options) (*Store, error) {
	if err := opt.Validate(); err != nil {
		return nil, err
	}
	opt.defaults()
	key := append([]byte(nil), opt.Key...)
	opt.Key = nil
	s := &Store{dir: dir, opt: opt, box: box{names: names{&key}}, index: map[id]place{}}
	if opt.Recipient != nil {
		s.newSealer = func(ctx context.Context) (sealer, error) { return opt.Recipient.NewSealer(ctx) }
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("opening quarantine: %w", err)
		}
		if err := s.takeLock(); err != nil {
			return nil, err
		}
	}
	if err := s.readIndex(); err != nil {
		s.unlock()
		return nil, fmt.Errorf("opening quarantine: %w", err)
	}
	return s, nil
}

func (s *Store) takeLock() error {
	f, err := os.OpenFile(filepath.Join(s.dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("locking quarantine: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return fmt.Errorf("opening %s: %w", s.dir, ErrInUse)
	}
	s.lock = f
	return nil
}

func (s *Store) unlock() {
	if s.lock != nil {
		_ = s.lock.Close() // gives the lock back
		s.lock = nil
	}
}

// readIndex reads all segments. Only the last one can be torn by a crash: an
// earlier one was synced before the next was begun.
func (s *Store) readIndex() error {
	paths, err := filepath.Glob(filepath.Join(s.dir, "*.slq"))
	if err != nil {
		return err
	}
	for i, path := range paths {
		if err := s.readSegment(path, i == len(paths)-1 && s.opt.Recipient != nil); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) readSegment(path string, repair bool) error {
	var day string
	var number int
	if _, err := fmt.Sscanf(filepath.Base(path), "%8d-%8s.slq", &number, &day); err != nil {
		return fmt.Errorf("%s is not named as a segment", path)
	}
	s.number = max(s.number, number)
	f, err := os.OpenFile(path, map[bool]int{false: os.O_RDONLY, true: os.O_RDWR}[repair], 0)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	size := info.Size()
	header, err := seal.ReadHeader(f)
	switch {
	case repair && errors.Is(err, io.ErrUnexpectedEOF): // killed while it was begun
		return os.Remove(path)
	case errors.Is(err, io.ErrUnexpectedEOF): // it is being begun
	case errors.Is(err, seal.ErrDamaged):
		s.damaged++
		header = make([]byte, size) // no entry can be told
	case err != nil:
		return err
	}
	at := len(s.segments)
	s.segments = append(s.segments, path)
	sc := scan{r: f, size: size, from: int64(len(header))}
	err = sc.run(func(fr frame) error {
		if fr.off > 1<<32-1 {
			return fmt.Errorf("%s is longer than a segment can be", path)
		}
		s.index[fr.id] = place{int32(at), fr.item.Kept, uint32(fr.off)}
		return nil
	})
	if err != nil {
		return err
	}
	s.damaged += sc.damaged
	if repair {
		if sc.torn {
			if err := f.Truncate(sc.tornAt); err != nil {
				return err
			}
			size = sc.tornAt
		}
		// What a killed process wrote may be in the page cache only, and Put will
		// take it for kept.
		if err := f.Sync(); err != nil {
			return err
		}
	}
	s.bytes += size
	return nil
}

// Format prints the folder's name only.
func (s *Store) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "[quarantine %s]", s.dir) }

// Stats returns the counters.
func (s *Store) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Stats{Entries: len(s.index), Bytes: s.bytes, Damaged: s.damaged, Omitted: s.omitted}
}

// Sync returns nil when everything put so far, of any payload, survives a power cut.
// After an error nothing more can be put: the folder must be opened anew.
func (s *Store) Sync(context.Context, string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sync()
}

func (s *Store) sync() error {
	if s.broken != nil {
		return s.broken
	}
	if !s.dirty {
		return nil
	}
	// After a failed fsync the kernel may have dropped the pages and a second
	// one would succeed without them.
	if err := s.file.Sync(); err != nil {
		s.broken = fmt.Errorf("syncing quarantine: %w", err)
		return s.broken
	}
	s.dirty = false
	return nil
}

// Close syncs and closes. The store cannot be used afterwards.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.endSegment()
	if s.broken == nil {
		s.broken = errClosed
	}
	clear(*s.box.key)
	s.unlock()
	return err
}

func (s *Store) endSegment() error {
	if s.file == nil {
		return nil
	}
	err := s.sync()
	if e := s.file.Close(); err == nil && e != nil {
		err = fmt.Errorf("closing quarantine: %w", e)
	}
	s.file, s.box.sealer = nil, nil
	return err
}

func today() string { return time.Now().UTC().Format("20060102") }
