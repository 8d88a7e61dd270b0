package export

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/scrubline/scrubline/query"
	"github.com/scrubline/scrubline/query/audit"
	"github.com/scrubline/scrubline/query/identity"
	"github.com/scrubline/scrubline/schemas"
)

// Options configure a Store.
type Options struct {
	Dir     string // made if it is missing; nothing else may lie there
	Service *query.Service
	Tokens  query.Tokens  // for the shapes of questions
	Keep    time.Duration // of a file; default 7 days
	Log     zerolog.Logger
	Audit   audit.Log        // where the start and the end of each is put on record; nil: nowhere
	Now     func() time.Time // nil: time.Now
}

const (
	defaultKeep = 7 * 24 * time.Hour
	maxWaiting  = 50 // exports that have not begun
	sweepTime   = 10 * time.Minute
)

// What can be wrong with a request. Their texts may be shown.
var (
	ErrFormat   = errors.New("formats of an export are csv, ndjson, ocsf, parquet and xlsx")
	ErrColumns  = errors.New("an export has columns of the tables that the question reads, each once")
	ErrTooMany  = errors.New("too many exports are waiting; cancel some or come back later")
	ErrNotFound = errors.New("there is no such export")
	ErrNotDone  = errors.New("the export has no file: it is not done, or did not end well")
)

// Store runs exports one after the other and keeps their files. Its methods may be
// called from many goroutines.
type Store struct {
	opt   Options
	queue chan *job

	mu   sync.Mutex
	jobs map[string]*job
}

// job is an export of this process; Manifest is guarded by the store.
type job struct {
	Manifest
	query   *query.Query
	columns []schemas.Column
	ctx     context.Context // of the export; ends when it is cancelled
	cancel  context.CancelFunc
}

// Open opens the folder; exports that were under way when a process ended are
// Interrupted.
func Open(opt Options) (*Store, error) {
	if opt.Keep == 0 {
		opt.Keep = defaultKeep
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if err := os.MkdirAll(opt.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the folder of exports: %w", err)
	}
	opt.Service = opt.Service.Named()
	s := &Store{opt: opt, queue: make(chan *job, maxWaiting), jobs: map[string]*job{}}
	entries, err := os.ReadDir(opt.Dir)
	if err != nil {
		return nil, fmt.Errorf("reading the folder of exports: %w", err)
	}
	for _, e := range entries {
		path := filepath.Join(opt.Dir, e.Name())
		id, isManifest := strings.CutSuffix(e.Name(), ".json")
		if !isManifest {
			continue
		}
		var m Manifest
		b, err := os.ReadFile(path)
		if err == nil {
			err = json.Unmarshal(b, &m)
		}
		if err != nil || m.ID != id {
			return nil, fmt.Errorf("reading the manifest %s: it is damaged, remove it", path)
		}
		if !m.State.ended() {
			m.State, m.Ended, m.Expires = Interrupted, opt.Now().UTC(), opt.Now().UTC().Add(opt.Keep)
			if err := m.keep(opt.Dir); err != nil {
				return nil, err
			}
		}
		s.jobs[id] = &job{Manifest: m, cancel: func() {}}
	}
	return s, s.tidy(entries)
}

// tidy removes what belongs to no export, and what one that did not end well wrote.
func (s *Store) tidy(entries []os.DirEntry) error {
	for _, e := range entries {
		id, isData := strings.CutSuffix(e.Name(), ".data")
		j := s.jobs[id]
		if isData && j != nil && j.State == Done || strings.HasSuffix(e.Name(), ".json") {
			continue
		}
		if err := os.RemoveAll(filepath.Join(s.opt.Dir, e.Name())); err != nil {
			return fmt.Errorf("removing what is left of an export: %w", err)
		}
	}
	return nil
}

// Start puts an export into the queue for whoever asks in ctx, whose scope it keeps.
// columns is nil for all of the tables the question reads. Errors are those above and
// of the question.
func (s *Store) Start(ctx context.Context, q *query.Query, format string, columns []string) (Manifest, error) {
	if _, ok := formats[format]; !ok {
		return Manifest{}, ErrFormat
	}
	cols, err := s.opt.Service.ShownColumns(ctx, q)
	if err != nil {
		return Manifest{}, err
	}
	p, _ := identity.From(ctx)
	if columns != nil {
		var picked []schemas.Column
		for _, name := range columns {
			c := schemas.ColumnByName(name)
			if !slices.Contains(cols, c) || slices.Contains(picked, c) {
				return Manifest{}, ErrColumns
			}
			picked = append(picked, c)
		}
		cols = picked
	}
	var raw [10]byte
	_, _ = rand.Read(raw[:]) // never fails: crypto/rand ends the program instead
	now := s.opt.Now().UTC()
	ctx, cancel := context.WithCancel(identity.With(context.Background(), p))
	j := &job{query: q, columns: cols, ctx: ctx, cancel: cancel, Manifest: Manifest{
		ID: hex.EncodeToString(raw[:]), State: Waiting, Format: format, Who: p.Subject, Scope: p.Scope, Query: q.Shape(s.opt.Tokens), Created: now,
		File: "scrubline-" + now.Format("20060102-150405") + "." + formats[format].extension,
	}}
	for _, c := range cols {
		j.Columns = append(j.Columns, c.String())
	}
	if format == "ocsf" {
		j.columns, j.Columns = nil, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.queue) == cap(s.queue) {
		cancel()
		return Manifest{}, ErrTooMany
	}
	if err := j.keep(s.opt.Dir); err != nil {
		cancel()
		return Manifest{}, err
	}
	s.jobs[j.ID] = j
	s.queue <- j
	return j.Manifest, nil
}

// List gives all exports, the newest first.
func (s *Store) List() []Manifest {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Manifest, 0, len(s.jobs))
	for _, j := range s.jobs {
		list = append(list, j.Manifest)
	}
	slices.SortFunc(list, func(a, b Manifest) int { return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(b.ID, a.ID)) })
	return list
}

