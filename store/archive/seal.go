package archive

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/sys/unix"
)

// Files of the seal log, below the archive's folder.
const (
	sealFolder = "seal"
	logFile    = sealFolder + "/log"
	headFile   = sealFolder + "/head"
	lockFile   = sealFolder + "/lock"
)

// sealLog appends to the seal log. One process at a time does, under a file
// lock; it first reads what others appended.
type sealLog struct {
	dir      string // the archive's folder
	signer   note.Signer
	verifier note.Verifier

	mu     sync.Mutex
	lock   *os.File
	state  head            // entries read so far
	offset int64           // bytes of the log read so far
	last   map[string]Hash // last object of each source
	signed uint64          // size of the newest head seen
}

func openSealLog(data string) (*sealLog, error) {
	dir := filepath.Join(data, Folder)
	if err := os.MkdirAll(filepath.Join(dir, sealFolder), 0o700); err != nil {
		return nil, fmt.Errorf("opening seal log: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening seal log: %w", err)
	}
	l := &sealLog{dir: dir, lock: lock}
	l.reset()
	if err := l.locked(func() error { return l.init(data) }); err != nil {
		lock.Close()
		return nil, fmt.Errorf("opening seal log: %w", err)
	}
	return l, nil
}

// init reads or makes the key and, for a new archive, signs the empty log: from
// then on a missing head is damage.
func (l *sealLog) init(data string) error {
	_, headErr := os.Stat(filepath.Join(l.dir, headFile))
	_, logErr := os.Stat(filepath.Join(l.dir, logFile))
	used := headErr == nil || logErr == nil
	var err error
	if l.signer, l.verifier, err = openKey(data, used); err != nil {
		return err
	}
	if !used {
		return l.sign()
	}
	return nil
}

func (l *sealLog) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lock.Close()
}

func (l *sealLog) reset() {
	l.state, l.offset, l.last = head{}, 0, map[string]Hash{}
}

// locked runs fn while no other process appends.
func (l *sealLog) locked(fn func() error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		err := unix.Flock(int(l.lock.Fd()), unix.LOCK_EX)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return fmt.Errorf("locking seal log: %w", err)
		}
		break
	}
	defer func() { _ = unix.Flock(int(l.lock.Fd()), unix.LOCK_UN) }()
	return fn()
}

// catchUp reads what was appended since it was last called and calls seen for
// each entry. Entries beyond the head were written by a process that died before
// it signed them; those that vouch accepts stay, the rest is cut off.
func (l *sealLog) catchUp(vouch func(entry) error, seen func(entry)) error {
	b, err := os.ReadFile(filepath.Join(l.dir, headFile))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %s is missing", ErrDamaged, headFile)
	}
	if err != nil {
		return err
	}
	h, err := parseHead(b, l.verifier)
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrDamaged, headFile, err)
	}
	if h.size < l.signed {
		return fmt.Errorf("%w: %s is older than one seen before", ErrDamaged, headFile)
	}
	l.signed = h.size
	f, err := os.OpenFile(filepath.Join(l.dir, logFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := newLines(f, l.offset)
	for {
		if l.state.size == h.size && l.state.chain != h.chain {
			return fmt.Errorf("%w: %s is not what its head signs", ErrDamaged, logFile)
		}
		line, err := lines.next()
		if err != nil {
			return err
		}
		if line == nil {
			break
		}
		e, chain, err := parseLine(line, l.state)
		if err != nil && l.state.size < h.size {
			return fmt.Errorf("%w: %s, line %d: %w", ErrDamaged, logFile, l.state.size, err)
		}
		if err != nil || l.state.size >= h.size && vouch(e) != nil {
			break
		}
		l.take(e, chain, lines.offset)
		seen(e)
	}
	if l.state.size < h.size {
		return fmt.Errorf("%w: %s has %d of %d signed lines", ErrDamaged, logFile, l.state.size, h.size)
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Size() > l.offset {
		if err := f.Truncate(l.offset); err != nil {
			return err
		}
		return f.Sync()
	}
	return nil
}

// find reads the log from its start and calls found for the keys that are in
// it. It is for the rare case that nobody remembers.
func (l *sealLog) find(keys map[string]bool, found func(key string)) error {
	if len(keys) == 0 {
		return nil
	}
	f, err := os.Open(filepath.Join(l.dir, logFile))
	if err != nil {
		return err
	}
	defer f.Close()
	for lines := newLines(f, 0); ; {
		line, err := lines.next()
		if line == nil || err != nil {
			return err
		}
		text, _, _ := bytes.Cut(line, []byte("\t"))
		var e entry
		if json.Unmarshal(text, &e) == nil && keys[e.Key] {
			found(e.Key)
		}
	}
}

func (l *sealLog) take(e entry, chain Hash, offset int64) {
	l.state = head{size: l.state.size + 1, chain: chain}
	l.offset = offset
	l.last[e.Source] = e.SHA256
}

// append writes entries for objects and signs the new head. After an error the
// next catchUp sorts out how far it came.
func (l *sealLog) append(objects []Object) error {
	if len(objects) == 0 && l.signed == l.state.size {
		return nil
	}
	var buf []byte
	state, offset, last := l.state, l.offset, maps.Clone(l.last)
	for i := range objects {
		o := &objects[i]
		text, err := json.Marshal(entry{
			N: l.state.size, Key: o.Key, SHA256: o.SHA256, Size: o.Size, Source: o.Meta.Source,
			Start: o.Meta.Start, End: o.End, Rows: o.Rows, Tombstones: o.Tombstones,
			Previous: l.last[o.Meta.Source], Signed: l.signed,
		})
		if err != nil {
			return err
		}
		chain := extend(l.state.chain, text)
		buf = append(append(append(append(buf, text...), '\t'), chain.String()...), '\n')
		l.take(entry{Source: o.Meta.Source, SHA256: o.SHA256}, chain, offset+int64(len(buf)))
	}
	err := l.write(buf, offset)
	if err == nil {
		err = l.sign()
	}
	if err != nil {
		l.state, l.offset, l.last = state, offset, last
	}
	return err
}

func (l *sealLog) write(buf []byte, offset int64) error {
	f, err := os.OpenFile(filepath.Join(l.dir, logFile), os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.WriteAt(buf, offset); err != nil {
		return err
	}
	return f.Sync()
}

// sign writes the head for what the log holds now.
func (l *sealLog) sign() error {
	signed, err := note.Sign(&note.Note{Text: l.state.text()}, l.signer)
	if err != nil {
		return err
	}
	if err := replace(filepath.Join(l.dir, headFile), signed, 0o644); err != nil {
		return err
	}
	l.signed = l.state.size
	return nil
}
