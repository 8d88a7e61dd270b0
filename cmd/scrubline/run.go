package main

import (
	"context"
	"fmt"
	"os"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/scrubline/scrubline/query"
	"github.com/scrubline/scrubline/query/api"
	"github.com/scrubline/scrubline/scrub/token"
)

type runCmd struct {
	Listen string `help:"Loopback address of the API and the page (default 127.0.0.1:8080)." placeholder:"ADDR"`
}

func (c *runCmd) Run(ctx context.Context, g *globals) error {
	n, err := g.openNode(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = n.close() }()
	if _, err := n.rules(&n.cfg); err != nil {
		return err
	}
	return n.serve(ctx, c.Listen)
}

// service answers queries over the node.
func (n *node) service() *query.Service {
	return query.New(n.store.Conn(), query.Options{Tenant: n.cfg.Tenant, Tokens: token.NewLookup(n.keys, n.cfg.Tenant)})
}

// serve answers the API and the page until ctx ends or the engine dies.
func (n *node) serve(ctx context.Context, listen string) error {
	if listen == "" {
		listen = n.cfg.Listen
	}
	l, err := api.Listen(listen)
	if err != nil {
		return fmt.Errorf("listening on %s: %w", listen, err)
	}
	tok, err := n.apiToken()
	if err != nil {
		_ = l.Close()
		return err
	}
	reg := prometheus.NewRegistry()
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	s, err := api.New(api.Options{Service: n.service(), Token: tok, Tokens: token.NewLookup(n.keys, n.cfg.Tenant), Registry: reg, Log: n.log})
	if err != nil {
		_ = l.Close()
		return err
	}
	fmt.Fprintf(os.Stderr, "Page: %s\nAPI:  http://%s with the bearer token in %s\nCtrl-C stops.\n",
		s.LoginURL(l.Addr().String()), l.Addr(), n.path("keys", "api.token"))
	asked := ctx // ends when somebody asks us to stop: no failure
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if n.engine != nil {
		go func() {
			select {
			case <-n.engine.Done():
				cancel(fmt.Errorf("the embedded clickhouse ended: %w", n.engine.Err()))
			case <-ctx.Done():
			}
		}()
	}
	err = s.Serve(ctx, l)
	if cause := context.Cause(ctx); cause != nil && asked.Err() == nil {
		return cause
	}
	return err
}
