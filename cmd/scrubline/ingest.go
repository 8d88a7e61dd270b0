package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/ingest/all"
	"github.com/scrubline/scrubline/pipeline"
)

type ingestCmd struct {
	Format  string   `help:"Format of every file, for example aws_alb; by default each file's own is recognised." placeholder:"F"`
	Summary string   `help:"Write one JSON object a file here." placeholder:"FILE"`
	Quiet   bool     `short:"q" help:"No progress bar."`
	Paths   []string `arg:"" name:"path" help:"Files, folders, globs, - for standard input, or s3://bucket/prefix."`
	backfillFlags
}

// summaryLine is one line of --summary. Scripts lean on its names.
type summaryLine struct {
	File       string `json:"file"`
	Source     string `json:"source"`
	Format     string `json:"format"`
	Records    uint64 `json:"records"`
	Events     uint64 `json:"events"`
	Tombstones uint64 `json:"tombstones"`
	Duplicates uint64 `json:"duplicates"`
	Bytes      int64  `json:"bytes"`
	Error      string `json:"error"`
}

// totals sums up what came in.
type totals struct {
	files, failed int
	archived      int64 // objects of S3 that the archive had
	summaryLine
	bySource map[string]uint64
	matches  map[string]uint64
}

func (c *ingestCmd) Run(ctx context.Context, g *globals) error {
	cfg, err := g.load()
	if err != nil {
		return err
	}
	if _, err := g.rules(&cfg); err != nil {
		return err
	}
	if c.Format != "" {
		if _, ok := all.ByFormat(c.Format); !ok {
			return &exitError{exitUsage, fmt.Errorf("unknown format %q", c.Format)}
		}
	}
	var sum *json.Encoder
	if c.Summary != "" {
		f, err := os.Create(c.Summary)
		if err != nil {
			return &exitError{exitUsage, fmt.Errorf("opening the summary: %w", err)}
		}
		defer func() { _ = f.Close() }()
		sum = json.NewEncoder(f)
	}
	n, err := g.openNode(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = n.close() }()
	t, err := n.ingest(ctx, c, sum)
	if err != nil {
		return err
	}
	if n := t.archived; n > 0 {
		fmt.Fprintf(os.Stderr, "%d objects were archived before\n", n)
	}
	fmt.Fprintf(os.Stderr, "%d files, %d records: %d events, %d tombstones, %d duplicates marked, %d files with errors\n",
		t.files, t.Records, t.Events, t.Tombstones, t.Duplicates, t.failed)
	if t.failed > 0 {
		return &exitError{code: exitPartly}
	}
	return nil
}

// ingest carries c's paths into the node.
func (n *node) ingest(ctx context.Context, c *ingestCmd, sum *json.Encoder) (*totals, error) {
	patience := time.Duration(0)
	if slices.ContainsFunc(c.Paths, func(p string) bool { return strings.HasPrefix(p, "s3://") }) {
		patience = max(n.cfg.Inputs.Patience, backfillPatience)
	}
	r, err := n.carrier(ctx, c.Format, patience, 0)
	if err != nil {
		return nil, err
	}
	in, err := n.sources(ctx, c, r)
	if err != nil {
		return nil, errors.Join(err, r.close(ctx))
	}
	t := &totals{bySource: map[string]uint64{}, matches: map[string]uint64{}}
	note := func(l summaryLine) {
		t.files++
		if l.Error != "" {
			t.failed++
			fmt.Fprintf(os.Stderr, "%s: %s\n", l.File, l.Error)
		}
		if sum != nil {
			_ = sum.Encode(l)
		}
	}
	bar := startProgress(r.Runner, c.Quiet, in.listed)
	err = r.Run(ctx, in, func(p ingest.Payload, res pipeline.Result) {
		bar.hide()
		t.add(res)
		note(line(res))
		if f := res.First; f.Code != "" && f.Code != res.Error {
			fmt.Fprintf(os.Stderr, "%s: %d of %d records became tombstones, the first is record %d: %s\n", res.Origin, res.Tombstones, res.Records, f.Record+1, f.Code)
		}
	})
	bar.stop()
	t.archived = in.counts.Held.Load()
	for _, f := range in.files.Failures() {
		note(summaryLine{File: f.Path, Error: f.Err.Error()})
	}
	for _, l := range in.failed {
		note(l)
	}
	for _, s := range in.files.Skipped() {
		fmt.Fprintf(os.Stderr, "%s: skipped: %s\n", s.Path, s.Reason)
	}
	if err == nil {
		err = n.finishWatching(ctx)
	}
	return t, errors.Join(err, r.close(ctx))
}

func line(res pipeline.Result) summaryLine {
	l := summaryLine{
		File: res.Origin, Source: res.Source, Format: res.Source, Records: res.Records, Events: res.Events,
		Tombstones: res.Tombstones, Duplicates: res.Duplicates, Bytes: res.Bytes,
	}
	if res.Error != "" {
		l.Error = (&ingest.PayloadError{Code: res.Error, Offset: res.Offset}).Error()
		if res.Cause != "" {
			l.Error += ": " + res.Cause
		}
	}
	return l
}

func (t *totals) add(res pipeline.Result) {
	t.Records += res.Records
	t.Events += res.Events
	t.Tombstones += res.Tombstones
	t.Duplicates += res.Duplicates
	t.Bytes += res.Bytes
	t.bySource[res.Source] += res.Records
	for k, n := range res.Matches {
		t.matches[k] += n
	}
}

// knownIDs lists the native ids of stored events of the last five weeks: AWS
// delivers copies within days.
func (n *node) knownIDs(ctx context.Context, each func(account, id string)) error {
	rows, err := n.store.Conn().Query(ctx, "SELECT recipient_account, native_id FROM events WHERE native_id != '' AND ingest_time > now() - INTERVAL 35 DAY")
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var account, id string
		if err := rows.Scan(&account, &id); err != nil {
			return err
		}
		each(account, id)
	}
	return rows.Err()
}
