package watch

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/scrubline/scrubline/detect/alert"
	"github.com/scrubline/scrubline/detect/book"
)

// pause is how long matches wait at least for others before correlations run; and
// a run is not begun again before ten times of what the last one took.
const pause = 500 * time.Millisecond

// Recover takes over what earlier watchers left for correlations to see. Call it
// once, before Run or Finish.
func (w *Watcher) Recover(ctx context.Context) error {
	left, err := w.opt.Book.Unfinished(ctx)
	if err != nil {
		return err
	}
	rules := w.Rules()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, b := range left {
		w.todo = append(w.todo, &pending{b, rules.unitsOf(b.Bases)})
	}
	return nil
}

// Run runs correlations over what comes until ctx ends. A run that fails is tried
// again; that it failed is recorded, and an alert.
func (w *Watcher) Run(ctx context.Context) error {
	tick := time.NewTicker(5 * time.Second) // windows close without anything coming
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-w.wake:
		}
		began := time.Now()
		if err := w.correlate(ctx, false); err != nil && ctx.Err() == nil {
			w.opt.Log.Error().Err(err).Msg("running correlations; they are run again")
		}
		rest := max(pause, min(10*time.Since(began), time.Minute))
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(rest):
		}
	}
}

// Finish runs correlations over all that came. Windows that are not over yet by
// the clock are left to the next watcher.
func (w *Watcher) Finish(ctx context.Context) error { return w.correlate(ctx, true) }

// correlate runs each correlation over the windows that have something new.
func (w *Watcher) correlate(ctx context.Context, last bool) error {
	w.turn.Lock()
	defer w.turn.Unlock()
	w.mu.Lock()
	todo := slices.Clone(w.todo)
	w.mu.Unlock()
	var failed error
	for _, u := range w.Rules().units {
		var mine []*pending
		for _, p := range todo {
			if slices.Contains(p.left, u) {
				mine = append(mine, p)
			}
		}
		if len(mine) == 0 {
			continue
		}
		if err := w.unit(ctx, u, mine, w.closed(u, last)); err != nil {
			failed = err
		}
	}
	if err := w.settle(ctx); err != nil && failed == nil {
		failed = err
	}
	return failed
}

// closed returns the time up to which u's windows are over and nothing is expected
// any more.
func (w *Watcher) closed(u *unit, last bool) int64 {
	if last {
		return w.opt.Now().UnixMilli() - w.opt.Lateness.Milliseconds()
	}
	return w.Closed(u.sources, w.opt.Lateness)
}

// Closed returns the time, in Unix milliseconds, that is lateness below the watermark
// of sources: the newest event of any of them that came or, if none came for as long,
// now. What is older is not expected any more.
func (w *Watcher) Closed(sources []string, lateness time.Duration) int64 {
	late, now := lateness.Milliseconds(), w.opt.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	out, quiet := int64(-1<<62), true
	for _, src := range sources {
		m := w.seen[src]
		out = max(out, m.newest-late)
		quiet = quiet && now.Sub(m.came) > lateness
	}
	if quiet {
		out = now.UnixMilli() - late
	}
	return out
}

// unit runs one correlation over what ps brought.
func (w *Watcher) unit(ctx context.Context, u *unit, ps []*pending, closed int64) error {
	fresh := map[string]bool{}
	for _, p := range ps {
		fresh[p.Batch] = true
	}
	for _, s := range u.spans(ps) {
		if !u.atOnce {
			if end, _ := alert.Window(closed, u.span); s.to > end.UnixMilli() {
				s.to = end.UnixMilli()
			}
		}
		if s.to <= s.from {
			continue
		}
		parts, run, err := w.evaluate(ctx, u, w.opt.Book, s, fresh, w.done[u], "stream")
		if err == nil {
			err = w.opt.Book.Alerts(ctx, parts)
		}
		if err != nil && run.Status == "ok" {
			run.Status, run.Reason = "failed", "the store did not answer"
		}
		if e := w.record(ctx, run); err == nil {
			err = e
		}
		if err != nil {
			return fmt.Errorf("rule %s: %w", u.Key(), err)
		}
		w.found(parts)
		w.done[u] = max(w.done[u], s.to)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range ps {
		// What waits for its window to close stays until the windows that may look
		// back to it are over.
		if u.atOnce || alignedEnd(p.To+u.back.Milliseconds(), u.span) <= closed {
			p.left = slices.DeleteFunc(slices.Clone(p.left), func(o *unit) bool { return o == u })
		}
	}
	return nil
}

func alignedEnd(t int64, d time.Duration) int64 {
	_, to := alert.Window(t, d)
	return to.UnixMilli()
}

// settle marks batches that all correlations have seen.
func (w *Watcher) settle(ctx context.Context) error {
	w.mu.Lock()
	var done []book.Watched
	for _, p := range w.todo {
		if len(p.left) == 0 {
			p.Done = true
			done = append(done, p.Watched)
		}
	}
	w.mu.Unlock()
	if err := w.opt.Book.Watch(ctx, done); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.todo = slices.DeleteFunc(w.todo, func(p *pending) bool { return p.Done })
	return nil
}

// maxUnwritten bounds the runs that wait to be recorded.
const maxUnwritten = 1000

// record writes a run, and those that could not be written before; a run that was
// not whole is an alert.
func (w *Watcher) record(ctx context.Context, run book.Run) error {
	w.mu.Lock()
	runs := append(w.late, run)
	w.late = nil
	w.mu.Unlock()
	err := w.opt.Book.Runs(ctx, runs)
	var gaps []*alert.Part
	for i := range runs {
		if r := &runs[i]; r.Status != "ok" {
			gaps = append(gaps, w.gapOf(r))
		}
	}
	if err == nil {
		err = w.opt.Book.Alerts(ctx, gaps)
	}
	if err != nil {
		w.mu.Lock()
		if w.late = append(runs, w.late...); len(w.late) > maxUnwritten {
			w.late = w.late[len(w.late)-maxUnwritten:]
		}
		w.mu.Unlock()
		return err
	}
	w.found(gaps)
	return nil
}

// gapOf makes the alert of a run that was not whole.
func (w *Watcher) gapOf(r *book.Run) *alert.Part {
	from, to := alert.Window(r.At.UnixMilli(), alert.DefaultWindow)
	p := DetectionGap.Part(w.opt.Book.Tenant(), []alert.Label{{Name: "rule", Value: r.Rule}, {Name: "status", Value: r.Status}}, from, to)
	p.Batch = r.ID
	p.First, p.Last, p.Matches, p.Evidence = r.From, r.To, 1, nil
	p.Summary = fmt.Sprintf("%q was %s over %s to %s: %s", r.Title, r.Status, r.From.Format(time.RFC3339), r.To.Format(time.RFC3339), r.Reason)
	return p
}
