package reports

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
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

	"github.com/scrubline/scrubline/query/audit"
	"github.com/scrubline/scrubline/scrub/durable"
)

// DeskOptions configure a Desk.
type DeskOptions struct {
	Dir string // packs are kept there; made 0700
	// Open opens a service for one request, its archive with it. full says that the
	// archive's objects are to be read again. done ends it.
	Open func(ctx context.Context, full bool) (s *Service, done func(), err error)
	Now  func() time.Time // nil: time.Now
	Log  zerolog.Logger
	// Audit is where the start and the end of each pack is put on record; nil: nowhere.
	// What it does not take is not made.
	Audit audit.Log
}

// Desk takes requests for reports from others, such as the API. Packs are made in
// the background, one at a time, and kept until somebody removes them. Its methods
// may be called from many goroutines.
type Desk struct {
	opt   DeskOptions
	queue chan string

	mu   sync.Mutex
	jobs map[string]*job
}

// Job is a pack that was asked for.
type Job struct {
	ID      string    `json:"id"`
	State   JobState  `json:"state"`
	By      string    `json:"by"`
	Owner   string    `json:"owner"` // who may have it: the subject of a principal; "": admins
	Reason  string    `json:"reason,omitempty"`
	From    time.Time `json:"from"`
	Until   time.Time `json:"until"`
	Zone    string    `json:"time_zone"`
	Asked   time.Time `json:"asked"`
	Ended   time.Time `json:"ended,omitzero"`
	Why     string    `json:"why,omitempty"` // it failed
	Reports int       `json:"reports"`
	Rows    uint64    `json:"rows"`
	Bytes   int64     `json:"bytes"`
	SHA256  string    `json:"sha256,omitempty"`
	States  []States  `json:"requirements"` // how many stand how
	File    string    `json:"file"`
}

// States is how many requirements of the crosswalk stand in a state.
type States struct {
	State State `json:"state"`
	Count int   `json:"count"`
}

// JobState is how far a job is.
type JobState string

// States of a job.
const (
	Waiting     JobState = "waiting"
	Running     JobState = "running"
	Done        JobState = "done"
	Failed      JobState = "failed"
	Interrupted JobState = "interrupted" // the program ended meanwhile
)

type job struct {
	Job
	req Request
}

// Errors of a Desk.
var (
	ErrNoPack  = errors.New("there is no such pack")
	ErrNotDone = errors.New("the pack is not done")
	ErrTooMany = errors.New("too many packs wait already")
)

const maxWaiting = 8

// OpenDesk opens the folder of packs. Those that were under way when the program
// ended are interrupted.
func OpenDesk(opt DeskOptions) (*Desk, error) {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if err := os.MkdirAll(opt.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the folder of packs: %w", err)
	}
	d := &Desk{opt: opt, queue: make(chan string, maxWaiting), jobs: map[string]*job{}}
	names, err := filepath.Glob(filepath.Join(opt.Dir, "*.json"))
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		j := &job{}
		if err != nil || json.Unmarshal(b, &j.Job) != nil || filepath.Base(name) != j.ID+".json" {
			continue // torn, or nothing of ours
		}
		if j.State == Waiting || j.State == Running {
			j.State = Interrupted
			if err := d.keep(&j.Job); err != nil {
				return nil, err
			}
		}
		d.jobs[j.ID] = j
	}
	return d, nil
}

// Start asks for a pack.
func (d *Desk) Start(req Request) (Job, error) {
	if !req.From.Before(req.Until) {
		return Job{}, ErrPeriod
	}
	req.Action, req.Reports = "pack", []string{"all"}
	id := strings.ToLower(rand.Text()[:20])
	j := &job{req: req, Job: Job{ID: id, State: Waiting, By: req.By, Owner: req.Owner, Reason: req.Reason, From: req.From.UTC(), Until: req.Until.UTC(), Zone: req.Zone.String(),
		Asked: d.opt.Now().UTC().Truncate(time.Millisecond), States: []States{}, File: "scrubline-evidence-" + req.From.Format(time.DateOnly) + "-" + id[:6] + ".zip"}}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.keep(&j.Job); err != nil {
		return Job{}, err
	}
	select {
	case d.queue <- id:
	default:
		_ = os.Remove(d.path(id, ".json"))
		return Job{}, ErrTooMany
	}
	d.jobs[id] = j
	return j.Job, nil
}

// List lists the packs, the newest first.
func (d *Desk) List() []Job {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := []Job{}
	for _, j := range d.jobs {
		out = append(out, j.Job)
	}
	slices.SortFunc(out, func(a, b Job) int { return cmp.Or(b.Asked.Compare(a.Asked), strings.Compare(a.ID, b.ID)) })
	return out
}

// Find returns a pack's job.
func (d *Desk) Find(id string) (Job, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	j := d.jobs[id]
	if j == nil {
		return Job{}, ErrNoPack
	}
	return j.Job, nil
}

