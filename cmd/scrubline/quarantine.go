package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/scrubline/scrubline/query/audit"
	"github.com/scrubline/scrubline/scrub/seal"
	"github.com/scrubline/scrubline/store/archive"
	"github.com/scrubline/scrubline/store/quarantine"
)

type quarantineCmd struct {
	List   quarantineList   `cmd:"" help:"List what can be said of the quarantined records without the key, one JSON object a line."`
	Replay quarantineReplay `cmd:"" help:"Decode and scrub quarantined records again, after a fix. Those that can be are events then, in the places of their tombstones."`
	Show   quarantineShow   `cmd:"" help:"Decrypt one record to standard output. It is raw: treat it as PHI. Who, why and when are in the archive's log before a byte leaves."`
}

// quarantineChoice says which records.
type quarantineChoice struct {
	Code    string `help:"Only those that became tombstones for this reason." placeholder:"CODE"`
	Payload string `help:"Only those of this payload, as quarantine list names it (f/…)." placeholder:"ID"`
}

func (c *quarantineChoice) takes(i *quarantine.Item) bool {
	return (c.Code == "" || c.Code == i.Code) && (c.Payload == "" || c.Payload == i.PayloadID)
}

type quarantineList struct{ quarantineChoice }

func (c *quarantineList) Run(ctx context.Context, g *globals) (err error) {
	q, err := g.readQuarantine(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, q.Close()) }()
	out := json.NewEncoder(os.Stdout)
	err = q.List(ctx, func(i quarantine.Item) error {
		if !c.takes(&i) {
			return nil
		}
		return out.Encode(struct {
			ID      string    `json:"id"`
			Payload string    `json:"payload"`
			Record  uint64    `json:"record"` // from 0, as in the archive
			Code    string    `json:"code"`
			Time    time.Time `json:"time"`
			Size    uint64    `json:"size"`
			Cut     bool      `json:"cut"`  // only its start is here
			Kept    bool      `json:"kept"` // false: there was no room for the bytes
			Done    bool      `json:"replayed"`
		}{i.ID, i.PayloadID, i.Record, i.Code, i.Time, i.Size, i.Cut, i.Kept, i.Replayed})
	})
	if n := q.Stats().Damaged; err == nil && n > 0 {
		err = fmt.Errorf("%d entries or pieces of the quarantine cannot be read", n)
	}
	return err
}

// quarantineReason is what decrypting takes.
type quarantineReason struct {
	Reason string `help:"Why. It is public with the archive's log: name no patient." required:"" placeholder:"TEXT"`
	Key    string `help:"Private key (default: keys/quarantine.key in the data folder)." placeholder:"FILE"`
}

// open reads the keys.
func (c *quarantineReason) open(ctx context.Context, g *globals) (seal.Key, error) {
	if len(bytes.TrimSpace([]byte(c.Reason))) == 0 {
		return nil, &exitError{exitUsage, errors.New("--reason is empty")}
	}
	return g.quarantineKeys(ctx, c.Key)
}

type quarantineShow struct {
	ID string `arg:"" help:"Of the entry, as list shows it."`
	quarantineReason
}

// revealed is the record of a leaf of kind reveal: of one record that was shown, or of
// a replay.
type revealed struct {
	Entry   string  `json:"entry,omitempty"`
	Payload string  `json:"payload,omitempty"`
	Record  *uint64 `json:"record,omitempty"`
	Replay  int     `json:"replay,omitempty"` // records
	Code    string  `json:"code,omitempty"`
	Key     string  `json:"key"` // id of the private key
	Reason  string  `json:"reason"`
	By      string  `json:"by"`
}

func (c *quarantineShow) Run(ctx context.Context, g *globals) (err error) {
	key, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	q, err := g.readQuarantine(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, q.Close()) }()
	item, _, raw, err := q.Open(ctx, c.ID, key)
	if err != nil {
		return err
	}
	return g.recorded(audit.Revealed, "quarantine-show", "quarantine "+item.ID, c.Reason, func() error { return c.show(ctx, g, item, key, raw) })
}

// show prints a record when the archive's log says who asked.
func (c *quarantineShow) show(ctx context.Context, g *globals, item quarantine.Item, key seal.Key, raw []byte) (err error) {
	defer clear(raw)
	a, err := g.openArchiveOnly(ctx)
	if err != nil {
		return fmt.Errorf("nothing is shown: %w", err)
	}
	defer func() { err = errors.Join(err, a.Close(context.WithoutCancel(ctx))) }()
	_, err = a.Record(ctx, archive.KindReveal, revealed{
		Entry: item.ID, Payload: item.PayloadID, Record: &item.Record, Key: key.ID(), Reason: c.Reason, By: who(),
	})
	if err != nil {
		return fmt.Errorf("nothing is shown, for it could not be noted who asked: %w", err)
	}
	if item.Cut {
		fmt.Fprintln(os.Stderr, "only the start of the record is in the quarantine")
	}
	if _, err := os.Stdout.Write(raw); err != nil {
		return fmt.Errorf("writing the record: %w", err)
	}
	return nil
}
