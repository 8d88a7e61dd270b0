// Package local keeps the archive's objects in a folder.
//
// An object is written to a file of its own under tmp/, made read-only and
// durable, and then linked to its name: link(2) never overwrites, so of any
// number of writers and processes exactly one gets a name, and a file that has
// its name is whole. Whatever dies on the way leaves at most a file in tmp/,
// which the next Open removes. The folder must be on one file system that has
// hard links and locks (not NFS before version 4).
//
// Read-only files stop mistakes, not an intruder: a folder is no WORM storage.
// What the archive's seal log adds is that changes are found.
package local

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/scrubline/scrubline/scrub/durable"
	"github.com/scrubline/scrubline/store/archive/object"
)

// Temp is the folder below the root where objects are written before they get
// their names. Keys do not start with it.
const Temp = "tmp"

// Options of a Store.
type Options struct {
	// Immutable sets the file system's immutable flag (chattr +i) on stored
	// objects where the process may (Linux, root, ext4 or XFS); where it may
	// not, objects are stored without. Off by default: nothing but the flag's
	// removal by root makes such files deletable, so "rm -rf" of the folder
	// fails.
	Immutable bool
	// ReadOnly neither makes the folder nor cleans it, and Put fails: for looking
	// at a copy or at somebody else's folder.
	ReadOnly bool
}

// ErrReadOnly is what Put of a store with Options.ReadOnly returns.
var ErrReadOnly = errors.New("store is read-only")

// Store is an object.Store in a folder.
type Store struct {
	root string
	opt  Options

	mu   sync.Mutex
	made map[string]bool // folders known to be durable
}

// Open opens or makes the folder root and removes what dead writers left in
// tmp/. Several processes may have it open.
func Open(root string, opt Options) (*Store, error) {
	s := &Store{root: root, opt: opt, made: map[string]bool{}}
	if opt.ReadOnly {
		return s, nil
	}
	if err := s.makeDir(filepath.Join(root, Temp)); err != nil {
		return nil, fmt.Errorf("opening object folder: %w", err)
	}
	if err := s.clean(); err != nil {
		return nil, fmt.Errorf("cleaning object folder: %w", err)
	}
	return s, nil
}

// clean removes temporary files that nobody holds a lock on.
func (s *Store) clean() error {
	entries, err := os.ReadDir(filepath.Join(s.root, Temp))
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := filepath.Join(s.root, Temp, e.Name())
		f, err := os.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if lock(f, unix.LOCK_EX|unix.LOCK_NB) == nil {
			err = os.Remove(name)
		}
		f.Close()
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Put implements object.Store.
func (s *Store) Put(ctx context.Context, key string, data []byte) error {
	if err := check(ctx, key); err != nil {
		return err
	}
	if err := s.put(key, data); err != nil {
		return fmt.Errorf("storing object %s: %w", key, err)
	}
	return nil
}

func (s *Store) put(key string, data []byte) (err error) {
	if s.opt.ReadOnly {
		return ErrReadOnly
	}
	name := s.path(key)
	dir := filepath.Dir(name)
	if err := s.makeDir(dir); err != nil {
		return err
	}
	if _, err := os.Lstat(name); err == nil {
		return s.exists(dir)
	}
	f, err := s.temp()
	if err != nil {
		return err
	}
	defer func() {
		if e := os.Remove(f.Name()); err == nil && !errors.Is(e, fs.ErrNotExist) {
			err = e
		}
		f.Close()
	}()
	if _, err = f.Write(data); err != nil {
		return err
	}
	if err = f.Chmod(0o444); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	err = os.Link(f.Name(), name)
	if errors.Is(err, fs.ErrExist) {
		return s.exists(dir)
	}
	if err != nil {
		return err
	}
	if s.opt.Immutable {
		// An immutable file can neither be linked nor unlinked: its temporary
		// name has to go first. Best effort, as the option says.
		if err = os.Remove(f.Name()); err != nil {
			return err
		}
		_ = setImmutable(f)
	}
	return durable.Sync(dir)
}

// exists makes sure that what is there is durable: whoever wrote it may have
// died between link and fsync.
func (s *Store) exists(dir string) error {
	if err := durable.Sync(dir); err != nil {
		return err
	}
	return object.ErrExists
}

// temp makes a temporary file, locked as long as it is open.
func (s *Store) temp() (*os.File, error) {
	for {
		name := filepath.Join(s.root, Temp, rand.Text())
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return nil, err
		}
		if err := lock(f, unix.LOCK_EX); err != nil {
			f.Close()
			return nil, err
		}
		// Another process's clean may have been quicker than our lock.
		if _, err := os.Lstat(name); err == nil {
			return f, nil
		}
		f.Close()
	}
}

