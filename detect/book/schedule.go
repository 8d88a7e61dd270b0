package book

import (
	"context"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Kinds of runs.
const (
	Stream   = "stream"   // a correlation, over what came in
	Schedule = "schedule" // a rule, over stored rows of a window
	Retro    = "retro"    // a rule, over stored rows of a period that somebody asked for
)

// ScheduledBatch begins what parts of alerts have for a batch that a schedule wrote.
const ScheduledBatch = "schedule/"

// Raised says which alerts there are of which the stream wrote a part.
func (b *Book) Raised(ctx context.Context, ids []string) (map[string]bool, error) {
	out := map[string]bool{}
	for some := range slices.Chunk(ids, 1024) {
		err := b.each(ctx, "alerts", func(r driver.Rows) error {
			var id string
			err := r.Scan(&id)
			out[id] = true
			return err
		}, "SELECT DISTINCT alert_id FROM alerts WHERE tenant_id = {tenant:String} AND alert_id IN {ids:Array(String)} AND NOT startsWith(batch, {by:String})",
			b.mine(), clickhouse.Named("ids", some), clickhouse.Named("by", ScheduledBatch))
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Scheduled lists the newest scheduled run of each window that ends after since, of
// one version of a rule.
func (b *Book) Scheduled(ctx context.Context, rule, version string, since time.Time) (out []Run, err error) {
	err = b.each(ctx, "runs", func(r driver.Rows) error {
		n := Run{Kind: Schedule, Rule: rule, Version: version}
		err := r.Scan(&n.From, &n.To, &n.At, &n.Status, &n.Late)
		out = append(out, n)
		return err
	}, `SELECT window_from, window_to, max(at), argMax(status, at), argMax(late, at) FROM rule_runs
WHERE tenant_id = {tenant:String} AND kind = 'schedule' AND rule_id = {rule:String} AND rule_version = {version:String}
  AND window_to > fromUnixTimestamp64Milli({since:Int64})
GROUP BY window_from, window_to ORDER BY window_from, window_to`, b.mine(),
		clickhouse.Named("rule", rule), clickhouse.Named("version", version), clickhouse.Named("since", since.UnixMilli()))
	return out, err
}

// LastScheduled returns the end of the newest window that a version of a rule was
// scheduled over; zero if there is none.
func (b *Book) LastScheduled(ctx context.Context, rule, version string) (end time.Time, err error) {
	err = b.each(ctx, "runs", func(r driver.Rows) error {
		var n uint64
		if err := r.Scan(&n, &end); err != nil {
			return err
		}
		if n == 0 {
			end = time.Time{}
		}
		return nil
	}, `SELECT count(), max(window_to) FROM rule_runs
WHERE tenant_id = {tenant:String} AND kind = 'schedule' AND rule_id = {rule:String} AND rule_version = {version:String}`, b.mine(),
		clickhouse.Named("rule", rule), clickhouse.Named("version", version))
	return end, err
}

// Arrival is a batch that became visible.
type Arrival struct {
	Source   string
	From, To time.Time // of its events, To included
	At       time.Time // when it was in
}

// Arrivals lists the batches that became visible after since, of whatever tenant.
func (b *Book) Arrivals(ctx context.Context, since time.Time) (out []Arrival, err error) {
	err = b.each(ctx, "batches", func(r driver.Rows) error {
		var a Arrival
		err := r.Scan(&a.Source, &a.From, &a.To, &a.At)
		out = append(out, a)
		return err
	}, `SELECT source, min(min_time), max(max_time), inserted_at FROM batches WHERE inserted_at > fromUnixTimestamp64Milli({since:Int64})
GROUP BY source, inserted_at, toStartOfHour(min_time), toStartOfHour(max_time)`, clickhouse.Named("since", since.UnixMilli()))
	return out, err
}

// Oldest returns the time of the oldest event of each source.
func (b *Book) Oldest(ctx context.Context) (map[string]time.Time, error) {
	out := map[string]time.Time{}
	err := b.each(ctx, "batches", func(r driver.Rows) error {
		var source string
		var at time.Time
		err := r.Scan(&source, &at)
		out[source] = at
		return err
	}, "SELECT source, min(min_time) FROM batches GROUP BY source")
	return out, err
}
