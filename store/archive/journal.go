package archive

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"github.com/scrubline/scrubline/scrub/durable"
)

// unsealedFolder holds, a file a process, the keys of objects that may be stored and
// not in the log yet: what whoever opens the archive next has to seal if the process
// died. Without it the whole archive would have to be listed each time.
const unsealedFolder = "unsealed"

const (
	// roomy is how long a file of it may grow before what is sealed is left out.
	roomy = 256 << 10
	// coming is how the name of a file ends that is not begun yet.
	coming = ".new"
)

// journal is such a file, locked for as long as its process lives: a line with the
// boot of the machine, and then, written before each object is, the number that its
// leaf has at least, and its key. Its lines survive the process, not a loss of power: a
// file of another boot says only that something may be there. A nil *journal notes
// nothing.
type journal struct {
	dir, boot string

	mu   sync.Mutex
	f    *os.File
	name string
	size int64
	open map[string]uint64 // keys that may be stored and are not known to be sealed
}

// bootID names the time since the machine was started; "" if it is unknown.
func bootID() string {
	b, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return string(bytes.TrimSpace(b))
}

// newJournal is one whose file is begun with its first note.
func newJournal(data string) *journal {
	return &journal{dir: filepath.Join(data, unsealedFolder), boot: bootID(), open: map[string]uint64{}}
}

// begin goes over to a new file with the open keys. That it is there survives a loss
// of power.
func (j *journal) begin() (err error) {
	if err := os.MkdirAll(j.dir, 0o700); err != nil {
		return err
	}
	var text bytes.Buffer
	fmt.Fprintln(&text, j.boot)
	for key, n := range j.open {
		fmt.Fprintln(&text, n, key)
	}
	name := filepath.Join(j.dir, rand.Text())
	f, err := os.OpenFile(name+coming, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		_, err = f.Write(text.Bytes())
	}
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = os.Rename(name+coming, name) // it is locked before anybody sees it
	}
	if err == nil {
		err = durable.Sync(j.dir)
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	was, old := j.f, j.name
	j.f, j.name, j.size = f, name, int64(text.Len())
	if was == nil {
		return nil
	}
	return errors.Join(os.Remove(old), was.Close())
}

// note says that an object is about to be stored whose leaf will be n or a later one.
func (j *journal) note(key string, n uint64) error {
	if j == nil {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if at, ok := j.open[key]; ok && at <= n {
		return nil
	}
	j.open[key] = n
	if j.f == nil || j.size > roomy && j.size > 4*int64(len(j.open))*256 {
		return j.noted(j.begin())
	}
	line := fmt.Sprintln(n, key)
	_, err := j.f.WriteAt([]byte(line), j.size)
	if err != nil {
		return j.noted(errors.Join(err, j.f.Truncate(j.size)))
	}
	j.size += int64(len(line))
	return nil
}

func (j *journal) noted(err error) error {
	if err != nil {
		return fmt.Errorf("noting what is not sealed: %w", err)
	}
	return nil
}

// sealed says that an object is in the log, or not stored at all.
func (j *journal) sealed(key string) {
	if j == nil {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.open, key)
}

// settled says that nothing is stored that is not sealed.
func (j *journal) settled() {
	j.mu.Lock()
	defer j.mu.Unlock()
	clear(j.open)
}

// close ends the file. It stays if something may not be sealed.
func (j *journal) close() error {
	if j == nil {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	var err error
	if len(j.open) == 0 && j.name != "" {
		if err = os.Remove(j.name); errors.Is(err, os.ErrNotExist) { // closed before
			err = nil
		}
	}
	if j.f != nil {
		err = errors.Join(err, j.f.Close())
		j.f = nil
	}
	return j.noted(err)
}

// left are the files of processes that died. Their keys are open here too.
type left struct {
	files []*os.File // locked
	// unknown says that there was one of another boot, or that cannot be read: what it
	// noted may be missing.
	unknown bool
}

// takeOver reads what dead processes left.
func (j *journal) takeOver() (l left, err error) {
	all, err := os.ReadDir(j.dir)
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	for _, e := range all {
		path := filepath.Join(j.dir, e.Name())
		if err != nil || path == j.name || strings.HasSuffix(path, coming) {
			continue
		}
		err = l.take(j, path)
	}
	if err != nil {
		return l, errors.Join(j.noted(err), l.done(false))
	}
	return l, nil
}

func (l *left) take(j *journal, path string) error {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) { // its process came to its end
		return nil
	}
	if err != nil {
		return err
	}
	if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		return f.Close() // its process lives
	}
	l.files = append(l.files, f)
	text, err := os.ReadFile(path)
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		return err
	}
	boot, lines, _ := strings.Cut(string(text), "\n")
	if boot == "" || boot != j.boot {
		l.unknown = true
		return nil
	}
	for line := range strings.Lines(lines) {
		var n uint64
		var key string
		if _, err := fmt.Sscanf(line, "%d %s\n", &n, &key); err != nil || !strings.HasSuffix(line, "\n") {
			continue // the process was killed as it wrote it: the object is not there
		}
		if err := j.note(key, n); err != nil {
			return err
		}
	}
	return nil
}

// done gives the files up, and removes them if what they noted is sealed or noted here.
func (l *left) done(remove bool) (err error) {
	for _, f := range l.files {
		if remove {
			if e := os.Remove(f.Name()); e != nil && !errors.Is(e, os.ErrNotExist) {
				err = errors.Join(err, e)
			}
		}
		err = errors.Join(err, f.Close())
	}
	l.files = nil
	return err
}
