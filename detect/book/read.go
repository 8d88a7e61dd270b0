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