// Open opens a pack that is done. The caller closes the file.
func (d *Desk) Open(id string) (Job, *os.File, error) {
	j, err := d.Find(id)
	if err != nil {
		return j, nil, err
	}
	if j.State != Done {
		return j, nil, ErrNotDone
	}
	f, err := os.Open(d.path(j.ID, ".zip"))
	return j, f, err
}

// Run makes the packs that are asked for until ctx ends.
func (d *Desk) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case id := <-d.queue:
			d.work(ctx, id)
		}
	}
}

func (d *Desk) work(ctx context.Context, id string) {
	d.mu.Lock()
	j := d.jobs[id]
	j.State = Running
	err := d.keep(&j.Job)
	d.mu.Unlock()
	var done Job
	if err == nil {
		err = d.record(&j.Job, audit.Begin, audit.OK)
	}
	if err == nil {
		done, err = d.pack(ctx, j)
		of, outcome := &done, audit.OK
		if err != nil {
			of, outcome = &j.Job, "failed"
		}
		if e := d.record(of, audit.End, outcome); err == nil { // before anybody can have the file
			err = e
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	j.Ended = d.opt.Now().UTC().Truncate(time.Millisecond)
	switch {
	case err == nil:
		done.State, done.Ended = Done, j.Ended
		j.Job = done
	case ctx.Err() != nil:
		j.State = Interrupted
	default:
		j.State, j.Why = Failed, "the pack could not be made; the log says why under its id"
		if errors.Is(err, ErrNoPatientKey) {
			j.Why = err.Error()
		}
		d.opt.Log.Error().Err(err).Str("pack", id).Msg("making a pack")
	}
	if err := d.keep(&j.Job); err != nil {
		d.opt.Log.Error().Err(err).Str("pack", id).Msg("ending a pack")
	}
}

// record puts on record that a pack begins, or what came of it.
func (d *Desk) record(j *Job, phase audit.Phase, outcome string) error {
	if d.opt.Audit == nil {
		return nil
	}
	return d.opt.Audit.Append(audit.Entry{Action: audit.Pack, Phase: phase, Route: "job:pack", Asked: "evidence pack " + j.ID, Request: j.ID, Outcome: outcome,
		Subject: audit.Recorded(j.Owner), Reason: j.Reason, Rows: int(j.Rows), Bytes: j.Bytes})
}

// pack makes the file and returns the job with what is in it.
func (d *Desk) pack(ctx context.Context, j *job) (out Job, err error) {
	s, done, err := d.opt.Open(ctx, true)
	if err != nil {
		return out, err
	}
	defer done()
	se, err := s.Open(ctx, j.req)
	if err != nil {
		return out, err
	}
	f, err := os.CreateTemp(d.opt.Dir, "pack-*.tmp")
	if err != nil {
		return out, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	p := &part{f, sha256.New()}
	m, err := se.Pack(ctx, p)
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		return out, err
	}
	out = j.Job
	if out.Bytes, err = f.Seek(0, io.SeekEnd); err != nil {
		return out, err
	}
	out.SHA256 = hex.EncodeToString(p.sum.Sum(nil))
	for _, r := range m.Reports {
		if r.NotRun == "" {
			out.Reports, out.Rows = out.Reports+1, out.Rows+r.Rows
		}
	}
	out.States = m.states()
	if err := os.Rename(f.Name(), d.path(j.ID, ".zip")); err != nil {
		return out, err
	}
	return out, durable.Sync(d.opt.Dir)
}

// states counts requirements by state, those without any left out.
func (m *Manifest) states() []States {
	out := []States{}
	for _, s := range states {
		n := 0
		for _, r := range m.Crosswalk {
			if r.State == s {
				n++
			}
		}
		if n > 0 {
			out = append(out, States{s, n})
		}
	}
	return out
}

func (d *Desk) path(id, end string) string { return filepath.Join(d.opt.Dir, id+end) }

// keep writes what is known of a job, whole or not at all.
func (d *Desk) keep(j *Job) error {
	b, err := json.Marshal(j)
	if err != nil {
		return err
	}
	if err := durable.Write(d.path(j.ID, ".json"), b, 0o600); err != nil {
		return fmt.Errorf("keeping a pack's state: %w", err)
	}
	return nil
}

// Make makes one report in one format and writes it to w.
func (d *Desk) Make(ctx context.Context, def *Definition, req Request, format string, w io.Writer) (*Result, error) {
	s, done, err := d.opt.Open(ctx, false)
	if err != nil {
		return nil, err
	}
	defer done()
	req.Action, req.Reports = "report", []string{def.ID}
	se, err := s.Open(ctx, req)
	if err != nil {
		return nil, err
	}
	return se.Run(ctx, def, format, w)
}
