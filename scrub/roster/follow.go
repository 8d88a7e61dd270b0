package roster

import (
	"errors"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// FileName is the roster's in a data folder.
const FileName = "roster.bin"

// lookEvery is how long a Follower takes the file for unchanged.
const lookEvery = 5 * time.Second

// Follower has the roster of a file that may be replaced. Its methods may be
// called from many goroutines.
type Follower struct {
	path    string
	key     []byte
	current atomic.Pointer[Roster]

	mu   sync.Mutex
	seen fs.FileInfo
	next time.Time
}

// Follow opens the roster at path as Open does. If there is no file, Current is
// nil until one comes.
func Follow(path string, key []byte) (*Follower, error) {
	f := &Follower{path: path, key: key}
	_, err := f.look(time.Now())
	return f, err
}

// Current is the roster in force: the one to take for the next payload. It looks
// at the file every few seconds. A file that cannot be read is told of once, and
// one that is gone not at all: in both cases the roster stays what it was, for
// text must not go unscrubbed because of it.
func (f *Follower) Current() (*Roster, error) {
	if now := time.Now(); f.mu.TryLock() {
		defer f.mu.Unlock()
		if now.After(f.next) {
			return f.look(now)
		}
	}
	return f.current.Load(), nil
}

// look opens the file if it is another than before. f.mu is held, or nobody else
// has f yet.
func (f *Follower) look(now time.Time) (*Roster, error) {
	f.next = now.Add(lookEvery)
	st, err := os.Stat(f.path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		return f.current.Load(), err
	}
	if f.seen != nil && os.SameFile(f.seen, st) && f.seen.ModTime().Equal(st.ModTime()) && f.seen.Size() == st.Size() {
		return f.current.Load(), nil
	}
	f.seen = st
	r, err := Open(f.path, f.key)
	if err != nil {
		return f.current.Load(), err
	}
	f.current.Store(r)
	return r, nil
}
