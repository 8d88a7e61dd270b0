package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/scrubline/scrubline/ingest/all"
	"github.com/scrubline/scrubline/store/archive"
	"github.com/scrubline/scrubline/store/archive/object"
	"github.com/scrubline/scrubline/store/archive/object/retry"
	"github.com/scrubline/scrubline/store/archive/object/s3"
)

// archiveConfig says where the archive lies and how long it is kept. Without s3 it
// is the folder archive/ of the data folder, which locks nothing.
type archiveConfig struct {
	S3        *bucketConfig   `yaml:"s3"`
	Retention retentionConfig `yaml:"retention"`
	Copy      copyConfig      `yaml:"copy"`
	Witness   witnessConfig   `yaml:"witness"`
}

// bucketConfig names a bucket with Object Lock. What is empty of the AWS settings
// is as in the section aws.
type bucketConfig struct {
	Bucket   string    `yaml:"bucket"`
	Prefix   string    `yaml:"prefix"`
	KMSKey   string    `yaml:"kms_key"` // SSE-KMS instead of SSE-S3
	Endpoint string    `yaml:"endpoint"`
	AWS      awsConfig `yaml:",inline"`
}

// retentionConfig is how long the bucket locks objects.
type retentionConfig struct {
	Default object.Period            `yaml:"default"`
	Classes map[string]object.Period `yaml:"classes"` // by source
	// Short allows less than six years, which 45 CFR 164.316(b)(2)(i) asks for.
	Short bool `yaml:"unsafe_below_six_years"`
}

var (
	defaultRetention = object.Period{Years: 7}
	leastRetention   = object.Period{Years: 6}
)

// check completes the section and says what is wrong with it.
func (c *archiveConfig) check() error {
	if c.S3 != nil {
		if err := c.S3.check(); err != nil {
			return fmt.Errorf("archive.s3: %w", err)
		}
	}
	if err := errors.Join(c.Copy.check(), c.Witness.check()); err != nil {
		return err
	}
	r := &c.Retention
	if r.Default == (object.Period{}) {
		r.Default = defaultRetention
	}
	if !r.Short && !r.Default.Covers(leastRetention) {
		return fmt.Errorf("archive.retention.default: %v is less than %v: only unsafe_below_six_years allows it", r.Default, leastRetention)
	}
	for source, p := range r.Classes {
		s, ok := all.ByName(source)
		if !ok || s.Name() != source {
			return fmt.Errorf("archive.retention.classes: there is no source %q", source)
		}
		if !r.Short && !p.Covers(leastRetention) {
			return fmt.Errorf("archive.retention.classes.%s: %v is less than %v: only unsafe_below_six_years allows it", source, p, leastRetention)
		}
	}
	return nil
}

func (c *bucketConfig) check() error {
	if c.Bucket == "" {
		return errors.New("bucket is missing")
	}
	if c.Prefix = strings.Trim(c.Prefix, "/"); c.Prefix != "" {
		if object.CheckKey(c.Prefix) != nil {
			return errors.New("prefix is not letters, digits, '-', '_', '=' and '.' between slashes")
		}
		c.Prefix += "/"
	}
	return nil
}

func (c *archiveConfig) retention() archive.Retention {
	return archive.Retention{Default: c.Retention.Default, Classes: c.Retention.Classes}
}

// store returns a store of the bucket that locks for keep by default.
func (c *bucketConfig) store(ctx context.Context, base awsConfig, keep object.Period) (*s3.Store, error) {
	a := c.AWS.or(base)
	if c.Endpoint != "" {
		a.Endpoints["s3"] = c.Endpoint
	}
	cfg, err := a.load(ctx)
	if err != nil {
		return nil, err
	}
	return s3.New(a.s3(cfg), s3.Options{Bucket: c.Bucket, Prefix: c.Prefix, Keep: keep, KMSKey: c.KMSKey}), nil
}

// outage is how long a bucket may not answer before a command gives up. Nothing is
// lost then: what was not archived is read again.
const outage = 10 * time.Minute

// bucket returns the archive's bucket, or nil if the archive is a folder.
func (g *globals) bucket(ctx context.Context, cfg *config) (*s3.Store, error) {
	if cfg.Archive.S3 == nil {
		return nil, nil
	}
	return cfg.Archive.S3.store(ctx, cfg.AWS, cfg.Archive.retention().Longest())
}

// archiveOptions says how to open the archive.
func (g *globals) archiveOptions(ctx context.Context, cfg *config) (archive.Options, error) {
	o := archive.Options{Retention: cfg.Archive.retention()}
	b, err := g.bucket(ctx, cfg)
	if b == nil || err != nil {
		return o, err
	}
	o.Store = g.again(b)
	return o, nil
}

// again decorates a bucket to ask again after errors that may pass.
func (g *globals) again(b object.Bucket) object.Bucket {
	log := g.logger()
	return retry.New(b, retry.Options{For: outage, Again: func(err error) {
		log.Warn().Str("error", err.Error()).Msg("the bucket does not answer as it should: asking again")
	}})
}

// archived says whether there is an archive already.
func (g *globals) archived(ctx context.Context, cfg *config) (bool, error) {
	b, err := g.bucket(ctx, cfg)
	if err != nil {
		return false, err
	}
	if b == nil {
		_, err := os.Stat(filepath.Join(g.Data, archive.Folder))
		if errors.Is(err, fs.ErrNotExist) {
			return false, nil
		}
		return err == nil, err
	}
	some := errors.New("some")
	err = g.again(b).List(ctx, "", func(object.Info) error { return some })
	if errors.Is(err, some) {
		return true, nil
	}
	return false, err
}

// trustworthy refuses a bucket that cannot keep the archive's promise. What only
// weakens it is said in the log, at each start.
func (g *globals) trustworthy(ctx context.Context, cfg *config) error {
	b, err := g.bucket(ctx, cfg)
	if b == nil || err != nil {
		return err
	}
	log := g.logger()
	var broken []error
	for _, r := range b.Inspect(ctx, cfg.Archive.retention().Longest()) {
		switch r.Grade {
		case s3.Broken:
			broken = append(broken, fmt.Errorf("%s: %s", r.Text, r.Fix))
		case s3.Weak:
			log.Warn().Str("bucket", cfg.Archive.S3.Bucket).Str("about", r.About).Str("fix", r.Fix).Msg(r.Text)
		}
	}
	if len(broken) > 0 {
		return fmt.Errorf("bucket %s cannot hold the archive:\n%w\n(scrubline doctor tells more)", cfg.Archive.S3.Bucket, errors.Join(broken...))
	}
	return nil
}
