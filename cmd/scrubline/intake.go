package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/pipeline"
)

// intake is the parts that take the configured inputs in; ok is false if there
// are none. done closes what it carries into, after its end.
func (n *node) intake(ctx context.Context) (parts []part, done func() error, ok bool, err error) {
	none := func() error { return nil }
	patience := cmp.Or(n.cfg.Inputs.Patience, defaultPatience)
	if n.cfg.Inputs.empty() {
		return nil, none, false, nil
	}
	n.store.Retries(insertRetries)
	n.ahead = cmp.Or(n.cfg.Inputs.RunAhead, defaultRunAhead) << 20
	c, err := n.carrier(ctx, "", patience, max(0, cmp.Or(n.cfg.Inputs.Quiet, defaultQuiet)))
	if err != nil {
		return nil, none, false, err
	}
	done = func() error { return c.close(ctx) }
	n.taking = c
	in, err := n.inputs(ctx, c)
	if err != nil {
		return nil, none, false, errors.Join(err, done())
	}
	return []part{
		{"intake", func(ctx context.Context) error { return n.carry(ctx, c.Runner, in) }},
		{"sealing", func(ctx context.Context) error {
			return c.archive.SealOnTime(ctx, func(err error) {
				n.log.Error().Str("error", err.Error()).Msg("the archive was not sealed and will be")
			})
		}},
		newReconciler(n, c.archive, c.sink).part(),
	}, done, true, nil
}

// Pauses of carry after what stops a run: doubled from the first to the last, and
// then a random part of it.
const (
	firstPause = time.Second
	lastPause  = time.Minute
)

// carry carries what the inputs deliver until ctx ends, and then what it has in
// hand. What the archive or ClickHouse does not take stops it for a while only:
// nothing was acknowledged, so it comes again.
func (n *node) carry(ctx context.Context, r *pipeline.Runner, in ingest.Input) error {
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		start := time.Now()
		err := n.carryOnce(ctx, r, in)
		if ctx.Err() != nil {
			return err
		}
		if err == nil {
			return errors.New("every input is at its end")
		}
		if time.Since(start) > lastPause {
			pause = firstPause
		}
		wait := rand.N(pause)
		n.log.Error().Str("error", err.Error()).Dur("pause", wait).Msg("intake stopped and will go on")
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
	}
}

// carryOnce is one run of r. When ctx ends the inputs stop, and r has
// inputsConfig.Stop for what it has in hand.
func (n *node) carryOnce(ctx context.Context, r *pipeline.Runner, in ingest.Input) error {
	carrying, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(nil)
	bound := cmp.Or(n.cfg.Inputs.Stop, defaultStop)
	defer context.AfterFunc(ctx, func() {
		t := time.AfterFunc(bound, func() {
			cancel(fmt.Errorf("what is in hand was not finished within %s: it will be delivered again", bound))
		})
		context.AfterFunc(carrying, func() { t.Stop() })
	})()
	if n.engine != nil {
		go func() { // without it nothing in hand can be finished
			select {
			case <-n.engine.Done():
				cancel(errEngineEnded)
			case <-carrying.Done():
			}
		}()
	}
	return r.Run(carrying, until{ctx, in}, n.noteResult)
}

// until ends an input with a context without failing it.
type until struct {
	ctx context.Context
	in  ingest.Input
}

func (u until) Run(ctx context.Context, emit func(context.Context, ingest.Payload) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(u.ctx, cancel)()
	err := u.in.Run(ctx, emit)
	if u.ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// noteResult logs what became of a payload.
func (n *node) noteResult(_ ingest.Payload, res pipeline.Result) {
	e := n.log.Debug()
	if res.Error != "" || res.Tombstones > 0 {
		e = n.log.Warn()
	}
	e.Str("origin", res.Origin).Str("source", res.Source).Uint64("records", res.Records).Uint64("tombstones", res.Tombstones).
		Str("code", string(cmp.Or(res.Error, res.First.Code))).Msg("payload carried")
}
