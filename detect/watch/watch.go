package watch

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/scrubline/scrubline/detect/alert"
	"github.com/scrubline/scrubline/detect/book"
	"github.com/scrubline/scrubline/detect/drill"
	"github.com/scrubline/scrubline/detect/match"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
)

// Book is where a watcher writes and reads. book.Book is one.
type Book interface {
	Tenant() string
	Alerts(ctx context.Context, parts []*alert.Part) error
	Matches(ctx context.Context, bs []*book.Bundle) error
	Watch(ctx context.Context, ws []book.Watched) error
	Runs(ctx context.Context, rs []book.Run) error
	HasWatched(ctx context.Context, keys []string) (map[string]bool, error)
	Unfinished(ctx context.Context) ([]book.Watched, error)
	MatchesOf(ctx context.Context, rules, versions []string, from, to int64, each func(*book.Match) error) error
	Raised(ctx context.Context, ids []string) (map[string]bool, error)
	Seen(ctx context.Context, rule, version string, whose []string, from, to time.Time, each func(book.Seen) error) error
	See(ctx context.Context, rule, version string, window time.Time, seen []book.Seen) error
}

// Options configure a Watcher.
type Options struct {
	Book Book
	// Lateness is how much later than newer ones an event may come before the
	// window it belongs to is run. Default 10 minutes. Only correlations that more
	// matches can make untrue wait for it.
	Lateness time.Duration
	// Suppressed, if set, says which suppression keeps a part quiet, "" for none.
	Suppressed func(*alert.Part) string
	// Drills knows events that are exercises; nil: there are none.
	Drills *drill.Marker
	// Found, if set, is told of parts after they are stored. It must not wait.
	Found func([]*alert.Part)
	Now   func() time.Time // nil: time.Now
	Log   zerolog.Logger
}

// DefaultLateness is Options.Lateness if that is 0.
const DefaultLateness = 10 * time.Minute

// Watcher runs rules. Its methods may be called from many goroutines.
type Watcher struct {
	opt   Options
	rules atomic.Pointer[Rules]
	wake  chan struct{}

	scanners sync.Mutex
	idle     []*scanner

	turn sync.Mutex      // held while correlations run
	done map[*unit]int64 // up to when windows were run; under turn

	mu   sync.Mutex
	todo []*pending
	seen map[string]mark // by source
	late []book.Run      // runs that could not be written yet
}

// pending is a batch whose matches correlations have not seen.
type pending struct {
	book.Watched
	left []*unit // correlations that have not
}

// mark is how far a source has come.
type mark struct {
	newest int64     // event time, Unix milliseconds
	came   time.Time // when the last batch did
}

// scanner is a match.Scanner of some rules.
type scanner struct {
	*match.Scanner
	of *Rules
}

// New returns a watcher that watches with rules.
func New(rules *Rules, opt Options) *Watcher {
	if opt.Lateness <= 0 {
		opt.Lateness = DefaultLateness
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	w := &Watcher{opt: opt, wake: make(chan struct{}, 1), seen: map[string]mark{}, done: map[*unit]int64{}}
	w.rules.Store(rules)
	return w
}

// Rules returns the rules in force.
func (w *Watcher) Rules() *Rules { return w.rules.Load() }

// Use puts other rules in force. Batches that correlations have not seen yet are
// seen by the new ones.
func (w *Watcher) Use(rules *Rules) {
	w.turn.Lock()
	defer w.turn.Unlock()
	w.rules.Store(rules)
	clear(w.done)
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.todo {
		p.left = rules.unitsOf(p.Bases)
	}
}

// unitsOf lists the correlations that are made of any of the rules with keys.
func (r *Rules) unitsOf(keys []string) []*unit {
	var out []*unit
	for _, u := range r.units {
		if slices.ContainsFunc(u.keys, func(k string) bool { return slices.Contains(keys, k) }) {
			out = append(out, u)
		}
	}
	return out
}

// Watched says which batches rules have run over, by their keys.
func (w *Watcher) Watched(ctx context.Context, keys []string) (map[string]bool, error) {
	return w.opt.Book.HasWatched(ctx, keys)
}

// Watch runs the rules over batches that are archived and inserted. When it
// returns nil, what they found is stored. The batches are lent for the call.
func (w *Watcher) Watch(ctx context.Context, batches []*event.Batch) error {
	s := w.scanner()
	defer w.rest(s)
	var (
		parts   []*alert.Part
		bundles []*book.Bundle
		marks   []book.Watched
	)
	for _, b := range batches {
		v := newView(w, s, b)
		began := time.Now()
		v.rows()
		mark := v.mark()
		mark.Cost = time.Since(began)
		parts, bundles, marks = append(parts, v.sorted()...), append(bundles, v.bundles...), append(marks, mark)
	}
	if err := w.opt.Book.Matches(ctx, bundles); err != nil {
		return err
	}
	if err := w.opt.Book.Alerts(ctx, parts); err != nil {
		return err
	}
	if err := w.opt.Book.Watch(ctx, marks); err != nil {
		return err
	}
	w.note(batches, marks, s.of)
	w.found(parts)
	return nil
}

// note remembers what correlations have to see. A canary is of its source's format and
// of this moment, and must not close windows that the source's own events still come to.
func (w *Watcher) note(batches []*event.Batch, marks []book.Watched, rules *Rules) {
	w.mu.Lock()
	for i, b := range batches {
		if planted(b) {
			continue
		}
		m := w.seen[b.Source]
		m.came = w.opt.Now()
		most := m.came.Add(5 * time.Minute).UnixMilli() // a clock that is wrong must not close windows
		for _, t := range b.Nums(schemas.EventTime) {
			if int64(t) > m.newest && int64(t) <= most {
				m.newest = int64(t)
			}
		}
		w.seen[b.Source] = m
		if !marks[i].Done {
			w.todo = append(w.todo, &pending{marks[i], rules.unitsOf(marks[i].Bases)})
		}
	}
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (w *Watcher) found(parts []*alert.Part) {
	if w.opt.Found != nil && len(parts) > 0 {
		w.opt.Found(parts)
	}
}

// scanner returns one for the rules in force.
func (w *Watcher) scanner() *scanner {
	rules := w.rules.Load()
	w.scanners.Lock()
	defer w.scanners.Unlock()
	for len(w.idle) > 0 {
		s := w.idle[len(w.idle)-1]
		w.idle = w.idle[:len(w.idle)-1]
		if s.of == rules {
			return s
		}
	}
	return &scanner{rules.matcher.NewScanner(), rules}
}

func (w *Watcher) rest(s *scanner) {
	w.scanners.Lock()
	defer w.scanners.Unlock()
	w.idle = append(w.idle, s)
}
