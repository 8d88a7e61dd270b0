package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/scrubline/scrubline/pipeline"
	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/store/archive"
	"github.com/scrubline/scrubline/store/clickhouse"
)

const (
	// reconcileEvery is how often run compares ClickHouse with the archive.
	reconcileEvery = time.Hour
	// underWay is how old an object must be to be missed: younger ones may be on
	// their way.
	underWay = 10 * time.Minute
	// countedFor is for how long after its insert a batch's rows are counted again
	// each time, and exactFor how far back an unclean end is taken to reach.
	countedFor = 3 * reconcileEvery
	exactFor   = 24 * time.Hour
	// sealedEvery is after how many rounds all objects are compared with the seal log.
	sealedEvery = 24
)

// comparison is what ClickHouse was found to lack or to have too much.
type comparison struct {
	batches uint64
	missing uint64 // not in the ledger
	short   uint64 // in the ledger, with other rows in the table
	strange uint64 // in ClickHouse, not in the archive
}

// reconciler compares the archive, which is the truth, with ClickHouse, and
// inserts what that lacks.
type reconciler struct {
	n       *node
	archive *archive.Archive
	sink    pipeline.Sink
	mended  *prometheus.CounterVec
	strange prometheus.Gauge
	last    prometheus.Gauge
}

func newReconciler(n *node, a *archive.Archive, sink pipeline.Sink) *reconciler {
	return &reconciler{
		n: n, archive: a, sink: sink,
		mended:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "scrubline_reconciled_batches_total", Help: "Archived batches that ClickHouse lacked, whole (missing) or in part (short), and that were inserted again."}, []string{"found"}),
		strange: prometheus.NewGauge(prometheus.GaugeOpts{Name: "scrubline_reconcile_strange_batches", Help: "Batches in ClickHouse that the archive lacks."}),
		last:    prometheus.NewGauge(prometheus.GaugeOpts{Name: "scrubline_reconcile_timestamp_seconds", Help: "When ClickHouse was last compared with the archive to the end."}),
	}
}

// part is the part of run that compares again and again.
func (r *reconciler) part() part {
	r.n.metrics.MustRegister(r.mended, r.strange, r.last)
	return part{"reconciler", func(ctx context.Context) error {
		pause := reconcileEvery
		if r.n.engine == nil {
			pause = underWay // nobody tells us how a server of the user's own ended
		}
		for round := 0; ; round++ {
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(pause):
			}
			pause = reconcileEvery
			if _, err := r.compare(ctx, time.Now().Add(-underWay), countedFor, 0); err != nil && ctx.Err() == nil {
				r.n.log.Error().Str("error", err.Error()).Msg("comparing clickhouse with the archive")
			}
			if round%sealedEvery == 0 { // for processes that died elsewhere
				if err := r.archive.Reconcile(ctx); err != nil && ctx.Err() == nil {
					r.n.log.Error().Str("error", err.Error()).Msg("comparing the archive with its seal log")
				}
			}
		}
	}}
}

// compare goes through the names of the archive's objects stored before a time and
// through the ledger side by side. Of batches that were inserted within count of
// the last one the rows are counted, those within exact of it are offered again,
// as is what is missing or short: the sink compares those row by row.
func (r *reconciler) compare(ctx context.Context, before time.Time, count, exact time.Duration) (comparison, error) {
	var c comparison
	newest, err := r.n.store.LastInsert(ctx)
	if err != nil {
		return c, err
	}
	next, stop := iter.Pull2(r.n.store.Batches(ctx))
	defer stop()
	entry, err, more := next()
	counted := make([]clickhouse.Entry, 0, 1024)
	flush := func() error {
		short, err := r.n.store.Short(ctx, counted)
		if err != nil {
			return err
		}
		counted = counted[:0]
		for _, key := range short {
			c.short++
			if err := r.offer(ctx, key); err != nil {
				return err
			}
		}
		return nil
	}
	skip := func(key string) error { // what the ledger has before key
		for more && err == nil && (key == "" || entry.Batch < key) {
			c.strange++
			r.n.log.Error().Str("batch", entry.Batch).Msg("clickhouse has a batch that the archive lacks")
			entry, err, more = next()
		}
		return err
	}
	err = errors.Join(err, r.archive.Batches(ctx, func(stored archive.StoredBatch) error {
		key := stored.Key
		if err := skip(key); err != nil {
			return err
		}
		c.batches++
		if !more || entry.Batch != key {
			if stored.Stored.After(before) {
				return nil
			}
			c.missing++
			return r.offer(ctx, key)
		}
		old := newest.Sub(entry.InsertedAt)
		var todo error
		switch {
		case stored.Generation > 0 && entry.InsertedAt.Before(stored.Stored):
			if stored.Stored.Before(before) { // else a replay may be at it
				c.short++
				todo = r.offer(ctx, key)
			}
		case old < exact:
			todo = r.offer(ctx, key)
		case old < count || count == 0:
			if counted = append(counted, entry); len(counted) == cap(counted) {
				todo = flush()
			}
		}
		entry, err, more = next()
		return errors.Join(todo, err)
	}))
	if err == nil {
		err = errors.Join(skip(""), flush())
	}
	if err != nil {
		return c, fmt.Errorf("comparing clickhouse with the archive: %w", err)
	}
	r.mended.WithLabelValues("missing").Add(float64(c.missing))
	r.mended.WithLabelValues("short").Add(float64(c.short))
	r.strange.Set(float64(c.strange))
	r.last.SetToCurrentTime()
	if c.missing+c.short+c.strange > 0 {
		r.n.log.Warn().Uint64("batches", c.batches).Uint64("missing", c.missing).Uint64("short", c.short).Uint64("strange", c.strange).Msg("clickhouse was brought up to the archive")
	}
	return c, nil
}

// offer inserts of an archived batch what the table lacks.
func (r *reconciler) offer(ctx context.Context, key string) error {
	var b event.Batch
	o, err := r.archive.Fetch(ctx, key, &b)
	if err != nil {
		return err
	}
	b.SHA256 = o.SHA256.String()
	return r.sink.Insert(ctx, []*event.Batch{&b}, true)
}

// reconcile mends what an unclean end of the engine cost, before anybody asks.
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
	_, err = newReconciler(n, a, sink).compare(ctx, time.Now(), 0, exactFor)
	return err
}
