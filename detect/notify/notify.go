package notify

import (
	"context"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/scrubline/scrubline/detect/alert"
	"github.com/scrubline/scrubline/detect/book"
)

// Book is what a notifier reads and writes. book.Book is one.
type Book interface {
	List(ctx context.Context, f book.Filter) ([]*book.Alert, bool, error)
	Deliver(ctx context.Context, ds []book.Delivery) error
	Settled(ctx context.Context, since time.Time, each func(alert, route string)) error
	Unresolved(ctx context.Context, route string) ([]string, error)
}

// Options configure a Notifier.
type Options struct {
	Book Book
	Ways []*Way
	// Link returns the address of the page's search for a query, "" if unknown.
	Link func(query string) string
	// Dead is told that a route has failed Options.Failures times in a row. It
	// raises the alert about it.
	Dead     func(ctx context.Context, route, code string) error
	Failures int           // default 5
	Patience time.Duration // after which an alert is given up; default 24 hours
	Poll     time.Duration // how often the book is looked into; default 2 seconds
	Now      func() time.Time
	Log      zerolog.Logger
}

// Notifier brings alerts to routes.
type Notifier struct {
	opt  Options
	wake chan struct{}
	last time.Time // up to when alerts were read
	seen map[string]time.Time
}

// New returns a notifier.
func New(opt Options) *Notifier {
	if opt.Failures <= 0 {
		opt.Failures = 5
	}
	if opt.Patience <= 0 {
		opt.Patience = 24 * time.Hour
	}
	if opt.Poll <= 0 {
		opt.Poll = 2 * time.Second
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	for _, w := range opt.Ways {
		if w.Limit <= 0 {
			w.Limit = 30
		}
		if w.Per <= 0 {
			w.Per = 10 * time.Minute
		}
	}
	return &Notifier{opt: opt, wake: make(chan struct{}, 1), seen: map[string]time.Time{}}
}

// Wake says that alerts were stored. It does not wait.
func (n *Notifier) Wake() {
	select {
	case n.wake <- struct{}{}:
	default:
	}
}

// overlap is how far back each look goes beyond the last: clocks of writers differ,
// and a write takes its time after its row was stamped.
const overlap = time.Minute

// Run sends until ctx ends. It returns when nothing is under way.
func (n *Notifier) Run(ctx context.Context) error {
	var senders sync.WaitGroup
	defer senders.Wait()
	settled := map[[2]string]bool{}
	since := n.opt.Now().Add(-n.opt.Patience)
	if err := n.retry(ctx, func() error {
		return n.opt.Book.Settled(ctx, since, func(alert, route string) { settled[[2]string{alert, route}] = true })
	}); err != nil {
		return nil // ctx ended
	}
	var lines []*line
	for _, w := range n.opt.Ways {
		l := &line{n: n, way: w, wake: make(chan struct{}, 1)}
		lines = append(lines, l)
		senders.Go(func() { l.run(ctx) })
	}
	senders.Go(func() { n.resolving(ctx) }) // beside, so that a slow side delays no alert
	n.last = since
	tick := time.NewTicker(n.opt.Poll)
	defer tick.Stop()
	for {
		if err := n.look(ctx, lines, settled); err != nil && ctx.Err() == nil {
			n.opt.Log.Error().Err(err).Msg("looking for alerts to send; again soon")
		} else {
			settled = nil // what comes from now on is known by seen
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-n.wake:
		}
	}
}

func (n *Notifier) retry(ctx context.Context, do func() error) error {
	for {
		err := do()
		if err == nil {
			return nil
		}
		n.opt.Log.Error().Err(err).Msg("reading what was sent; again soon")
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(n.opt.Poll):
		}
	}
}

// look hands alerts that are new to the routes that take them.
func (n *Notifier) look(ctx context.Context, lines []*line, settled map[[2]string]bool) error {
	began := n.opt.Now()
	f := book.Filter{Found: n.last.Add(-overlap), Drills: true, Limit: 1000}
	for {
		as, more, err := n.opt.Book.List(ctx, f)
		if err != nil {
			return err
		}
		for i := len(as) - 1; i >= 0; i-- {
			a := as[i]
			// One that is old has got another match: it was sent in its time.
			if _, known := n.seen[a.ID]; known || a.Found.Before(began.Add(-n.opt.Patience)) {
				continue
			}
			n.seen[a.ID] = began
			for _, l := range lines {
				if l.way.takes(a) && !settled[[2]string{a.ID, l.way.Name}] {
					l.add(a)
				}
			}
		}
		if !more {
			break
		}
		f.After = as[len(as)-1].Cursor()
	}
	n.last = began
	for id, at := range n.seen {
		if began.Sub(at) > 2*n.opt.Patience {
			delete(n.seen, id)
		}
	}
	return nil
}

// link returns where the page shows an alert's events.
func (n *Notifier) link(a *book.Alert) string {
	if q := a.Searches(); n.opt.Link != nil && len(q) > 0 {
		return n.opt.Link(q[0])
	}
	return ""
}

// graver orders alerts by level.
func graver(a, b *book.Alert) bool { return alert.Rank(a.Level) > alert.Rank(b.Level) }
