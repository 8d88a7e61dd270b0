package book

import (
	"context"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// RunFilter says which runs are asked for. Zero values are all.
type RunFilter struct {
	Rule  string    // its id
	Kind  string    // Stream, Schedule or Retro
	Since time.Time // when they were run, Until excluded
	Until time.Time
	Limit int
}

// LatestRuns lists runs, the newest first.
func (b *Book) LatestRuns(ctx context.Context, f RunFilter) (out []Run, err error) {
	err = b.each(ctx, "runs", func(r driver.Rows) error {
		var n Run
		var late uint64
		var ms float64
		err := r.Scan(&n.ID, &n.Kind, &n.Rule, &n.Version, &n.Title, &n.From, &n.To, &late, &n.Matches, &n.Alerts, &n.Late, &n.Dropped, &ms, &n.Status, &n.Reason, &n.At)
		n.Lateness, n.Cost = time.Duration(late)*time.Millisecond, time.Duration(ms*float64(time.Millisecond))
		out = append(out, n)
		return err
	}, `SELECT run_id, kind, rule_id, rule_version, title, window_from, window_to, lateness_ms, matches, alerts, late, dropped, cost_ms, status, reason, at
FROM rule_runs WHERE tenant_id = {tenant:String} AND ({rule:String} = '' OR rule_id = {rule:String}) AND ({kind:String} = '' OR kind = {kind:String})
  AND at >= fromUnixTimestamp64Milli({since:Int64}) AND ({until:Int64} < 0 OR at < fromUnixTimestamp64Milli({until:Int64}))
ORDER BY at DESC, run_id LIMIT {limit:Int64}`,
		b.mine(), clickhouse.Named("rule", f.Rule), clickhouse.Named("kind", f.Kind), clickhouse.Named("since", max(f.Since.UnixMilli(), 0)),
		clickhouse.Named("until", max(f.Until.UnixMilli(), -1)),
		clickhouse.Named("limit", f.Limit))
	return out, err
}

// RunJSON is a run as it is told to others.
type RunJSON struct {
	Kind     string    `json:"kind"`
	Rule     string    `json:"rule_id"`
	Version  string    `json:"rule_version"`
	Title    string    `json:"title"`
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	Lateness float64   `json:"lateness_s"`
	Matches  uint64    `json:"matches"`
	Alerts   uint64    `json:"alerts"`
	Late     uint64    `json:"late"`
	Dropped  uint64    `json:"dropped"`
	Cost     float64   `json:"cost_ms"`
	Status   string    `json:"status"`
	Reason   string    `json:"reason"`
	At       time.Time `json:"at"`
}

// JSON returns r for others.
func (r *Run) JSON() RunJSON {
	return RunJSON{r.Kind, r.Rule, r.Version, r.Title, r.From, r.To, r.Lateness.Seconds(), r.Matches, r.Alerts, r.Late, r.Dropped,
		r.Cost.Seconds() * 1e3, r.Status, r.Reason, r.At}
}
