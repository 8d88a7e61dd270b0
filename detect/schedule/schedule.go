package schedule

import (
	"context"
	"fmt"
	"path"
	"time"

	"github.com/rs/zerolog"

	"github.com/scrubline/scrubline/detect/book"
	"github.com/scrubline/scrubline/detect/watch"
)

// Book is where a scheduler reads what is on record. book.Book is one.
type Book interface {
	Scheduled(ctx context.Context, rule, version string, since time.Time) ([]book.Run, error)
	LastScheduled(ctx context.Context, rule, version string) (time.Time, error)
	Arrivals(ctx context.Context, since time.Time) ([]book.Arrival, error)
	Oldest(ctx context.Context) (map[string]time.Time, error)
}

// Options configure a Scheduler.
type Options struct {
	Watcher *watch.Watcher // whose rules are run, and whose alerts and records are written
	Finder  watch.Finder
	Book    Book
	// Rules are patterns (path.Match) of ids and names of rules that are run besides
	// those that ask for it (sigma.Rule.Schedule, sigma.Novel), every Every.
	Rules    []string
	Every    time.Duration    // default one hour
	Lateness time.Duration    // default 15 minutes
	Back     time.Duration    // how far windows are caught up with; default seven days
	Now      func() time.Time // nil: time.Now
	Log      zerolog.Logger
}

// Defaults of Options.
const (
	DefaultEvery    = time.Hour
	DefaultLateness = 15 * time.Minute
	DefaultBack     = 7 * 24 * time.Hour
)

// mostTime bounds the run over one window.
const mostTime = 30 * time.Minute

// Scheduler runs rules over windows. Its methods are for one goroutine.
type Scheduler struct {
	opt    Options
	jobs   map[string]*job // by rule, version and period
	looked time.Time       // when arrivals were asked for
}

