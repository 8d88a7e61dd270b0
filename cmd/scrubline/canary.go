package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/pipeline"
	"github.com/scrubline/scrubline/pipeline/canary"
	"github.com/scrubline/scrubline/scrub/evaluate"
	"github.com/scrubline/scrubline/scrub/event"
)

type canaryCmd struct {
	Identities int `help:"New patients to plant, ten records each (default: canary.identities of the configuration, or 4)." placeholder:"N"`
}

// Run plants a round and prints a line a format. Exit codes: 0 nothing was found of
// it, 1 something was, or a record is missing.
func (c *canaryCmd) Run(ctx context.Context, g *globals) error {
	n, err := g.openNode(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = n.close() }()
	to, err := n.carrier(ctx, "", 0, 0)
	if err != nil {
		return err
	}
	results, err := n.plant(ctx, to, cmp.Or(c.Identities, n.cfg.Canary.Identities, defaultIdentities))
	if err = errors.Join(err, to.close(ctx)); err != nil {
		return err
	}
	out, missed := json.NewEncoder(os.Stdout), false
	for _, r := range results {
		missed = missed || r.Status != canary.Pass
		if err := out.Encode(r); err != nil {
			return fmt.Errorf("writing results: %w", err)
		}
	}
	if missed {
		return &exitError{exitFailed, errors.New("planted patients were found in what was stored, or records are missing")}
	}
	return nil
}

// listed is an input of a few payloads.
type listed []ingest.Payload

// Run implements ingest.Input.
func (l listed) Run(ctx context.Context, emit func(context.Context, ingest.Payload) error) error {
	for _, p := range l {
		if err := emit(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// plant carries a round of canaries the way of everything else, looks for them in
// what was stored, and stores what it found as events of their own.
func (n *node) plant(ctx context.Context, to *carrier, identities int) ([]canary.Result, error) {
	round := canary.NewRound(identities, rand.Uint64(), time.Now().UTC().Truncate(time.Millisecond))
	var in listed
	for _, p := range round.Plots() {
		in = append(in, p.Payload(round.At))
	}
	carried := map[string]pipeline.Result{}
	if err := to.Run(ctx, in, func(p ingest.Payload, res pipeline.Result) { carried[p.Identity] = res }); err != nil {
		return nil, fmt.Errorf("carrying canaries: %w", err)
	}
	var results []canary.Result
	for i, p := range round.Plots() {
		stored, visible, err := n.lookThrough(ctx, to, p, &in[i])
		if err != nil {
			return nil, err
		}
		res := carried[in[i].Identity]
		results = append(results, p.Result(res.Source, res.Events, stored, visible))
	}
	report := round.Report(results)
	if err := to.Run(ctx, listed{report}, func(ingest.Payload, pipeline.Result) {}); err != nil {
		return nil, fmt.Errorf("carrying the results of canaries: %w", err)
	}
	return results, nil
}

// lookThrough looks for a plot's values in the archive's objects, decoded, and in
// the rows of ClickHouse. It returns how many rows either has.
func (n *node) lookThrough(ctx context.Context, to *carrier, plot *canary.Plot, p *ingest.Payload) (stored, visible uint64, err error) {
	chain, err := to.archive.Chain(ctx, to.PayloadID(p))
	if err != nil {
		return 0, 0, err
	}
	var b event.Batch
	for _, o := range chain {
		if err := to.archive.Read(ctx, o.Key, &b); err != nil {
			return 0, 0, fmt.Errorf("reading canaries from the archive: %w", err)
		}
		stored += uint64(b.Rows())
		plot.LookBatch(&b)
		rows, err := n.store.Conn().Query(ctx, "SELECT toString(tuple(*)) FROM events WHERE batch = ?", o.Meta.Key())
		if err != nil {
			return 0, 0, fmt.Errorf("reading canaries from clickhouse: %w", err)
		}
		seen, err := lookRows(rows, plot)
		if visible += seen; err != nil {
			return 0, 0, fmt.Errorf("reading canaries from clickhouse: %w", err)
		}
	}
	return stored, visible, nil
}

// rowsOf is what lookRows needs of a driver's rows.
type rowsOf interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close() error
}

func lookRows(rows rowsOf, plot *canary.Plot) (n uint64, err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var row string
		if err := rows.Scan(&row); err != nil {
			return n, err
		}
		n++
		plot.Look("clickhouse", []byte(row))
	}
	return n, rows.Err()
}

// canaries is what the metrics of canaries say.
type canaries struct {
	values, leaked *prometheus.CounterVec
	passed         prometheus.Gauge
	upper          *prometheus.GaugeVec
	day            string
	today          map[string][2]uint64 // values and leaked of a source on day
}

func newCanaries(reg prometheus.Registerer) *canaries {
	source := []string{"source"}
	c := &canaries{
		values: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "scrubline_canary_values_total", Help: "Values of fictional patients that were planted among what comes in, by source."}, source),
		leaked: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "scrubline_canary_leaked_total", Help: "Of those, values that were found in what was stored."}, source),
		passed: prometheus.NewGauge(prometheus.GaugeOpts{Name: "scrubline_canary_last_pass_timestamp_seconds", Help: "When a round of canaries last passed whole."}),
		upper:  prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "scrubline_residual_leak_upper", Help: "Upper end of the 95 % interval (Clopper-Pearson) of the share of planted values that leak, today in UTC, by source."}, source),
		today:  map[string][2]uint64{},
	}
	reg.MustRegister(c.values, c.leaked, c.passed, c.upper)
	return c
}

