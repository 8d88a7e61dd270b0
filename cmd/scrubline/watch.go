package main

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/scrubline/scrubline/detect/alert"
	"github.com/scrubline/scrubline/detect/book"
	"github.com/scrubline/scrubline/detect/drill"
	"github.com/scrubline/scrubline/detect/watch"
	"github.com/scrubline/scrubline/pipeline"
	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/store/clickhouse"
)

// watchedSink inserts batches and then runs the rules over them: a batch is in when
// both are done.
type watchedSink struct {
	*clickhouse.Store
	watcher *watch.Watcher
}

// Insert implements pipeline.Sink. Of batches that may have come before, those
// that were watched are not watched again.
func (s *watchedSink) Insert(ctx context.Context, batches []*event.Batch, doubt bool) error {
	if err := s.watchMended(ctx, batches); err != nil {
		return err
	}
	if err := s.Store.Insert(ctx, batches, doubt); err != nil {
		return err
	}
	if doubt {
		keys := make([]string, len(batches))
		for i, b := range batches {
			keys[i] = b.Key()
		}
		watched, err := s.watcher.Watched(ctx, keys)
		if err != nil {
			return err
		}
		var left []*event.Batch
		for _, b := range batches {
			if !watched[b.Key()] {
				left = append(left, b)
			}
		}
		batches = left
	}
	if len(batches) == 0 {
		return nil
	}
	if err := s.watcher.Watch(ctx, batches); err != nil {
		return fmt.Errorf("running rules over a batch: %w", err)
	}
	return nil
}

// watchMended runs the rules over batches that stand for others, again: what was a
// tombstone may be found now, and the rest is found as before. It comes before the
// ledger says that such a batch is in, for the other marks are those of its first form.
func (s *watchedSink) watchMended(ctx context.Context, batches []*event.Batch) error {
	for _, b := range batches {
		if b.Generation == 0 {
			continue
		}
		held, err := s.Store.Has(ctx, []string{b.Key()})
		if err != nil {
			return err
		}
		if held[b.Key()].SHA256 == b.SHA256 {
			continue
		}
		if err := s.watcher.Watch(ctx, []*event.Batch{b}); err != nil {
			return fmt.Errorf("running rules over a batch: %w", err)
		}
	}
	return nil
}

// Has implements pipeline.Sink: a batch that no rules ran over is not there yet.
func (s *watchedSink) Has(ctx context.Context, keys []string) (map[string]clickhouse.Held, error) {
	held, err := s.Store.Has(ctx, keys)
	if err != nil {
		return nil, err
	}
	watched, err := s.watcher.Watched(ctx, keys)
	if err != nil {
		return nil, err
	}
	for k := range held {
		if !watched[k] {
			delete(held, k)
		}
	}
	return held, nil
}

// book is where alerts and runs are kept.
func (n *node) book() *book.Book { return book.New(n.store.Conn(), n.cfg.Tenant, clickhouse.Redact) }

// drills knows the events of exercises.
func (n *node) drills() (*drill.Marker, error) {
	key, err := n.keys.Derive("drills", n.cfg.Tenant)
	if err != nil {
		return nil, fmt.Errorf("deriving the key of drills: %w", err)
	}
	return drill.New(key), nil
}

// sink is where batches go: the store, and the rules unless they are off. One node
// has one.
func (n *node) sink(ctx context.Context) (pipeline.Sink, error) {
	if n.cfg.Detect.Off {
		return n.store, nil
	}
	if n.watcher == nil {
		if err := n.openWatcher(ctx); err != nil {
			return nil, err
		}
	}
	return &watchedSink{n.store, n.watcher}, nil
}

func (n *node) openWatcher(ctx context.Context) error {
	inForce, err := n.openForce()
	if err != nil {
		return err
	}
	marks, err := n.drills()
	if err != nil {
		return err
	}
	w := watch.New(inForce.rules, watch.Options{
		Suppressed: inForce.suppressed,
		Book:       n.book(), Lateness: n.cfg.Detect.Lateness, Drills: marks, Log: n.log,
		Found: func([]*alert.Part) {
			if n.notifier != nil {
				n.notifier.Wake()
			}
		},
	})
	if err := w.Recover(ctx); err != nil {
		return err
	}
	n.watcher, n.force = w, inForce
	return nil
}

// finishWatching runs correlations over what a command brought in.
func (n *node) finishWatching(ctx context.Context) error {
	if n.watcher == nil {
		return nil
	}
	if err := n.watcher.Finish(ctx); err != nil {
		return fmt.Errorf("running correlations: %w", err)
	}
	return nil
}

// detect is the part that runs correlations over what other parts bring in, runs rules
// by schedule, follows changes of rules, and listens for logs that stopped.
func (n *node) detect() part {
	return part{"detect", func(ctx context.Context) error {
		if n.cfg.Detect.Off {
			<-ctx.Done()
			return nil
		}
		if _, err := n.sink(ctx); err != nil {
			return err
		}
		if err := n.force.put(); err != nil {
			return err
		}
		n.force.waiting()
		group, ctx := errgroup.WithContext(ctx)
		group.Go(func() error { return n.watcher.Run(ctx) })
		group.Go(func() error { return n.scheduled(ctx) })
		group.Go(func() error { return n.force.follow(ctx) })
		group.Go(func() error { return n.listen(ctx) })
		return group.Wait()
	}}
}
