package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/scrubline/scrubline/store/archive"
)

type archiveReceipts struct {
	archiveFlags
	Verify bool `help:"Check each against the archive's key, the seal log and the object's footer; exit 0 good, 1 tampered, 2 cannot tell."`
}

// Run lists the receipts, one JSON object a line, or checks them.
func (c *archiveReceipts) Run(ctx context.Context, g *globals) error {
	s, err := c.open(ctx, g)
	if err != nil {
		return fmt.Errorf("opening the archive: %w", err)
	}
	if !c.Verify {
		if _, err := archive.NewReader(ctx, s); err != nil {
			return fmt.Errorf("opening the archive: %w", err)
		}
		out := json.NewEncoder(os.Stdout)
		return archive.Receipts(ctx, s, func(r json.RawMessage) error { return out.Encode(r) })
	}
	key, err := c.pubkey(g)
	if err != nil {
		return err
	}
	report, err := archive.VerifyReceipts(ctx, s, key)
	if err != nil {
		return &exitError{exitUnknown, err}
	}
	return printReport(report, report.ExitCode())
}
