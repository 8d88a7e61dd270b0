package main

import (
	"context"
	"errors"
	"runtime"
	"time"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/all"
	"github.com/scrubline/scrubline/pipeline"
	"github.com/scrubline/scrubline/scrub/policy"
	"github.com/scrubline/scrubline/store/archive"
)

// carrier is a runner over the node with what it writes to.
type carrier struct {
	*pipeline.Runner
	archive    *archive.Archive
	sink       pipeline.Sink
	quarantine jail
	config     pipeline.Config
}

// carrier opens what payloads are carried into. patience and quiet are pipeline.Config's;
// format is the source of every payload, "" to recognise each.
func (n *node) carrier(ctx context.Context, format string, patience, quiet time.Duration) (*carrier, error) {
	q, err := n.openQuarantine(ctx)
	if err != nil {
		return nil, err
	}
	return n.carrierWith(ctx, q, format, patience, quiet)
}

// carrierWith is carrier with a quarantine of its own, which it closes.
func (n *node) carrierWith(ctx context.Context, q jail, format string, patience, quiet time.Duration) (_ *carrier, err error) {
	defer func() {
		if err != nil {
			_ = q.Close()
		}
	}()
	pol, err := n.rules(&n.cfg)
	if err != nil {
		return nil, err
	}
	if err := n.keepPolicy(pol); err != nil {
		return nil, err
	}
	linked, err := n.openLinked(ctx)
	if err != nil {
		return nil, err
	}
	sink, err := n.sink(ctx)
	if err != nil {
		return nil, err
	}
	c := &carrier{sink: sink, quarantine: q}
	if c.archive, err = n.openArchive(ctx); err != nil {
		return nil, err
	}
	cfg, err := n.wiring(pol)
	if err != nil {
		return nil, errors.Join(err, c.archive.Close(ctx))
	}
	if format != "" {
		s, _ := all.ByName(format)
		cfg.Format = s.Name()
	}
	if cfg.Workers = n.cfg.Ingest.Workers; cfg.Workers < 1 {
		cfg.Workers = runtime.GOMAXPROCS(0)
	}
	cfg.Archive, cfg.Sink, cfg.Quarantine, cfg.Linked = c.archive, sink, q, linked
	cfg.Patience, cfg.Quiet = patience, quiet
	cfg.RunAhead, cfg.Metrics, cfg.Known = n.ahead, n.counting(), n.knownIDs
	cfg.Doubt = n.engine == nil // nobody tells us how a server of the user's own ended
	c.config = cfg
	if c.Runner, err = pipeline.New(cfg); err != nil {
		return nil, errors.Join(err, c.archive.Close(ctx))
	}
	return c, nil
}

// wiring is what all pipelines of the node have in common.
func (n *node) wiring(pol *policy.Policy) (pipeline.Config, error) {
	patients, err := n.followRoster()
	if err != nil {
		return pipeline.Config{}, err
	}
	return pipeline.Config{
		Roster: patients.Current, KeepRules: n.keepRules, Keys: n.keys, Tenant: n.cfg.Tenant,
		Policy: pol, Link: pol.Link(), Log: n.log,
		Options: ingest.Options{FlowFormat: n.cfg.Ingest.FlowFormat, Limits: ingest.DefaultLimits},
	}, nil
}

// counting are the metrics of all carriers of the node.
func (n *node) counting() *pipeline.Metrics {
	if n.counts == nil {
		n.counts = pipeline.NewMetrics(n.metrics)
	}
	return n.counts
}

// close seals what was archived, whether or not ctx has ended.
func (c *carrier) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	return errors.Join(c.archive.Close(ctx), c.quarantine.Close())
}