// New returns a scheduler.
func New(opt Options) *Scheduler {
	if opt.Every <= 0 {
		opt.Every = DefaultEvery
	}
	if opt.Lateness <= 0 {
		opt.Lateness = DefaultLateness
	}
	if opt.Back <= 0 {
		opt.Back = DefaultBack
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	return &Scheduler{opt: opt, jobs: map[string]*job{}}
}

// turns is how often Run looks for windows that are due.
const turns = time.Minute

// Run runs what is due until ctx ends.
func (s *Scheduler) Run(ctx context.Context) error {
	tick := time.NewTicker(turns)
	defer tick.Stop()
	for {
		if err := s.Turn(ctx); err != nil && ctx.Err() == nil {
			s.opt.Log.Error().Err(err).Msg("running rules by schedule; again soon")
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Turn runs the windows that are due now. Those of a rule that fails wait for the next
// turn; the first error is returned when the others have run.
func (s *Scheduler) Turn(ctx context.Context) error {
	now := s.opt.Now()
	if err := s.look(ctx, now); err != nil {
		return err
	}
	var failed error
	for _, rule := range s.opt.Watcher.Rules().Scheduled(s.wants, s.opt.Every) {
		j, err := s.job(ctx, rule, now)
		if err == nil {
			err = s.run(ctx, j, now)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil && failed == nil {
			failed = fmt.Errorf("rule %s: %w", rule.Key, err)
		}
	}
	return failed
}

// wants says whether one of a rule's names is named in the options.
func (s *Scheduler) wants(names []string) bool {
	for _, pattern := range s.opt.Rules {
		for _, name := range names {
			if ok, err := path.Match(pattern, name); ok && err == nil {
				return true
			}
		}
	}
	return false
}

// look tells all jobs what arrived since the last time.
func (s *Scheduler) look(ctx context.Context, now time.Time) error {
	if len(s.jobs) > 0 {
		fresh, err := s.opt.Book.Arrivals(ctx, s.looked.Add(-slack))
		if err != nil {
			return err
		}
		for _, j := range s.jobs {
			j.arrived(fresh)
		}
	}
	s.looked = now
	return nil
}

// job returns what is on record of a rule, and forgets what is too old. What was its
// duty and cannot be caught up with any more is recorded.
func (s *Scheduler) job(ctx context.Context, rule watch.Scheduled, now time.Time) (*job, error) {
	least := now.Add(-max(s.opt.Back, 2*rule.Every)) // a window lies whole in it, however long
	id := fmt.Sprintf("%s\x00%s\x00%d", rule.Key, rule.Version, rule.Every)
	j := s.jobs[id]
	if j == nil {
		var err error
		if j, err = s.load(ctx, rule, least, now); err != nil {
			return nil, err
		}
		s.jobs[id] = j
	}
	j.Scheduled = rule
	if from, to := j.since(least.UnixMilli()); to > from {
		return j, s.skip(ctx, j, time.UnixMilli(from).UTC(), time.UnixMilli(to).UTC(), now)
	}
	return j, nil
}

// load reads a job from the book.
func (s *Scheduler) load(ctx context.Context, rule watch.Scheduled, least, now time.Time) (*job, error) {
	j := &job{Scheduled: rule, windows: map[window]state{}}
	runs, err := s.opt.Book.Scheduled(ctx, rule.Key, rule.Version, least)
	if err != nil {
		return nil, err
	}
	for _, r := range runs {
		w := window{r.From.UnixMilli(), r.To.UnixMilli()}
		j.windows[w] = state{at: r.At.UnixMilli(), failed: r.Status == "failed", more: r.Late > 0}
	}
	arrivals, err := s.opt.Book.Arrivals(ctx, least)
	if err != nil {
		return nil, err
	}
	last, err := s.opt.Book.LastScheduled(ctx, rule.Key, rule.Version)
	if err != nil {
		return nil, err
	}
	every := rule.Every.Milliseconds()
	j.least = floor(least.UnixMilli(), every) + every
	j.start = j.least
	switch {
	case last.IsZero():
		// A rule that is new looks back over what there is.
		oldest, err := s.opt.Book.Oldest(ctx)
		if err != nil {
			return nil, err
		}
		first := now.UnixMilli()
		for _, src := range rule.Sources {
			if t, ok := oldest[src]; ok {
				first = min(first, t.UnixMilli())
			}
		}
		j.start = max(j.start, floor(first, every))
	case last.UnixMilli() < j.start:
		err = s.skip(ctx, j, last, time.UnixMilli(j.start).UTC(), now)
	}
	j.arrived(arrivals)
	return j, err
}

// skip records windows as left out.
func (s *Scheduler) skip(ctx context.Context, j *job, from, to, now time.Time) error {
	return s.opt.Watcher.Record(ctx, book.Run{
		ID: fmt.Sprintf("%s-%d-%d", j.Version, from.UnixMilli(), now.UnixNano()), Kind: book.Schedule, Rule: j.Key, Version: j.Version, Title: j.Title,
		From: from, To: to, Lateness: s.opt.Lateness, Status: "skipped", Reason: "longer ago than is caught up with", At: now,
	})
}

// run runs a job's windows that are due.
func (s *Scheduler) run(ctx context.Context, j *job, now time.Time) error {
	closed := min(s.opt.Watcher.Closed(j.Sources, s.opt.Lateness), now.UnixMilli())
	for _, w := range j.due(closed, now.UnixMilli()) {
		bounded, cancel := context.WithTimeout(ctx, mostTime)
		began, all := s.opt.Now(), j.windows[w].more || j.windows[w].all
		run, err := s.opt.Watcher.Over(bounded, s.opt.Finder, j.Key, time.UnixMilli(w.from).UTC(), time.UnixMilli(w.to).UTC(), s.opt.Lateness, all)
		cancel()
		if ctx.Err() != nil {
			return ctx.Err() // it is run again by whoever comes next
		}
		if run.ID != "" {
			if e := s.opt.Watcher.Record(ctx, run); err == nil {
				err = e
			}
		}
		j.windows[w] = state{at: began.UnixMilli(), failed: err != nil, more: run.Late > 0, all: all}
		if err != nil {
			return err
		}
	}
	return nil
}
