package audit

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
	"unicode/utf8"
)

// Why an entry is not written.
var (
	ErrFull   = errors.New("the spool of the audit log is full: its entries are not carried to the archive")
	ErrClosed = errors.New("the audit log is closed")
)

// Options configure a Spool. The zero value of a field means its default.
type Options struct {
	// Scrub takes patient data out of what a person typed. Nil replaces all of it.
	Scrub func(string) string
	Now   func() time.Time
	Most  int64 // bytes that may wait to be carried; default 256 MiB
}

const (
	defaultMost = 256 << 20
	mostText    = 16 << 10 // bytes of one text in an entry
)

// Spool is the durable Log. Several processes may have the same folder open, each
// writes segments of its own. Its methods may be called from many goroutines.
type Spool struct {
	dir string
	opt Options

	mu     sync.Mutex
	next   *commit // gathers entries for the next sync; nil if there are none
	closed bool

	writing sync.Mutex // held while the segment is written, ended or taken
	segment *segment   // nil: the next entry makes one
	waiting int64      // bytes in the folder when last looked, and what was written since
}

// commit is the entries that one sync makes durable.
type commit struct {
	lines []byte
	done  chan struct{}
	err   error
}

// Open opens a spool's folder, making it if it is not there.
func Open(dir string, opt Options) (*Spool, error) {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Most == 0 {
		opt.Most = defaultMost
	}
	if opt.Scrub == nil {
		opt.Scrub = func(string) string { return "[text]" }
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the spool of the audit log: %w", err)
	}
	s := &Spool{dir: dir, opt: opt}
	var err error
	if s.waiting, err = size(dir); err != nil {
		return nil, err
	}
	return s, nil
}

// Append implements Log. After an error the entry may be there all the same: an event
// may stand for an answer that never left, but none leaves without its event.
func (s *Spool) Append(e Entry) error {
	line, err := s.line(e)
	if err != nil {
		return err
	}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return ErrClosed
	}
	c, leads := s.next, false
	if c == nil {
		c, leads = &commit{done: make(chan struct{})}, true
		s.next = c
	}
	c.lines = append(c.lines, line...)
	s.mu.Unlock()
	if !leads {
		<-c.done
		return c.err
	}
	// Whoever comes while the commit before is synced joins this one.
	s.writing.Lock()
	defer s.writing.Unlock()
	s.mu.Lock()
	s.next = nil
	s.mu.Unlock()
	c.err = s.write(c.lines)
	close(c.done)
	return c.err
}

// line is an entry as it lies in the spool.
func (s *Spool) line(e Entry) ([]byte, error) {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails
	e.Type, e.ID, e.Time = Type, hex.EncodeToString(id[:]), s.opt.Now().UTC().Truncate(time.Millisecond)
	if e.Reason != "" {
		e.Reason = s.opt.Scrub(e.Reason)
	}
	for _, text := range []*string{&e.Reason, &e.Asked, &e.Subject, &e.People, &e.Name} {
		*text = cut(*text)
	}
	if e.Tokens == nil {
		e.Tokens = Tokens(e.Asked)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b) // ends with a line break, and has none inside
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e); err != nil {
		return nil, fmt.Errorf("encoding an entry of the audit log: %w", err)
	}
	return b.Bytes(), nil
}

// cut shortens a text between two characters.
func cut(s string) string {
	if len(s) <= mostText {
		return s
	}
	n := mostText
	for !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

// write makes lines durable. After an error the segment takes no more: what the disk
// has of it is not known.
func (s *Spool) write(lines []byte) (err error) {
	if s.waiting+int64(len(lines)) > s.opt.Most {
		if s.waiting, err = size(s.dir); err != nil { // another process may have carried some
			return err
		}
		if s.waiting+int64(len(lines)) > s.opt.Most {
			return ErrFull
		}
	}
	if s.segment == nil {
		if s.segment, err = newSegment(s.dir, s.opt.Now()); err != nil {
			return err
		}
	}
	if err := s.segment.append(lines); err != nil {
		return errors.Join(err, s.end())
	}
	s.waiting += int64(len(lines))
	return nil
}

// end lets nothing more into the segment.
func (s *Spool) end() error {
	if s.segment == nil {
		return nil
	}
	g := s.segment
	s.segment = nil
	return g.end()
}

// Close ends the segment. What it holds waits to be carried.
func (s *Spool) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.writing.Lock()
	defer s.writing.Unlock()
	return s.end()
}
