package audit

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/scrubline/scrubline/query/identity"
	"github.com/scrubline/scrubline/scrub/durable"
)

// Names of segments: <time>-<random>, and what became of it.
const (
	newborn = ".new"   // not locked yet; holds nothing
	open    = ".open"  // locked by the process that writes it
	ended   = ".jsonl" // whole: what is in it does not change any more
)

// segment is a file that this process writes.
type segment struct {
	f    *os.File
	path string // without what became of it
	size int64  // bytes that are durable
}

// newSegment makes one that whoever looks finds locked.
func newSegment(dir string, now time.Time) (_ *segment, err error) {
	path := filepath.Join(dir, fmt.Sprintf("%020d-%s", now.UnixNano(), identity.NewSecret()[:16]))
	f, err := os.OpenFile(path+newborn, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("making a segment of the audit log: %w", err)
	}
	if err = lock(f); err == nil {
		if err = os.Rename(path+newborn, path+open); err == nil {
			err = durable.Sync(dir)
		}
	}
	if err != nil {
		_ = f.Close()
		_, _ = os.Remove(path+newborn), os.Remove(path+open)
		return nil, fmt.Errorf("making a segment of the audit log: %w", err)
	}
	return &segment{f: f, path: path}, nil
}

// append writes lines and waits for the disk.
func (g *segment) append(lines []byte) error {
	if _, err := g.f.WriteAt(lines, g.size); err != nil {
		return fmt.Errorf("writing to the audit log: %w", err)
	}
	if err := g.f.Sync(); err != nil {
		return fmt.Errorf("syncing the audit log: %w", err)
	}
	g.size += int64(len(lines))
	return nil
}

// end cuts off what is not durable and gives the segment its last name.
func (g *segment) end() error {
	defer func() { _ = g.f.Close() }() // gives the lock up
	return finish(g.f, g.path, g.size)
}

// finish makes a segment whole that nobody writes any more, whose first size bytes
// are good.
func finish(f *os.File, path string, size int64) error {
	if size == 0 {
		if err := os.Remove(path + open); err != nil {
			return fmt.Errorf("removing an empty segment of the audit log: %w", err)
		}
		return nil
	}
	err := f.Truncate(size)
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = os.Rename(path+open, path+ended)
	}
	if err == nil {
		err = durable.Sync(filepath.Dir(path))
	}
	if err != nil {
		return fmt.Errorf("ending a segment of the audit log: %w", err)
	}
	return nil
}

// adopt ends a segment whose writer is dead; ok is false if it lives. A line that was
// torn was never durable, and nobody got its answer.
func adopt(path string) (ok bool, err error) {
	f, err := os.OpenFile(path+open, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil // somebody else was quicker
	}
	if err != nil {
		return false, fmt.Errorf("opening a segment of the audit log: %w", err)
	}
	defer func() { _ = f.Close() }()
	switch err := lock(f); {
	case errors.Is(err, unix.EWOULDBLOCK):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("locking a segment of the audit log: %w", err)
	}
	if _, err := os.Stat(path + open); errors.Is(err, fs.ErrNotExist) {
		return false, nil // it was ended between the two
	}
	b, err := os.ReadFile(path + open)
	if err != nil {
		return false, fmt.Errorf("reading a segment of the audit log: %w", err)
	}
	good := int64(strings.LastIndexByte(string(b), '\n') + 1)
	return good > 0, finish(f, path, good)
}

func lock(f *os.File) error {
	for {
		if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
