package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/scrubline/scrubline/ingest/all"
	"github.com/scrubline/scrubline/pipeline"
)

type scrubCmd struct {
	Format  string `help:"Format of the input, for example aws_alb; by default it is recognised." placeholder:"F"`
	In      string `help:"Input file, - for standard input." default:"-" placeholder:"FILE"`
	Out     string `help:"Output file, - for standard output." default:"-" placeholder:"FILE"`
	Matches string `help:"Write one JSON line a match here: record number, offsets, recognizer, letter, treatment." placeholder:"FILE"`
	Input   string `help:"raw: a log; jsonl: lines {\"id\",\"format\",\"text\"}, answered with spans and scrubbed text." default:"raw" enum:"raw,jsonl"`
}

func (c *scrubCmd) Run(ctx context.Context, g *globals) (err error) {
	cfg, err := g.load()
	if err != nil {
		return err
	}
	pol, err := g.rules(&cfg)
	if err != nil {
		return err
	}
	if c.Format != "" {
		if _, ok := all.ByFormat(c.Format); !ok {
			return &exitError{exitUsage, fmt.Errorf("unknown format %q", c.Format)}
		}
	}
	if err := os.MkdirAll(g.Data+"/keys", 0o700); err != nil {
		return fmt.Errorf("making the data folder: %w", err)
	}
	keys, err := openKeys(g.Data + "/keys/tokens.json")
	if err != nil {
		return err
	}
	defer keys.Close()
	in, out := io.ReadCloser(os.Stdin), io.WriteCloser(os.Stdout)
	if c.In != "-" {
		if in, err = os.Open(c.In); err != nil {
			return fmt.Errorf("opening the input: %w", err)
		}
		defer func() { _ = in.Close() }()
	}
	if c.Out != "-" {
		if out, err = os.Create(c.Out); err != nil {
			return fmt.Errorf("opening the output: %w", err)
		}
		defer func() {
			if e := out.Close(); err == nil && e != nil {
				err = fmt.Errorf("closing the output: %w", e)
			}
		}()
	}
	f := pipeline.Filter{Keys: keys, Tenant: cfg.Tenant, Format: c.Format, Name: c.In, Policy: pol}
	if f.Roster, err = openRosterIfThere(g.Data, keys, cfg.Tenant); err != nil {
		return err
	}
	if c.Matches != "" {
		m, err := os.Create(c.Matches)
		if err != nil {
			return fmt.Errorf("opening the matches: %w", err)
		}
		defer func() { _ = m.Close() }()
		f.Matches = m
	}
	if c.Input == "jsonl" {
		return f.Lines(ctx, in, out)
	}
	tombstones, err := f.Run(ctx, in, out)
	if err != nil {
		return err
	}
	if tombstones > 0 {
		fmt.Fprintf(os.Stderr, "%d records could not be scrubbed and were replaced by tombstones\n", tombstones)
		return &exitError{code: exitPartly}
	}
	return nil
}
