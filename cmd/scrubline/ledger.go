package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
)

// ledgerCmd lists what became of the records of each payload.
type ledgerCmd struct {
	Open bool `help:"Only those that do not add up or are not finished."`
}

// Run prints one JSON object a payload. It fails if a payload's records are not all
// accounted for.
func (c *ledgerCmd) Run(ctx context.Context, g *globals) error {
	n, err := g.openNode(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = n.close() }()
	out := json.NewEncoder(os.Stdout)
	wrong := 0
	for a, err := range n.store.Accounts(ctx) {
		if err != nil {
			return err
		}
		if !a.Balanced() {
			wrong++
		}
		if c.Open && a.Balanced() && (a.Finished || a.Stream()) {
			continue
		}
		if err := out.Encode(a); err != nil {
			return fmt.Errorf("writing: %w", err)
		}
	}
	if wrong > 0 {
		return &exitError{exitFailed, fmt.Errorf("of %d payloads not every record is accounted for", wrong)}
	}
	return nil
}
