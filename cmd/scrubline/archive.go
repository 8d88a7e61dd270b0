package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/store/archive"
)

type archiveCmd struct {
	Verify     archiveVerify     `cmd:"" help:"Check every object and the seal log; exit 0 good, 1 tampered, 2 cannot tell."`
	Prove      archiveProve      `cmd:"" help:"Write the proof that one event was archived, a file that stands for itself."`
	CheckProof archiveCheckProof `cmd:"" help:"Check such a proof with the public key alone; exit 0 good, 1 not, 2 cannot tell."`
	Cosign     archiveCosign     `cmd:"" help:"Have a witness sign the newest checkpoint: from then on nothing before it can be put back unseen."`
	RotateKey  archiveRotateKey  `cmd:"" help:"Change the signing key; the old one vouches for the new one. Prints the public key."`
	Seal       archiveSeal       `cmd:"" help:"Compare all stored objects with the seal log, and seal those that are not in it."`
	Digest     archiveDigest     `cmd:"" help:"Print one hash over every archived row's identity and content."`
	List       archiveList       `cmd:"" help:"List the archived objects, one JSON object a line."`
	Receipts   archiveReceipts   `cmd:"" help:"List what was scrubbed in each object and by which rules; with --verify check it."`
	Copy       archiveCopy       `cmd:"" help:"Bring the second copy of the archive up to date, and compare."`
	Verdicts   archiveVerdicts   `cmd:"" help:"Show what CloudTrail's digests say of its log files: verified, pending, mismatch, missing."`
	Replay     archiveReplay     `cmd:"" help:"Drop ClickHouse's rows and rebuild them from the archive."`
	Hold       archiveHoldCmd    `cmd:"" help:"Place, list, apply and release legal holds."`
}

// openArchiveOnly opens the archive without the rest of the node.
func (g *globals) openArchiveOnly(ctx context.Context) (*archive.Archive, error) {
	cfg, err := g.load()
	if err != nil {
		return nil, err
	}
	switch there, err := g.archived(ctx, &cfg); {
	case err != nil:
		return nil, err
	case !there:
		return nil, errors.New("opening the archive: there is none")
	}
	o, err := g.archiveOptions(ctx, &cfg)
	if err != nil {
		return nil, err
	}
	a, err := archive.Open(ctx, g.Data, o)
	if err != nil {
		return nil, fmt.Errorf("opening the archive: %w", err)
	}
	return a, nil
}

type archiveDigest struct{}

func (c *archiveDigest) Run(ctx context.Context, g *globals) error {
	a, err := g.openArchiveOnly(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = a.Close(ctx) }()
	d, err := a.Digest(ctx)
	if err != nil {
		return fmt.Errorf("digesting the archive: %w", err)
	}
	fmt.Println(d)
	return nil
}

type archiveList struct{}

func (c *archiveList) Run(ctx context.Context, g *globals) error {
	a, err := g.openArchiveOnly(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = a.Close(ctx) }()
	out := json.NewEncoder(os.Stdout)
	return a.Walk(ctx, nil, func(o archive.Object) error {
		return out.Encode(struct {
			Key        string    `json:"key"`
			SHA256     string    `json:"sha256"`
			Size       int64     `json:"size"`
			Source     string    `json:"source"`
			Origin     string    `json:"origin"`
			Start      uint64    `json:"start"`
			Rows       uint64    `json:"rows"`
			Events     uint64    `json:"events"`
			Tombstones uint64    `json:"tombstones"`
			Final      bool      `json:"final"`
			Ingested   time.Time `json:"ingested"`
		}{o.Key, o.SHA256.String(), o.Size, o.Meta.Source, o.Meta.Origin, o.Meta.Start, o.Rows, o.Rows - o.Tombstones, o.Tombstones, o.Meta.Final, o.Meta.Ingested})
	})
}

type archiveReplay struct{}

func (c *archiveReplay) Run(ctx context.Context, g *globals) error {
	n, err := g.openNode(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = n.close() }()
	objects, rows, err := n.replay(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("replayed %d objects, %d rows\n", objects, rows)
	return nil
}

// replay rebuilds ClickHouse from the archive.
func (n *node) replay(ctx context.Context) (objects int, rows uint64, err error) {
	a, err := n.openArchive(ctx)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, a.Close(context.WithoutCancel(ctx))) }()
	sink, err := n.sink(ctx)
	if err != nil {
		return 0, 0, err
	}
	if err := n.store.Rebuild(ctx); err != nil {
		return 0, 0, fmt.Errorf("emptying the tables: %w", err)
	}
	var b event.Batch
	err = a.Walk(ctx, &b, func(o archive.Object) error {
		objects++
		rows += o.Rows
		b.SHA256 = o.SHA256.String()
		return sink.Insert(ctx, []*event.Batch{&b}, true)
	})
	if err != nil {
		return objects, rows, fmt.Errorf("replaying the archive: %w", err)
	}
	return objects, rows, n.finishWatching(ctx)
}
