package book

import (
	"context"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// HasWatched says which batches rules have run over, by their keys.
func (b *Book) HasWatched(ctx context.Context, keys []string) (map[string]bool, error) {
	out := map[string]bool{}
	for some := range slices.Chunk(keys, 1024) {
		err := b.each(ctx, "watched batches", func(r driver.Rows) error {
			var key string
			err := r.Scan(&key)
			out[key] = true
			return err
		}, "SELECT DISTINCT batch FROM watched WHERE tenant_id = {tenant:String} AND batch IN {keys:Array(String)}", b.mine(), clickhouse.Named("keys", some))
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Unfinished lists the watched batches whose matches correlations have not seen.
func (b *Book) Unfinished(ctx context.Context) ([]Watched, error) {
	var out []Watched
	err := b.each(ctx, "watched batches", func(r driver.Rows) error {
		var w Watched
		var from, to time.Time
		if err := r.Scan(&w.Batch, &w.Rules, &w.Matches, &w.Alerts, &from, &to, &w.Bases); err != nil {
			return err
		}
		w.From, w.To = from.UnixMilli(), to.UnixMilli()
		out = append(out, w)
		return nil
	}, `SELECT batch, argMax(rules, state) r, argMax(matches, state) m, argMax(alerts, state) a, argMax(base_from, state) f,
	argMax(base_to, state) t, argMax(bases, state) b
FROM watched WHERE tenant_id = {tenant:String} GROUP BY batch HAVING max(state) = 1 ORDER BY batch`, b.mine())
	return out, err
}

// MatchesOf calls each for the matches of rules, given by key and version, in
// [from, to) (Unix milliseconds) in the order of time, then of the rules as given,
// then of rows. The Match is lent.
func (b *Book) MatchesOf(ctx context.Context, rules, versions []string, from, to int64, each func(*Match) error) error {
	if to <= from {
		return nil
	}
	// Sorting goes to disk before it takes much memory.
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"max_bytes_before_external_sort": 128 << 20}))
	var m, before Match
	return b.each(ctx, "matches", func(r driver.Rows) error {
		before, m = m, Match{}
		if err := r.Scan(&m.Rule, &m.Version, &m.Time, &m.Ref.Batch, &m.Ref.Record, &m.Source, &m.Names, &m.Texts, &m.Drill); err != nil {
			return err
		}
		if m.Time == before.Time && m.Ref == before.Ref && m.Rule == before.Rule {
			return nil // a copy that no merge has dropped yet
		}
		return each(&m)
	}, `SELECT rule_id, rule_version, toUnixTimestamp64Milli(event_time), batch, record_no, source, names, texts, drill
FROM rule_matches
WHERE tenant_id = {tenant:String} AND rule_id IN {rules:Array(String)}
  AND has(arrayZip({rules:Array(String)}, {versions:Array(String)}), (rule_id, rule_version))
  AND event_time >= fromUnixTimestamp64Milli({from:Int64}) AND event_time < fromUnixTimestamp64Milli({to:Int64})
ORDER BY event_time, indexOf({rules:Array(String)}, rule_id), batch, record_no`, b.mine(),
		clickhouse.Named("rules", rules), clickhouse.Named("versions", versions), clickhouse.Named("from", from), clickhouse.Named("to", to))
}
