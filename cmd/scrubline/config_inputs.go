package main

import (
	"context"
	"time"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/file"
)

// inputsConfig says what run takes in. Without inputs it serves only.
type inputsConfig struct {
	// Patience is how long a payload waits for others that may say whose its
	// addresses are: the longer, the more of them are seen together, and the later
	// an event can be found. 0 is defaultPatience.
	Patience time.Duration `yaml:"patience"`
	// Quiet is how long after the last payload nothing more is waited for, though
	// patience lasts. 0 is defaultQuiet; below 0 patience is always waited out.
	Quiet time.Duration `yaml:"quiet"`
	// Stop is how long run goes on with what it has in hand when it is asked to
	// stop. 0 is defaultStop.
	Stop time.Duration `yaml:"stop"`
	// RunAhead is how many MiB of archived objects may wait while ClickHouse takes
	// nothing, before reading stops. 0 is defaultRunAhead.
	RunAhead int64 `yaml:"run_ahead_mib"`

	Files []filesConfig `yaml:"files"`
	S3    []s3Config    `yaml:"s3"`
	Kafka []kafkaConfig `yaml:"kafka"`
}

const (
	defaultPatience = time.Second
	defaultQuiet    = 200 * time.Millisecond
	defaultStop     = 25 * time.Second // container platforms kill after 30
	defaultRunAhead = 4 << 10          // MiB of compressed objects: hours of a hospital's logs

	// insertRetries is how often an insert is tried again before its batches are
	// owed, and the archive runs ahead.
	insertRetries = 2
)

// filesConfig is folders that are watched for new files.
type filesConfig struct {
	Paths  []string      `yaml:"paths"`  // folders, files, patterns
	Every  time.Duration `yaml:"every"`  // between two looks
	Settle time.Duration `yaml:"settle"` // a file that nobody wrote to for so long is finished
}

// inputs makes what run takes in. None is no error.
func (n *node) inputs(ctx context.Context, c *carrier) (ingest.Together, error) {
	var all ingest.Together
	for _, f := range n.cfg.Inputs.Files {
		all = append(all, &file.Watch{Paths: f.Paths, Every: f.Every, Settle: f.Settle, Failed: func(f file.Failure) {
			n.log.Error().Str("path", f.Path).Str("error", f.Err.Error()).Msg("a watched file cannot be read")
		}})
	}
	for i := range n.cfg.Inputs.S3 {
		some, err := n.s3Inputs(ctx, c, i)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	var topics kafkaMetrics
	for _, k := range n.cfg.Inputs.Kafka {
		in, err := n.kafkaInput(ctx, k)
		if err != nil {
			return nil, err
		}
		all, topics = append(all, in), append(topics, in)
	}
	if len(topics) > 0 {
		n.metrics.MustRegister(topics)
	}
	return all, nil
}

// empty says whether there is nothing to take in.
func (c *inputsConfig) empty() bool { return len(c.Files)+len(c.S3)+len(c.Kafka) == 0 }
