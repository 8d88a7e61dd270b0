package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/scrubline/scrubline/store/archive"
	"github.com/scrubline/scrubline/store/archive/mirror"
	"github.com/scrubline/scrubline/store/archive/object"
	"github.com/scrubline/scrubline/store/archive/object/local"
)

// copyConfig says where the second copy of the archive lies. run brings it up to
// date now and then.
type copyConfig struct {
	S3     *bucketConfig `yaml:"s3"`
	Folder string        `yaml:"folder"`
	// Every is how long run waits between two looks. Each lists both archives.
	// 0 is defaultCopyEvery.
	Every time.Duration `yaml:"every"`
}

const defaultCopyEvery = 15 * time.Minute

func (c *copyConfig) configured() bool { return c.S3 != nil || c.Folder != "" }

func (c *copyConfig) check() error {
	if c.S3 != nil && c.Folder != "" {
		return errors.New("archive.copy: s3 and folder exclude each other")
	}
	if c.Every == 0 {
		c.Every = defaultCopyEvery
	}
	if c.S3 != nil {
		if err := c.S3.check(); err != nil {
			return fmt.Errorf("archive.copy.s3: %w", err)
		}
	}
	return nil
}

type archiveCopy struct{}

// Run copies what is missing and prints what it found. Exit code 1 if the copy is
// not what the original is.
func (c *archiveCopy) Run(ctx context.Context, g *globals) error {
	cfg, err := g.load()
	if err != nil {
		return err
	}
	if !cfg.Archive.Copy.configured() {
		return &exitError{exitUsage, errors.New("archive.copy names no second place")}
	}
	switch there, err := g.archived(ctx, &cfg); {
	case err != nil:
		return err
	case !there:
		return errors.New("copying the archive: there is none")
	}
	from, to, err := g.places(ctx, &cfg)
	if err != nil {
		return err
	}
	r, err := mirror.Run(ctx, from, to, mirror.Options{Last: archive.CopyLast})
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", "  ")
	if err := errors.Join(err, out.Encode(r)); err != nil {
		return fmt.Errorf("copying the archive: %w", err)
	}
	if !r.Complete || len(r.Extra) > 0 {
		return &exitError{code: exitFailed}
	}
	return nil
}

// places returns the archive and its copy.
func (g *globals) places(ctx context.Context, cfg *config) (from, to object.Store, err error) {
	if from, err = g.objects(ctx, cfg); err != nil {
		return nil, nil, err
	}
	to, err = g.second(ctx, cfg)
	return from, to, err
}

// objects returns the archive's objects.
func (g *globals) objects(ctx context.Context, cfg *config) (object.Store, error) {
	o, err := g.archiveOptions(ctx, cfg)
	if err != nil || o.Store != nil {
		return o.Store, err
	}
	return local.Open(filepath.Join(g.Data, archive.Folder), local.Options{})
}

// second returns where the copy lies.
func (g *globals) second(ctx context.Context, cfg *config) (object.Store, error) {
	c := &cfg.Archive.Copy
	if c.S3 == nil {
		return local.Open(c.Folder, local.Options{})
	}
	b, err := c.S3.store(ctx, cfg.AWS, cfg.Archive.retention().Longest())
	if err != nil {
		return nil, err
	}
	return g.again(b), nil
}

// copying is what the metrics of the copy say.
type copying struct {
	lag, missing, wrong prometheus.Gauge
	copied              prometheus.Counter
}

func newCopying(reg prometheus.Registerer) *copying {
	c := &copying{
		lag:     prometheus.NewGauge(prometheus.GaugeOpts{Name: "scrubline_copy_lag_seconds", Help: "Age of the oldest object that the archive's copy does not have."}),
		missing: prometheus.NewGauge(prometheus.GaugeOpts{Name: "scrubline_copy_missing_objects", Help: "Objects that the archive's copy does not have."}),
		wrong:   prometheus.NewGauge(prometheus.GaugeOpts{Name: "scrubline_copy_wrong_objects", Help: "Objects that the archive's copy has otherwise than the archive, or that only the copy has, up to 200."}),
		copied:  prometheus.NewCounter(prometheus.CounterOpts{Name: "scrubline_copy_objects_total", Help: "Objects copied and read back."}),
	}
	reg.MustRegister(c.lag, c.missing, c.wrong, c.copied)
	return c
}

// copier is the part that brings the second copy up to date.
func (n *node) copier(ctx context.Context) (part, error) {
	from, to, err := n.g.places(ctx, &n.cfg)
	if err != nil {
		return part{}, err
	}
	m := newCopying(n.metrics)
	look := func(ctx context.Context) {
		begun := time.Now()
		r, err := mirror.Run(ctx, from, to, mirror.Options{Last: archive.CopyLast})
		if r.Complete {
			r.Lag = 0
		} else {
			r.Lag += time.Since(begun).Seconds()
		}
		m.lag.Set(r.Lag)
		m.missing.Set(float64(r.Missing))
		m.wrong.Set(float64(len(r.Differ) + len(r.Extra)))
		m.copied.Add(float64(r.Copied))
		if err != nil && ctx.Err() == nil {
			n.log.Error().Str("error", err.Error()).Int("missing", r.Missing).Msg("the archive's copy is not up to date: it is tried again")
		}
		for _, key := range append(r.Differ, r.Extra...) {
			n.log.Error().Str("key", key).Msg("the archive's copy holds what the archive does not")
		}
	}
	return part{"copy", func(ctx context.Context) error {
		tick := time.NewTicker(n.cfg.Archive.Copy.Every)
		defer tick.Stop()
		for {
			look(ctx)
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-tick.C:
			}
		}
	}}, nil
}
