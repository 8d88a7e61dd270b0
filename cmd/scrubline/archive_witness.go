package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/scrubline/scrubline/store/archive"
	"github.com/scrubline/scrubline/store/archive/object"
	"github.com/scrubline/scrubline/store/archive/tlog"
)

// witnessConfig says who signs the archive's checkpoints beside us. run asks now and
// then.
type witnessConfig struct {
	URL string `yaml:"url"`
	// PublicKey is a file with the witness's public key.
	PublicKey string `yaml:"public_key"`
	// Every is how long run waits between two checkpoints that are signed. 0 is
	// defaultCosignEvery.
	Every time.Duration `yaml:"every"`
}

const defaultCosignEvery = time.Hour

func (c *witnessConfig) check() error {
	if (c.URL == "") != (c.PublicKey == "") {
		return errors.New("archive.witness: url and public_key belong together")
	}
	if c.Every < 0 {
		return errors.New("archive.witness.every: a time before now")
	}
	if c.Every == 0 {
		c.Every = defaultCosignEvery
	}
	return nil
}

// verifier reads the witness's public key.
func (c *witnessConfig) verifier() (*tlog.CosignVerifier, error) {
	b, err := os.ReadFile(c.PublicKey)
	if err != nil {
		return nil, &exitError{exitUsage, fmt.Errorf("reading the witness's public key: %w", err)}
	}
	by, err := tlog.NewCosignVerifier(string(b))
	if err != nil {
		return nil, &exitError{exitUsage, err}
	}
	return by, nil
}

// asking is what is counted of asking the witness.
type asking struct {
	leaves, last prometheus.Gauge
	failed       prometheus.Counter
}

func newAsking(r prometheus.Registerer) *asking {
	a := &asking{
		leaves: prometheus.NewGauge(prometheus.GaugeOpts{Name: "scrubline_witnessed_leaves", Help: "Leaves of the seal log that the witness signed for."}),
		last:   prometheus.NewGauge(prometheus.GaugeOpts{Name: "scrubline_witnessed_timestamp_seconds", Help: "When the witness last signed the newest checkpoint: alarm if it gets old."}),
		failed: prometheus.NewCounter(prometheus.CounterOpts{Name: "scrubline_witness_failures_total", Help: "Times that the witness did not sign."}),
	}
	r.MustRegister(a.leaves, a.last, a.failed)
	return a
}

// witness is the part that has the newest checkpoint signed.
func (n *node) witness(ctx context.Context) (part, error) {
	c := &n.cfg.Archive.Witness
	by, err := c.verifier()
	if err != nil {
		return part{}, err
	}
	s, err := n.g.objects(ctx, &n.cfg)
	if err != nil {
		return part{}, fmt.Errorf("opening the archive: %w", err)
	}
	counts, client := newAsking(n.metrics), &http.Client{Timeout: 30 * time.Second}
	ask := func(ctx context.Context) {
		size, err := archive.Cosign(ctx, s, client, c.URL, by)
		switch {
		case err == nil:
			counts.leaves.Set(float64(size))
			counts.last.SetToCurrentTime()
		case errors.Is(err, object.ErrNotExist) || ctx.Err() != nil: // there is no archive yet
		default:
			counts.failed.Inc()
			n.log.Error().Str("error", err.Error()).Bool("fork", errors.Is(err, archive.ErrFork)).Msg("the witness did not sign the archive's checkpoint: it is asked again")
		}
	}
	return part{"witness", func(ctx context.Context) error {
		tick := time.NewTicker(c.Every)
		defer tick.Stop()
		for {
			ask(ctx)
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-tick.C:
			}
		}
	}}, nil
}