func lock(f *os.File, how int) error {
	for {
		if err := unix.Flock(int(f.Fd()), how); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// Get implements object.Store.
func (s *Store) Get(ctx context.Context, key string, buf []byte) ([]byte, error) {
	if err := check(ctx, key); err != nil {
		return buf, err
	}
	f, err := os.OpenFile(s.path(key), os.O_RDONLY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return buf, fmt.Errorf("reading object %s: %w", key, known(err))
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = object.ErrNotExist
	}
	if err != nil {
		return buf, fmt.Errorf("reading object %s: %w", key, known(err))
	}
	at := len(buf)
	buf = append(buf, make([]byte, info.Size())...)
	if _, err := io.ReadFull(f, buf[at:]); err != nil {
		return buf[:at], fmt.Errorf("reading object %s: %w", key, err)
	}
	return buf, nil
}

// Head implements object.Store.
func (s *Store) Head(ctx context.Context, key string) (object.Info, error) {
	if err := check(ctx, key); err != nil {
		return object.Info{}, err
	}
	info, err := os.Lstat(s.path(key))
	if err == nil && !info.Mode().IsRegular() {
		err = object.ErrNotExist
	}
	if err != nil {
		return object.Info{}, fmt.Errorf("describing object %s: %w", key, known(err))
	}
	return describe(key, info), nil
}

func describe(key string, info fs.FileInfo) object.Info {
	return object.Info{Key: key, Size: info.Size(), Stored: info.ModTime()}
}

// known turns the file system's words into the store's, and drops paths.
func known(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ELOOP) {
		return object.ErrNotExist
	}
	return err
}

func check(ctx context.Context, key string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if object.CheckKey(key) != nil || strings.HasPrefix(key, Temp+"/") || key == Temp {
		return object.ErrKey
	}
	return nil
}

// List implements object.Store.
func (s *Store) List(ctx context.Context, prefix string, fn func(object.Info) error) error {
	dir := prefix[:strings.LastIndexByte(prefix, '/')+1] // not from the root on: a folder may have millions of others
	if strings.HasPrefix(dir, Temp+"/") || dir != "" && object.CheckKey(dir+"x") != nil {
		return nil // no object can be there
	}
	return s.list(ctx, dir, prefix, fn)
}

// list lists the folder dir, "" or ending in a slash.
func (s *Store) list(ctx context.Context, dir, prefix string, fn func(object.Info) error) error {
	entries, err := os.ReadDir(filepath.Join(s.root, filepath.FromSlash(dir)))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENOTDIR) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("listing objects: %w", err)
	}
	keys := make([]string, 0, len(entries))
	for _, e := range entries {
		key := dir + e.Name()
		if e.IsDir() {
			key += "/" // so that folders sort as the keys below them
		}
		if key != Temp+"/" && (strings.HasPrefix(key, prefix) || strings.HasSuffix(key, "/") && strings.HasPrefix(prefix, key)) {
			keys = append(keys, key)
		}
	}
	sort.Strings(keys)
	for _, key := range keys {
		if err := ctx.Err(); err != nil {
			return err
		}
		if strings.HasSuffix(key, "/") {
			if err := s.list(ctx, key, prefix, fn); err != nil {
				return err
			}
			continue
		}
		info, err := os.Lstat(s.path(key))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("listing objects: %w", err)
		}
		if err := fn(describe(key, info)); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) path(key string) string { return filepath.Join(s.root, filepath.FromSlash(key)) }

// makeDir makes a folder and its parents, each durable in its own parent.
func (s *Store) makeDir(dir string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.makeDirLocked(dir)
}

func (s *Store) makeDirLocked(dir string) error {
	if s.made[dir] {
		return nil
	}
	parent := filepath.Dir(dir)
	err := os.Mkdir(dir, 0o700)
	if errors.Is(err, fs.ErrNotExist) && parent != dir {
		if err := s.makeDirLocked(parent); err != nil {
			return err
		}
		err = os.Mkdir(dir, 0o700)
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	// Also when it was there: its maker may not have come as far as the fsync.
	if err := durable.Sync(parent); err != nil {
		return err
	}
	if len(s.made) > 1<<12 {
		clear(s.made)
	}
	s.made[dir] = true
	return nil
}
