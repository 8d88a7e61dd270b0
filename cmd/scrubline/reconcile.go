package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/store/archive"
)

// reconcile offers every archived batch to ClickHouse again after an unclean
// start: what it lost is inserted, what it has is left alone.
func (n *node) reconcile(ctx context.Context) (err error) {
	if archived, err := n.g.archived(ctx, &n.cfg); !archived || err != nil {
		return err
	}
	a, err := n.openArchive(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close(context.WithoutCancel(ctx))) }()
	sink, err := n.sink(ctx)
	if err != nil {
		return err
	}
	n.log.Info().Msg("the engine did not end cleanly: comparing it with the archive")
	var b event.Batch
	err = a.Walk(ctx, &b, func(o archive.Object) error {
		b.SHA256 = o.SHA256.String()
		return sink.Insert(ctx, []*event.Batch{&b}, true)
	})
	if err != nil {
		return fmt.Errorf("comparing clickhouse with the archive: %w", err)
	}
	return nil
}
