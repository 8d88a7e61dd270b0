package reveal

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
	"golang.org/x/time/rate"

	"github.com/scrubline/scrubline/scrub/durable"
)

// ErrInUse means that another process has the requests.
var ErrInUse = errors.New("another process has the requests for reveals")

// Open opens the folder of requests.
func Open(opt Options) (*Book, error) {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if err := os.MkdirAll(opt.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the folder of reveals: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(opt.Dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking the folder of reveals: %w", err)
	}
	b := &Book{opt: opt, lock: lock, requests: map[string]*Request{}, asks: map[string]*rate.Limiter{}, opens: map[string]*rate.Limiter{}}
	if err = unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); errors.Is(err, unix.EWOULDBLOCK) {
		err = ErrInUse
	}
	if err == nil {
		err = b.read()
	}
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return b, nil
}

// Close gives the folder up.
func (b *Book) Close() error { return b.lock.Close() }

func (b *Book) path(id string) string { return filepath.Join(b.opt.Dir, id+".json") }

func (b *Book) read() error {
	entries, err := os.ReadDir(b.opt.Dir)
	if err != nil {
		return fmt.Errorf("reading the folder of reveals: %w", err)
	}
	for _, e := range entries {
		id, ok := strings.CutSuffix(e.Name(), ".json")
		if !ok {
			continue
		}
		r := &Request{}
		text, err := os.ReadFile(b.path(id))
		if err != nil || json.Unmarshal(text, r) != nil || r.ID != id || r.State == Approved && r.Approver == nil {
			return fmt.Errorf("reading the request %s: its file is damaged, remove it", b.path(id))
		}
		b.requests[id] = r
	}
	return nil
}

// keep makes a request durable before it counts; the book is locked.
func (b *Book) keep(r *Request) error {
	text, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return fmt.Errorf("encoding a request for a reveal: %w", err)
	}
	if err := durable.Write(b.path(r.ID), append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("keeping a request for a reveal: %w", err)
	}
	kept := *r
	b.requests[r.ID] = &kept
	return nil
}

// sweep forgets requests that ended long ago: the audit log has them.
func (b *Book) sweep(now time.Time) {
	for id, r := range b.requests {
		if now.Sub(r.Until) > maxKept*24*time.Hour && os.Remove(b.path(id)) == nil {
			delete(b.requests, id)
		}
	}
}
