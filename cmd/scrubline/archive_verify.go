package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/scrubline/scrubline/scrub/durable"
	"github.com/scrubline/scrubline/store/archive"
	"github.com/scrubline/scrubline/store/archive/object"
	"github.com/scrubline/scrubline/store/archive/tlog"
)

// archiveFlags name an archive to be looked at and the key to trust. They need no
// configuration: whoever checks has a copy and a public key.
type archiveFlags struct {
	Archive string `help:"An archive or a copy of one: a folder, or a bucket (default: that of the data folder and its configuration)." placeholder:"DIR|s3://BUCKET/PREFIX"`
	Key     string `help:"Public key (default: keys/archive.pub in the data folder)." placeholder:"FILE"`
}

// open opens the archive for reading.
func (f *archiveFlags) open(ctx context.Context, g *globals) (object.Store, error) {
	place, inBucket := strings.CutPrefix(f.Archive, "s3://")
	if f.Archive != "" && !inBucket {
		return archive.OpenFolder(f.Archive)
	}
	cfg, err := g.load()
	if err != nil {
		return nil, err
	}
	if inBucket {
		bucket, prefix, _ := strings.Cut(place, "/")
		cfg.Archive.S3 = &bucketConfig{Bucket: bucket, Prefix: prefix}
		if err := cfg.Archive.S3.check(); err != nil {
			return nil, &exitError{exitUsage, fmt.Errorf("--archive: %w", err)}
		}
	}
	b, err := g.bucket(ctx, &cfg)
	if err != nil {
		return nil, err
	}
	if b == nil {
		return archive.OpenFolder(filepath.Join(g.Data, archive.Folder))
	}
	return g.again(b), nil
}

// pubkey reads the public key.
func (f *archiveFlags) pubkey(g *globals) (string, error) {
	path := f.Key
	if path == "" {
		path = filepath.Join(g.Data, archive.PubFile)
	}
	key, err := os.ReadFile(path)
	if err != nil {
		return "", &exitError{exitUnknown, fmt.Errorf("reading the archive's public key: %w", err)}
	}
	return string(key), nil
}

type archiveVerify struct {
	archiveFlags
	Witness string `help:"Public key of a witness, which must have signed a checkpoint." placeholder:"FILE"`
	Since   string `help:"Read only objects sealed on this day (UTC) or later; everything else is checked whole." placeholder:"2026-03-04"`
	Sample  string `help:"Read only the n-th of t parts of the objects (n/t), or a share of them by chance (x%)." placeholder:"n/t|x%"`
	Resume  string `help:"Note in this file how far it came, and go on from there." placeholder:"FILE"`
	JSON    bool   `help:"Print JSON (it always does)." hidden:""`
}

func (c *archiveVerify) Run(ctx context.Context, g *globals) error {
	key, err := c.pubkey(g)
	if err != nil {
		return err
	}
	checks, err := c.checks()
	if err != nil {
		return &exitError{exitUsage, err}
	}
	s, err := c.open(ctx, g)
	if err != nil {
		return &exitError{exitUnknown, err}
	}
	report, err := archive.Verify(ctx, s, key, checks)
	if err != nil {
		return &exitError{exitUnknown, err}
	}
	return printReport(report, report.ExitCode())
}

// printReport prints what a check found and ends with its exit code.
func printReport(report any, code int) error {
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", "  ")
	if err := out.Encode(report); err != nil {
		return err
	}
	if code != 0 {
		return &exitError{code: code}
	}
	return nil
}

func (c *archiveVerify) checks() (checks archive.Checks, err error) {
	if c.Witness != "" {
		b, err := os.ReadFile(c.Witness)
		if err != nil {
			return checks, fmt.Errorf("reading the witness's public key: %w", err)
		}
		if checks.Witness, err = tlog.NewCosignVerifier(string(b)); err != nil {
			return checks, err
		}
	}
	if c.Since != "" {
		if checks.Since, err = time.Parse(time.DateOnly, c.Since); err != nil {
			return checks, fmt.Errorf("--since: not a day like 2026-03-04")
		}
	}
	if c.Sample != "" {
		if checks.Sample, err = archive.ParseSample(c.Sample, rand.Uint64()); err != nil {
			return checks, fmt.Errorf("--sample: %w", err)
		}
	}
	if c.Resume == "" {
		return checks, nil
	}
	if strings.HasSuffix(c.Sample, "%") {
		return checks, errors.New("--resume does not go with a sample by chance: use n/t")
	}
	checks.Save = func(p *archive.Progress) error { return saveProgress(c.Resume, p) }
	b, err := os.ReadFile(c.Resume)
	if errors.Is(err, fs.ErrNotExist) {
		return checks, nil
	}
	if err != nil {
		return checks, fmt.Errorf("reading the progress: %w", err)
	}
	checks.Resume = new(archive.Progress)
	if json.Unmarshal(b, checks.Resume) != nil {
		return checks, fmt.Errorf("reading the progress: %s is none", c.Resume)
	}
	return checks, nil
}

// saveProgress replaces the file, so that a killed process leaves a whole one.
func saveProgress(path string, p *archive.Progress) error {
	b, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return durable.Write(path, b, 0o600)
}
