package notify

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/scrubline/scrubline/detect/book"
	"github.com/scrubline/scrubline/detect/route"
)

// line is the alerts that wait for one route.
type line struct {
	n    *Notifier
	way  *Way
	wake chan struct{}

	mu    sync.Mutex
	queue []*waiting

	sent     []time.Time // notices within Per
	over     []*waiting  // those above Limit, for a summary
	failures int         // in a row
	pause    time.Duration
}

type waiting struct {
	*book.Alert
	attempts uint32
}

func (l *line) add(a *book.Alert) {
	l.mu.Lock()
	l.queue = append(l.queue, &waiting{Alert: a})
	l.mu.Unlock()
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// pauses between tries of a route that fails.
const (
	firstPause = time.Second
	maxPause   = 5 * time.Minute
)

func (l *line) run(ctx context.Context) {
	for ctx.Err() == nil {
		wait := l.step(ctx)
		t := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-t.C:
		case <-l.wake:
			// A route that fails is not asked sooner because there is more to say.
			if l.pause > 0 {
				select {
				case <-ctx.Done():
				case <-t.C:
				}
			}
		}
		t.Stop()
	}
}

// idle is how long a line sleeps that nobody wakes: quiet hours and limits end.
const idle = 15 * time.Second

// step sends one notice, if one is due, and says how long to wait then.
func (l *line) step(ctx context.Context) time.Duration {
	now := l.n.opt.Now()
	l.sent = slices.DeleteFunc(l.sent, func(t time.Time) bool { return now.Sub(t) >= l.way.Per })
	if len(l.over) > 0 && len(l.sent) < l.way.Limit {
		return l.send(ctx, l.over, l.summary())
	}
	w := l.next(now)
	switch {
	case w == nil:
		return idle
	case len(l.sent) >= l.way.Limit:
		l.take(w)
		l.over = append(l.over, w)
		return 0
	}
	return l.send(ctx, []*waiting{w}, &route.Notice{ID: w.ID, Alert: w.JSON(), Link: l.n.link(w.Alert)})
}

// next returns the alert that has waited longest and may go now.
func (l *line) next(now time.Time) *waiting {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, w := range l.queue {
		if !l.way.Quiet.holds(w.Level, now) {
			return w
		}
	}
	return nil
}

// take removes an alert from the queue.
func (l *line) take(w *waiting) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.queue = slices.DeleteFunc(l.queue, func(o *waiting) bool { return o == w })
}

// summary stands for the alerts above the limit.
func (l *line) summary() *route.Notice {
	gravest := l.over[0]
	more := map[string]int{}
	var ids []string
	for _, w := range l.over {
		more[w.Title]++
		ids = append(ids, w.ID)
		if graver(w.Alert, gravest.Alert) {
			gravest = w
		}
	}
	slices.Sort(ids)
	sum := sha256.Sum256([]byte(strings.Join(ids, " ")))
	return &route.Notice{ID: hex.EncodeToString(sum[:16]), Alert: gravest.JSON(), Link: l.n.link(gravest.Alert), More: more}
}

// sendTime bounds one try.
const sendTime = 30 * time.Second

// send sends a notice about alerts and notes how it went.
func (l *line) send(ctx context.Context, about []*waiting, notice *route.Notice) time.Duration {
	began := time.Now()
	try, cancel := context.WithTimeout(ctx, sendTime)
	err := l.way.Route.Send(try, notice)
	cancel()
	now := l.n.opt.Now()
	d := book.Delivery{Route: l.way.Name, At: now, Status: book.Delivered, Took: time.Since(began)}
	if len(notice.More) > 0 {
		d.Code = "summary"
	}
	if err != nil {
		if ctx.Err() != nil {
			return 0 // we are stopped: it is due still
		}
		d.Status, d.Code = book.Failed, "unknown"
		re, ok := errors.AsType[*route.Error](err)
		if ok {
			d.Code = re.Code
		}
		if ok && re.Permanent || now.Sub(about[0].Found) > l.n.opt.Patience {
			d.Status = book.GivenUp
		}
	}
	var ds []book.Delivery
	for _, w := range about {
		w.attempts++
		d.Alert, d.Attempt = w.ID, w.attempts
		ds = append(ds, d)
	}
	// If the mark cannot be written the notice is sent again after a restart.
	if e := l.n.opt.Book.Deliver(context.WithoutCancel(ctx), ds); e != nil {
		l.n.opt.Log.Error().Err(e).Str("route", l.way.Name).Msg("noting a delivery")
	}
	if d.Status != book.Failed {
		for _, w := range about {
			l.take(w)
		}
		l.over = slices.DeleteFunc(l.over, func(w *waiting) bool { return slices.Contains(about, w) })
		l.sent = append(l.sent, now)
	}
	return l.after(ctx, err, d.Code)
}

// after works out the pause, and tells when the route seems dead.
func (l *line) after(ctx context.Context, err error, code string) time.Duration {
	if err == nil {
		l.failures, l.pause = 0, 0
		return 0
	}
	l.failures++
	l.n.opt.Log.Warn().Str("route", l.way.Name).Str("code", code).Int("failures", l.failures).Msg("sending an alert failed")
	l.pause = min(max(2*l.pause, firstPause), maxPause)
	if l.failures%l.n.opt.Failures == 0 && l.n.opt.Dead != nil {
		if e := l.n.opt.Dead(ctx, l.way.Name, code); e != nil {
			l.n.opt.Log.Error().Err(e).Str("route", l.way.Name).Msg("raising the alert about a dead route")
		} else {
			l.n.Wake()
		}
	}
	return l.pause
}
