package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/file"
	s3in "github.com/scrubline/scrubline/ingest/s3"
)

// A backfill waits longer for what belongs together than run does, and may hold
// more for it.
const (
	backfillPatience = 20 * time.Second
	backfillMemory   = 256 << 20
)

// backfillFlags choose objects of S3.
type backfillFlags struct {
	Since time.Time `help:"Of s3:// only objects of this day and later: the day in their key, else when they were written." format:"2006-01-02" placeholder:"DATE"`
	Until time.Time `help:"Of s3:// only objects of days before this one." format:"2006-01-02" placeholder:"DATE"`
	Rate  float64   `help:"Read at most so many objects of s3:// a second." placeholder:"N"`
}

// sources is what ingest reads: files, and objects of S3.
type sources struct {
	ingest.Together
	files  file.Input
	counts s3in.Counts

	mu     sync.Mutex
	failed []summaryLine // objects that could not be read
}

// sources sorts paths. Objects of a bucket are read with the section of inputs.s3
// that names a role for the bucket, or the section aws.
func (n *node) sources(ctx context.Context, c *ingestCmd, r *carrier) (*sources, error) {
	s := &sources{}
	for _, p := range c.Paths {
		if !strings.HasPrefix(p, "s3://") {
			s.files.Paths = append(s.files.Paths, p)
			continue
		}
		bucket, _, _ := bucketOf(p)
		section := &s3Config{}
		for i := range n.cfg.Inputs.S3 {
			if _, ok := n.cfg.Inputs.S3[i].Roles[bucket]; ok {
				section = &n.cfg.Inputs.S3[i]
			}
		}
		clients, err := n.newS3Clients(ctx, section)
		if err != nil {
			return nil, err
		}
		l, err := n.s3List(r, clients, p)
		if err != nil {
			return nil, &exitError{exitUsage, err}
		}
		l.Since, l.Until, l.Rate, l.Memory, l.Counts = c.Since, c.Until, limit(c.Rate), backfillMemory, &s.counts
		l.Failed = func(name, code string) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.failed = append(s.failed, summaryLine{File: name, Error: "reading object: " + code})
		}
		s.Together = append(s.Together, l)
	}
	if len(s.files.Paths) > 0 {
		s.Together = append(s.Together, &s.files)
	}
	return s, nil
}

// listed is the state of a backfill for the progress bar, "" if there is none.
func (s *sources) listed() string {
	if n := s.counts.Listed.Load(); n > 0 {
		return fmt.Sprintf(", %d objects listed, %d archived before, %d carried", n, s.counts.Held.Load(), s.counts.Objects.Load())
	}
	return ""
}
