package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"golang.org/x/time/rate"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/digest"
	s3in "github.com/scrubline/scrubline/ingest/s3"
	"github.com/scrubline/scrubline/scrub/event"
)

// s3Config is objects of S3 that messages of a queue announce, and buckets that are
// swept for objects that no message did.
type s3Config struct {
	Queue      string            `yaml:"queue"`      // URL; without it there are sweeps only
	AWS        awsConfig         `yaml:"aws"`        // what differs from the section aws
	Roles      map[string]string `yaml:"roles"`      // ARN of the role that reads a bucket, by bucket
	InHand     int               `yaml:"in_hand"`    // messages at a time
	Visibility time.Duration     `yaml:"visibility"` // how long a message stays hidden if we die
	Tries      int               `yaml:"tries"`      // of an object that is gone or denied
	Sweep      sweepConfig       `yaml:"sweep"`
	Digests    digestsConfig     `yaml:"digests"`
}

// digestsConfig is where digests of CloudTrail lie that are to be validated.
type digestsConfig struct {
	Sweep sweepConfig `yaml:",inline"`
	Keys  string      `yaml:"keys"` // file that `aws cloudtrail list-public-keys` printed
}

type sweepConfig struct {
	Buckets []string      `yaml:"buckets"` // s3://bucket/prefix
	Every   time.Duration `yaml:"every"`
	Window  time.Duration `yaml:"window"` // how far it looks back
	Grace   time.Duration `yaml:"grace"`  // how old an object is before it is missed
}

// s3Inputs makes what a section of inputs.s3 asks for. It is called once for each.
func (n *node) s3Inputs(ctx context.Context, c *carrier, section int) ([]ingest.Input, error) {
	s := &n.cfg.Inputs.S3[section]
	clients, err := n.newS3Clients(ctx, s)
	if err != nil {
		return nil, err
	}
	var all []ingest.Input
	counts := &s3in.Counts{}
	countS3(n.metrics, section, counts)
	if s.Queue != "" {
		all = append(all, &s3in.Input{
			Queue: clients.reach.sqs(clients.base), URL: s.Queue, Client: clients.of, InHand: s.InHand,
			Visibility: s.Visibility, Tries: s.Tries, Log: n.log, Counts: counts,
		})
	}
	for _, where := range s.Sweep.Buckets {
		l, err := n.s3List(c, clients, where)
		if err != nil {
			return nil, &exitError{exitUsage, err}
		}
		l.Counts = counts
		l.Failed = func(name, code string) {
			n.log.Warn().Str("origin", name).Str("code", code).Msg("a sweep found an object that cannot be read")
		}
		all = append(all, s.Sweep.of(l))
	}
	if len(s.Digests.Sweep.Buckets) == 0 {
		return all, nil
	}
	b, err := os.ReadFile(s.Digests.Keys)
	if err != nil {
		return nil, &exitError{exitUsage, fmt.Errorf("reading CloudTrail's public keys: %w", err)}
	}
	keys, err := digest.ParseKeys(b)
	if err != nil {
		return nil, &exitError{exitUsage, err}
	}
	for _, where := range s.Digests.Sweep.Buckets {
		l, err := n.s3List(c, clients, where)
		if err != nil {
			return nil, &exitError{exitUsage, err}
		}
		l.Counts = &s3in.Counts{}
		l.Failed = func(name, code string) {
			n.log.Warn().Str("origin", name).Str("code", code).Msg("a digest cannot be judged yet")
		}
		all = append(all, &s3in.Verdicts{Sweep: *s.Digests.Sweep.of(l), Keys: keys})
	}
	return all, nil
}

// of makes a sweep of a list.
func (s *sweepConfig) of(l *s3in.List) *s3in.Sweep {
	return &s3in.Sweep{List: *l, Every: s.Every, Window: s.Window, Grace: s.Grace}
}

// s3Clients are the clients of a section: one for each role.
type s3Clients struct {
	reach awsConfig
	base  aws.Config
	byARN map[string]*s3.Client
	roles map[string]string
}

func (n *node) newS3Clients(ctx context.Context, s *s3Config) (*s3Clients, error) {
	c := &s3Clients{reach: s.AWS.or(n.cfg.AWS), byARN: map[string]*s3.Client{}, roles: s.Roles}
	var err error
	if c.base, err = c.reach.load(ctx); err != nil {
		return nil, err
	}
	quiet := func(o *s3.Options) { o.DisableLogOutputChecksumValidationSkipped = true }
	c.byARN[""] = c.reach.s3(c.base, quiet)
	for _, arn := range s.Roles {
		c.byARN[arn] = c.reach.s3(c.reach.assume(c.base, arn, c.reach.ExternalID), quiet)
	}
	return c, nil
}

// of returns who may read a bucket.
func (c *s3Clients) of(bucket string) s3in.Client { return c.byARN[c.roles[bucket]] }

// s3List makes the list of s3://bucket/prefix.
func (n *node) s3List(c *carrier, clients *s3Clients, where string) (*s3in.List, error) {
	bucket, prefix, ok := bucketOf(where)
	if !ok {
		return nil, fmt.Errorf("%q is not of the form s3://bucket/prefix", where)
	}
	return &s3in.List{Client: clients.of(bucket), Bucket: bucket, Prefix: prefix, Archived: n.archivedWhole(c), Log: n.log}, nil
}

// bucketOf takes s3://bucket/prefix apart.
func bucketOf(where string) (bucket, prefix string, ok bool) {
	rest, ok := strings.CutPrefix(where, "s3://")
	bucket, prefix, _ = strings.Cut(rest, "/")
	return bucket, prefix, ok && bucket != "" && url.PathEscape(bucket) == bucket
}

// archivedWhole asks the ledger which payloads are archived and inserted to their
// end: of those in one batch it knows at once, others the runner looks up itself.
func (n *node) archivedWhole(c *carrier) func(context.Context, []ingest.Payload) ([]bool, error) {
	return func(ctx context.Context, ps []ingest.Payload) ([]bool, error) {
		keys := make([]string, len(ps))
		for i := range ps {
			m := event.Meta{PayloadID: c.PayloadID(&ps[i])}
			keys[i] = m.Key()
		}
		held, err := n.store.Has(ctx, keys)
		if err != nil {
			return nil, err
		}
		whole := make([]bool, len(ps))
		for i, k := range keys {
			whole[i] = held[k].Final
		}
		return whole, nil
	}
}

// limit is a rate of objects a second, nil for none.
func limit(perSecond float64) *rate.Limiter {
	if perSecond <= 0 {
		return nil
	}
	return rate.NewLimiter(rate.Limit(perSecond), max(1, int(perSecond)))
}
