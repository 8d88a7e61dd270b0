package book

import (
	"context"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Seen is what somebody's matches of a rule on novelties had in one window.
type Seen struct {
	Whose, What string
	First, Last int64 // of the matches, Unix milliseconds
}

// See keeps what a window had. A window that is run again is written again.
func (b *Book) See(ctx context.Context, rule, version string, window time.Time, seen []Seen) error {
	if len(seen) == 0 {
		return nil
	}
	return b.write(ctx, "seen_values", "tenant_id, rule_id, rule_version, whose, what, window_from, first_time, last_time", func(in driver.Batch) error {
		for _, s := range seen {
			if err := in.Append(b.tenant, rule, version, s.Whose, s.What, window, time.UnixMilli(s.First), time.UnixMilli(s.Last)); err != nil {
				return err
			}
		}
		return nil
	})
}

// Seen calls each for what the windows that begin in [from, to) had of whose.
func (b *Book) Seen(ctx context.Context, rule, version string, whose []string, from, to time.Time, each func(Seen) error) error {
	for some := range slices.Chunk(whose, 1024) {
		err := b.each(ctx, "what was seen", func(r driver.Rows) error {
			var s Seen
			if err := r.Scan(&s.Whose, &s.What, &s.First, &s.Last); err != nil {
				return err
			}
			return each(s)
		}, `SELECT whose, what, toUnixTimestamp64Milli(min(first_time)), toUnixTimestamp64Milli(max(last_time)) FROM seen_values
WHERE tenant_id = {tenant:String} AND rule_id = {rule:String} AND rule_version = {version:String} AND whose IN {whose:Array(String)}
  AND window_from >= fromUnixTimestamp64Milli({from:Int64}) AND window_from < fromUnixTimestamp64Milli({to:Int64})
GROUP BY whose, what`, b.mine(),
			clickhouse.Named("rule", rule), clickhouse.Named("version", version), clickhouse.Named("whose", some),
			clickhouse.Named("from", from.UnixMilli()), clickhouse.Named("to", to.UnixMilli()))
		if err != nil {
			return err
		}
	}
	return nil
}
