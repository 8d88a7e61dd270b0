package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/scrubline/scrubline/store/archive"
)

type archiveReceipts struct {
	Verify bool   `help:"Check each against the archive's key, the seal log and the object's footer; exit 0 good, 1 tampered, 2 cannot tell."`
	Key    string `help:"Public key (default: keys/archive.pub in the data folder)." placeholder:"FILE"`
}

// Run lists the receipts, one JSON object a line, or checks them.
func (c *archiveReceipts) Run(ctx context.Context, g *globals) error {
	dir := filepath.Join(g.Data, archive.Folder)
	out := json.NewEncoder(os.Stdout)
	if !c.Verify {
		if _, err := os.Stat(dir); err != nil {
			return fmt.Errorf("opening the archive: %w", err)
		}
		return archive.Receipts(ctx, dir, func(r json.RawMessage) error { return out.Encode(r) })
	}
	path := c.Key
	if path == "" {
		path = filepath.Join(g.Data, archive.PubFile)
	}
	key, err := os.ReadFile(path)
	if err != nil {
		return &exitError{exitUnknown, fmt.Errorf("reading the archive's public key: %w", err)}
	}
	report, err := archive.VerifyReceipts(ctx, dir, string(key))
	if err != nil {
		return &exitError{exitUnknown, err}
	}
	out.SetIndent("", "  ")
	if err := out.Encode(report); err != nil {
		return err
	}
	if code := report.ExitCode(); code != 0 {
		return &exitError{code: code}
	}
	return nil
}
