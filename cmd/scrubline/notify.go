package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/scrubline/scrubline/detect/alert"
	"github.com/scrubline/scrubline/detect/book"
	"github.com/scrubline/scrubline/detect/notify"
	"github.com/scrubline/scrubline/detect/watch"
)

// openNotifier makes the notifier of the configuration's routes; nil without any.
func (n *node) openNotifier(ctx context.Context) error {
	ways, err := n.ways(ctx)
	if err != nil || len(ways) == 0 {
		return err
	}
	n.notifier = notify.New(notify.Options{
		Book: n.book(), Ways: ways, Link: n.cfg.Alerts.link, Dead: n.routeDead, Patience: n.cfg.Alerts.Patience, Log: n.log,
	})
	return nil
}

// link returns the page's search for a query.
func (c *alertsConfig) link(query string) string {
	if c.Page == "" {
		return ""
	}
	return strings.TrimSuffix(c.Page, "/") + "/?" + url.Values{"q": {query}}.Encode()
}

// routeDead raises the alert about a route, which goes by the others.
func (n *node) routeDead(ctx context.Context, name, code string) error {
	now := time.Now()
	from, to := alert.Window(now.UnixMilli(), 24*time.Hour)
	p := watch.DeadRoute.Part(n.cfg.Tenant, []alert.Label{{Name: "route", Value: name}}, from, to)
	p.First, p.Last, p.Matches = now, now, 1
	p.Summary = fmt.Sprintf("Route %s does not deliver (%s): %s", name, code, watch.DeadRoute.Title)
	return n.book().Alerts(ctx, []*alert.Part{p})
}

// notify is the part that brings alerts to routes.
func (n *node) notify() part { return part{"alerts", n.notifier.Run} }

// routeHealth says how the configuration's routes are doing, in its order.
func (n *node) routeHealth(ctx context.Context) ([]book.Health, error) {
	known, err := n.book().Routes(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]book.Health, 0, len(n.cfg.Alerts.Routes))
	for i := range n.cfg.Alerts.Routes {
		name := n.cfg.Alerts.Routes[i].Name
		h, ok := known[name]
		if !ok {
			h = book.Health{Route: name, State: "unused"}
		}
		out = append(out, h)
	}
	return out, nil
}