// Find gives one export.
func (s *Store) Find(id string) (Manifest, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.jobs[id]
	if j == nil {
		return Manifest{}, ErrNotFound
	}
	return j.Manifest, nil
}

// File opens the file of an export that is done. The caller closes it.
func (s *Store) File(id string) (Manifest, io.ReadSeekCloser, error) {
	m, err := s.Find(id)
	if err != nil {
		return m, nil, err
	}
	if m.State != Done {
		return m, nil, ErrNotDone
	}
	f, err := os.Open(m.data(s.opt.Dir))
	if err != nil {
		return m, nil, ErrNotFound // it expired just now
	}
	return m, f, nil
}

// Cancel ends an export that is not done, and removes one that has ended.
func (s *Store) Cancel(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.jobs[id]
	if j == nil {
		return ErrNotFound
	}
	if !j.State.ended() {
		j.cancel()
		if j.State == Running {
			return nil // whoever runs it says so when it has ended
		}
		return s.end(j, Cancelled, "")
	}
	delete(s.jobs, id)
	return j.remove(s.opt.Dir)
}

// end writes how an export ended; the store is locked.
func (s *Store) end(j *job, state State, why string) error {
	j.State, j.Error, j.Ended = state, why, s.opt.Now().UTC()
	j.Expires = j.Ended.Add(s.opt.Keep)
	return j.keep(s.opt.Dir)
}

// sweep removes what has expired.
func (s *Store) sweep() {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.opt.Now()
	for id, j := range s.jobs {
		if j.State.ended() && now.After(j.Expires) {
			delete(s.jobs, id)
			if err := j.remove(s.opt.Dir); err != nil {
				s.opt.Log.Error().Err(err).Str("export", id).Msg("removing an expired export")
			}
		}
	}
}
