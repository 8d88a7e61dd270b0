package main

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"golang.org/x/sync/errgroup"

	"github.com/scrubline/scrubline/query"
	"github.com/scrubline/scrubline/query/api"
	"github.com/scrubline/scrubline/scrub/token"
)

type runCmd struct {
	Listen string `help:"Address of the API and the page (default 127.0.0.1:8080); other than loopback needs identity in the configuration." placeholder:"ADDR"`
}

// errEngineEnded says that the embedded ClickHouse ended without having been asked to.
var errEngineEnded = errors.New("the embedded clickhouse ended")

// Run runs until it is asked to end or a part fails. If the embedded ClickHouse ends,
// all parts end and are started again over a new one, which is compared with the
// archive first: what was not acknowledged comes again, as after a kill. Only the first
// start may fail.
func (c *runCmd) Run(ctx context.Context, g *globals) error {
	again := false
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		start := time.Now()
		n, err := g.openNode(ctx)
		if err == nil {
			if err = c.over(ctx, n); !errors.Is(err, errEngineEnded) || ctx.Err() != nil {
				return unlessAsked(ctx, err)
			}
		} else if !again {
			return unlessAsked(ctx, err)
		}
		again = true
		if time.Since(start) > lastPause {
			pause = firstPause
		}
		log := g.logger()
		log.Error().Str("error", err.Error()).Dur("pause", pause).Msg("starting again with a new clickhouse")
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
	}
}

// unlessAsked is err, unless it says no more than that somebody asked us to end while
// we were starting.
func unlessAsked(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// over runs over a node, and closes it.
func (c *runCmd) over(ctx context.Context, n *node) (err error) {
	defer func() {
		if err != nil && !errors.Is(err, errEngineEnded) && n.engineEnded() {
			err = fmt.Errorf("%w: %w", errEngineEnded, err)
		}
		_ = n.close()
	}()
	if n.asks == nil {
		n.log.Warn().Msg("questions run as the user that writes to clickhouse: name another one in store.clickhouse.asker, see scrubline doctor")
	}
	pol, err := n.rules(&n.cfg)
	if err != nil {
		return err
	}
	if err := n.putPolicy(pol); err != nil {
		return err
	}
	parts := []part{n.api(c.Listen), n.holder()}
	if err := n.openNotifier(ctx); err != nil {
		return err
	}
	if n.notifier != nil {
		parts = append(parts, n.notify())
	}
	in, done, ok, err := n.intake(ctx)
	if err != nil {
		return err
	}
	if ok {
		parts = append(append(parts, in...), n.detect())
		if n.cfg.Canary.Every > 0 {
			parts = append(parts, n.canaries(n.taking))
		}
	}
	if n.cfg.Archive.Copy.configured() {
		copy, err := n.copier(ctx)
		if err != nil {
			return errors.Join(err, done())
		}
		parts = append(parts, copy)
	}
	if n.cfg.Archive.Witness.URL != "" {
		witness, err := n.witness(ctx)
		if err != nil {
			return errors.Join(err, done())
		}
		parts = append(parts, witness)
	}
	parts = append(parts, n.auditing())
	settled := time.AfterFunc(settling, func() {
		debug.FreeOSMemory() // starting left garbage, which a node that waits would not collect for long
		dropCode()
	})
	err = n.together(ctx, parts...)
	settled.Stop()
	if !errors.Is(err, errEngineEnded) {
		n.carryTrail(context.WithoutCancel(ctx)) // what was asked last
	}
	return errors.Join(err, done())
}

// engineEnded says whether the embedded ClickHouse has ended. Its connections tell that
// a moment before its process is gone.
func (n *node) engineEnded() bool {
	if n.engine == nil || n.engine.Done() == nil {
		return false
	}
	select {
	case <-n.engine.Done():
		return true
	case <-time.After(time.Second):
		return false
	}
}

// settling is how long the parts take to start, about.
const settling = 3 * time.Second

// part is something that run does besides others. It goes on until ctx ends, and then ends itself with
// what it has in hand; an error ends all of them.
type part struct {
	name string
	run  func(ctx context.Context) error
}

// together runs parts until ctx ends, the engine dies or one of them fails. It
// returns when all have ended.
func (n *node) together(ctx context.Context, parts ...part) error {
	asked := ctx // ends when somebody asks us to stop: no failure
	group, ctx := errgroup.WithContext(ctx)
	if n.engine != nil {
		group.Go(func() error {
			select {
			case <-n.engine.Done():
				return fmt.Errorf("%w: %w", errEngineEnded, n.engine.Err())
			case <-ctx.Done():
				return nil
			}
		})
	}
	for _, p := range parts {
		group.Go(func() error {
			err := p.run(ctx)
			switch {
			case err == nil && ctx.Err() == nil:
				return fmt.Errorf("%s ended", p.name)
			case err == nil, asked.Err() != nil && errors.Is(err, context.Canceled):
				return nil
			}
			return fmt.Errorf("%s: %w", p.name, err)
		})
	}
	return group.Wait()
}

// service answers queries over the node.
func (n *node) service() *query.Service { return n.serviceWith(nil) }

// serviceWith also answers statements that people write, as the user of reader.
func (n *node) serviceWith(reader driver.Conn) *query.Service {
	return query.New(n.store.Conn(), query.Options{Tenant: n.cfg.Tenant, Tokens: token.NewLookup(n.keys, n.cfg.Tenant), Reader: reader, Asker: n.asks})
}

// api is the part that answers the API and the page.
func (n *node) api(listen string) part {
	return part{"api", func(ctx context.Context) error { return n.serve(ctx, listen) }}
}

// serve answers the API and the page until ctx ends.
func (n *node) serve(ctx context.Context, listen string) error {
	if listen == "" {
		listen = n.cfg.Listen
	}
	access, err := n.access()
	if err != nil {
		return err
	}
	l, err := n.bind(listen, access)
	if err != nil {
		return err
	}
	tok, err := n.apiToken()
	if err != nil {
		_ = l.Close()
		return err
	}
	reg := n.metrics
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	exports, err := n.exports()
	if err != nil {
		_ = l.Close()
		return err
	}
	desk, err := n.desk()
	if err != nil {
		_ = l.Close()
		return err
	}
	reader, err := n.reader()
	if err != nil {
		_ = l.Close()
		return err
	}
	if reader != nil {
		defer func() { _ = reader.Close() }()
	}
	sealed, err := n.sealLog(ctx)
	if err != nil {
		_ = l.Close()
		return err
	}
	reveals, err := n.reveals()
	if err != nil {
		_ = l.Close()
		return err
	}
	if reveals != nil {
		defer func() { _ = reveals.Close() }()
	}
	s, err := api.New(api.Options{
		Reveals: reveals,
		SealLog: sealed,
		Service: n.serviceWith(reader), Token: tok, Tokens: token.NewLookup(n.keys, n.cfg.Tenant), Registry: reg, Log: n.log, Exports: exports,
		Alerts: n.book(), Routes: n.routeHealth, Reports: desk, Access: access, Audit: n.trail,
	})
	if err != nil {
		_ = l.Close()
		return err
	}
	n.announce(s, l.Addr().String(), access.Origin)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return exports.Run(ctx) })
	group.Go(func() error { return desk.Run(ctx) })
	group.Go(func() error { return s.Serve(ctx, l) })
	return group.Wait()
}
