package audit

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Segment is a part of the spool that is whole and waits to be carried.
type Segment struct {
	Name string // no other segment has it
	Size int64
	Time time.Time // when it was ended
	path string
}

// Take ends the segment that is being written and those of dead processes, and lists
// all that are whole, the oldest first.
func (s *Spool) Take() ([]Segment, error) {
	s.writing.Lock()
	err := s.end()
	s.writing.Unlock()
	if err != nil {
		return nil, err
	}
	files, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, fmt.Errorf("reading the spool of the audit log: %w", err)
	}
	var list []Segment
	for _, f := range files {
		s.sweep(f)
		name, left := strings.CutSuffix(f.Name(), open)
		if left {
			ok, err := adopt(filepath.Join(s.dir, name))
			if err != nil {
				return nil, err
			}
			if !ok {
				continue
			}
		} else if name, left = strings.CutSuffix(f.Name(), ended); !left {
			continue
		}
		path := filepath.Join(s.dir, name+ended)
		st, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // carried by another process
		}
		if err != nil {
			return nil, fmt.Errorf("reading the spool of the audit log: %w", err)
		}
		list = append(list, Segment{Name: name, Size: st.Size(), Time: st.ModTime(), path: path})
	}
	slices.SortFunc(list, func(a, b Segment) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

// sweep removes a file that a process died over before it held anything. One that
// lives makes another.
func (s *Spool) sweep(f fs.DirEntry) {
	if st, err := f.Info(); strings.HasSuffix(f.Name(), newborn) && err == nil && s.opt.Now().Sub(st.ModTime()) > time.Minute {
		_ = os.Remove(filepath.Join(s.dir, f.Name()))
	}
}

// Open reads the segment's entries, one JSON object a line.
func (g Segment) Open() (io.ReadCloser, error) {
	f, err := os.Open(g.path)
	if err != nil {
		return nil, fmt.Errorf("opening a segment of the audit log: %w", err)
	}
	return f, nil
}

// Remove takes a segment out of the spool that the archive has.
func (s *Spool) Remove(g Segment) error {
	if err := os.Remove(g.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing a segment of the audit log: %w", err)
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	s.waiting = max(0, s.waiting-g.Size)
	return nil
}

// Waiting is how many bytes wait to be carried, and since when the oldest do.
func (s *Spool) Waiting() (bytes int64, since time.Time, err error) {
	err = each(s.dir, func(f fs.FileInfo) {
		bytes += f.Size()
		if f.Size() > 0 && (since.IsZero() || f.ModTime().Before(since)) {
			since = f.ModTime()
		}
	})
	return bytes, since, err
}

// size is how many bytes a spool's folder holds.
func size(dir string) (n int64, err error) {
	err = each(dir, func(f fs.FileInfo) { n += f.Size() })
	return n, err
}

// each looks at the files of a spool's folder.
func each(dir string, look func(fs.FileInfo)) error {
	files, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("reading the spool of the audit log: %w", err)
	}
	for _, f := range files {
		switch st, err := f.Info(); {
		case errors.Is(err, fs.ErrNotExist): // it was carried meanwhile
		case err != nil:
			return fmt.Errorf("reading the spool of the audit log: %w", err)
		default:
			look(st)
		}
	}
	return nil
}
