package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/scrubline/scrubline/store/archive"
)

type archiveProve struct {
	archiveFlags
	Event string `arg:"" help:"The event, as <batch>#<record>: its columns batch and record_no, for example v1/f/3f…/000000000000#17."`
	Out   string `short:"o" help:"Write the proof here instead of to standard output." placeholder:"FILE"`
}

// Run writes the proof of one event.
func (c *archiveProve) Run(ctx context.Context, g *globals) error {
	batch, number, ok := strings.Cut(c.Event, "#")
	record, err := strconv.ParseUint(number, 10, 64)
	if !ok || err != nil {
		return &exitError{exitUsage, errors.New("an event is <batch>#<record>")}
	}
	s, err := c.open(ctx, g)
	if err != nil {
		return fmt.Errorf("opening the archive: %w", err)
	}
	log, err := archive.NewReader(ctx, s)
	if err != nil {
		return fmt.Errorf("opening the archive: %w", err)
	}
	p, err := log.Prove(ctx, batch, record)
	if err != nil {
		return err
	}
	b, err := json.MarshalIndent(p, "", " ")
	if err != nil {
		return err
	}
	b = append(b, '\n')
	if c.Out == "" {
		_, err = os.Stdout.Write(b)
		return err
	}
	return os.WriteFile(c.Out, b, 0o644)
}

type archiveCheckProof struct {
	File string `arg:"" help:"The proof." type:"existingfile"`
	Key  string `help:"Public key that signed its checkpoint (default: keys/archive.pub in the data folder)." placeholder:"FILE"`
}

// Run checks a proof with nothing but itself and a public key.
func (c *archiveCheckProof) Run(g *globals) error {
	key, err := (&archiveFlags{Key: c.Key}).pubkey(g)
	if err != nil {
		return err
	}
	file, err := os.ReadFile(c.File)
	if err != nil {
		return &exitError{exitUnknown, fmt.Errorf("reading the proof: %w", err)}
	}
	report := archive.CheckProof(file, key)
	return printReport(report, report.ExitCode())
}
