package notify

import (
	"context"
	"slices"
	"time"

	"github.com/scrubline/scrubline/detect/book"
	"github.com/scrubline/scrubline/detect/route"
)

// resolveEvery is how often closed alerts are looked for.
const resolveEvery = 10 * time.Second

// resolving resolves until ctx ends.
func (n *Notifier) resolving(ctx context.Context) {
	if !slices.ContainsFunc(n.opt.Ways, func(w *Way) bool { _, ok := w.Route.(route.Resolver); return ok }) {
		return
	}
	tick := time.NewTicker(resolveEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			n.resolve(ctx)
		}
	}
}

// resolve tells the routes that keep incidents of alerts they were given that have
// been closed since. What fails is tried again at the next look.
func (n *Notifier) resolve(ctx context.Context) {
	for _, w := range n.opt.Ways {
		r, ok := w.Route.(route.Resolver)
		if !ok {
			continue
		}
		ids, err := n.opt.Book.Unresolved(ctx, w.Name)
		if err == nil {
			for _, id := range ids {
				if err = n.resolveOne(ctx, w, r, id); err != nil {
					break
				}
			}
		}
		if err != nil && ctx.Err() == nil {
			n.opt.Log.Warn().Err(err).Str("route", w.Name).Msg("resolving an incident; again soon")
		}
	}
}

func (n *Notifier) resolveOne(ctx context.Context, w *Way, r route.Resolver, id string) error {
	try, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	if err := r.Resolve(try, id); err != nil {
		return err
	}
	return n.opt.Book.Deliver(context.WithoutCancel(ctx), []book.Delivery{{Alert: id, Route: w.Name, At: n.opt.Now(), Attempt: 1, Status: book.Resolved}})
}
