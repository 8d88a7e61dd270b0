package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/pipeline"
	"github.com/scrubline/scrubline/query/audit"
	"github.com/scrubline/scrubline/scrub/seal"
	"github.com/scrubline/scrubline/store/archive"
	"github.com/scrubline/scrubline/store/archive/object"
	"github.com/scrubline/scrubline/store/quarantine"
)

type quarantineReplay struct {
	quarantineChoice
	quarantineReason
}

// Run replays. It may run beside run and ingest.
func (c *quarantineReplay) Run(ctx context.Context, g *globals) (err error) {
	key, err := c.open(ctx, g)
	if err != nil {
		return err
	}
	q, err := g.readQuarantine(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, q.Close()) }()
	chosen, err := c.choose(ctx, q)
	if err != nil {
		return err
	}
	if len(chosen) == 0 {
		fmt.Println("no quarantined record to replay")
		return nil
	}
	return g.holding(ctx, func(n *node, a *archive.Archive, holds []*archive.Hold, copies []object.Store) error {
		r, err := n.replayer(ctx, a, q)
		if err != nil {
			return err
		}
		defer r.Close()
		r.Superseded = func(ctx context.Context, now *archive.Object) error {
			return holdSuccessor(ctx, a, holds, copies, now)
		}
		r.Done = func(payload string, records []uint64) error { return q.MarkReplayed(ctx, chosen.ids(payload, records)) }
		_, err = a.Record(ctx, archive.KindReveal, revealed{
			Replay: chosen.len(), Payload: c.Payload, Code: c.Code, Key: key.ID(), Reason: c.Reason, By: who(),
		})
		if err != nil {
			return fmt.Errorf("nothing is replayed, for it could not be noted who asked: %w", err)
		}
		err = n.recorded(ctx, audit.Replay, "quarantine-replay", fmt.Sprintf("%d quarantined records", chosen.len()), c.Reason, func() (int, bool, error) {
			for _, payload := range slices.Sorted(maps.Keys(chosen)) {
				if err := r.Replay(ctx, payload, chosen.records(ctx, q, key, payload)); err != nil {
					return int(r.Mended), false, fmt.Errorf("replaying payload %s: %w", payload, err)
				}
			}
			return int(r.Mended), false, n.finishWatching(ctx)
		})
		if err != nil {
			return err
		}
		fmt.Printf("%d records: %d are events now, %d were already, %d can still not be read, %d are not whole records\n",
			chosen.len(), r.Mended, r.Before, r.Failing, r.Partial)
		return nil
	})
}

// chosen are entries of the quarantine, by payload, ascending by record.
type chosen map[string][]quarantine.Item

func (c *quarantineReplay) choose(ctx context.Context, q quarantine.Reader) (chosen, error) {
	all := chosen{}
	err := q.List(ctx, func(i quarantine.Item) error {
		if i.Kept && !i.Replayed && c.takes(&i) {
			all[i.PayloadID] = append(all[i.PayloadID], i)
		}
		return nil
	})
	for _, items := range all {
		slices.SortFunc(items, func(a, b quarantine.Item) int { return int(int64(a.Record) - int64(b.Record)) })
	}
	return all, err
}

func (c chosen) len() (n int) {
	for _, items := range c {
		n += len(items)
	}
	return n
}

// records are a payload's entries as the pipeline wants them.
func (c chosen) records(ctx context.Context, q quarantine.Reader, key seal.Key, payload string) []pipeline.Quarantined {
	out := make([]pipeline.Quarantined, len(c[payload]))
	for i, item := range c[payload] {
		out[i] = pipeline.Quarantined{
			Record: item.Record, Code: ingest.Code(item.Code), Cut: item.Cut,
			Open: func() (string, []byte, error) {
				_, origin, raw, err := q.Open(ctx, item.ID, key)
				return origin, raw, err
			},
		}
	}
	return out
}

// ids are the entries of some of a payload's records.
func (c chosen) ids(payload string, records []uint64) (ids []string) {
	for _, item := range c[payload] {
		if slices.Contains(records, item.Record) {
			ids = append(ids, item.ID)
		}
	}
	return ids
}

// replayer opens what replaying needs beside the archive.
func (n *node) replayer(ctx context.Context, a *archive.Archive, q quarantine.Reader) (*pipeline.Replayer, error) {
	pol, err := n.rules(&n.cfg)
	if err != nil {
		return nil, err
	}
	if err := n.keepPolicy(pol); err != nil {
		return nil, err
	}
	cfg, err := n.wiring(pol)
	if err != nil {
		return nil, err
	}
	if cfg.Linked, err = n.openLinked(ctx); err != nil {
		return nil, err
	}
	if cfg.Sink, err = n.sink(ctx); err != nil {
		return nil, err
	}
	cfg.Quarantine = nowhere{} // nothing is put
	return pipeline.NewReplayer(cfg, a)
}

// holdSuccessor puts an object under the legal holds that are on one it stands for.
func holdSuccessor(ctx context.Context, a *archive.Archive, holds []*archive.Hold, copies []object.Store, now *archive.Object) error {
	before, err := a.Generations(ctx, []string{now.Meta.Key()})
	if err != nil {
		return fmt.Errorf("looking for objects to hold: %w", err)
	}
	for _, h := range holds {
		held := func(key string) bool { return slices.Contains(h.Keys, key) }
		if h.Released != nil || held(now.Key) || !slices.ContainsFunc(before, held) {
			continue
		}
		leaf := archive.HoldLeaf{Hold: h.ID, Matter: h.Matter, By: who(), Query: h.Query, Keys: []string{now.Key}}
		if err := a.PlaceHold(ctx, leaf, nil, copies...); err != nil {
			return fmt.Errorf("holding what stands for a held object: %w", err)
		}
		h.Keys = append(h.Keys, now.Key)
	}
	return nil
}