// note counts a round's results.
func (c *canaries) note(results []canary.Result, at time.Time) (missed []canary.Result) {
	if day := at.UTC().Format(time.DateOnly); day != c.day {
		c.day = day
		clear(c.today)
		c.upper.Reset()
	}
	for _, r := range results {
		sum := c.today[r.Source]
		sum[0], sum[1] = sum[0]+uint64(r.Values), sum[1]+uint64(r.Leaked)
		c.today[r.Source] = sum
		c.values.WithLabelValues(r.Source).Add(float64(r.Values))
		c.leaked.WithLabelValues(r.Source).Add(float64(r.Leaked))
		c.upper.WithLabelValues(r.Source).Set(evaluate.Estimate(sum[1], sum[0]).High)
	}
	missed = slices.DeleteFunc(slices.Clone(results), func(r canary.Result) bool { return r.Status == canary.Pass })
	if len(missed) == 0 {
		c.passed.Set(float64(at.Unix()))
	}
	return missed
}

// canaries is the part that plants a round every so often.
func (n *node) canaries(to *carrier) part {
	m := newCanaries(n.metrics)
	round := func(ctx context.Context) {
		results, err := n.plant(ctx, to, cmp.Or(n.cfg.Canary.Identities, defaultIdentities))
		if err != nil {
			if ctx.Err() == nil {
				n.log.Error().Str("error", err.Error()).Msg("canaries could not be planted or looked for")
			}
			return
		}
		for _, r := range m.note(results, time.Now()) {
			n.log.Error().Str("source", r.Source).Int("values", r.Values).Int("leaked", r.Leaked).Uint64("records", r.Records).Msg("canary missed: planted patients are in what was stored, or records are missing")
		}
	}
	looked := "" // the day of the last second look
	return part{"canaries", func(ctx context.Context) error {
		tick := time.NewTicker(n.cfg.Canary.Every)
		defer tick.Stop()
		for {
			round(ctx)
			if day := time.Now().UTC().Format(time.DateOnly); day != looked {
				if err := n.secondLook(ctx, to, time.Now()); err == nil {
					looked = day
				} else if ctx.Err() == nil {
					n.log.Error().Err(err).Msg("a second look at what was stored failed; again after the next round")
				}
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-tick.C:
			}
		}
	}}
}
