package book

import (
	"context"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Noise is how much one rule has raised.
type Noise struct {
	Rule       string `json:"rule_id"`
	Title      string `json:"title"`
	Level      string `json:"level"`
	Alerts     uint64 `json:"alerts"`
	Matches    uint64 `json:"matches"`
	Groups     uint64 `json:"groups"` // different ones
	Suppressed uint64 `json:"suppressed"`
	Open       uint64 `json:"open"`
	Closed     uint64 `json:"closed"`
}

// Noise lists rules by how many alerts they raised with matches since a time, the
// loudest first. Exercises do not count.
func (b *Book) Noise(ctx context.Context, since time.Time) (out []Noise, err error) {
	err = b.each(ctx, "alerts", func(r driver.Rows) error {
		var n Noise
		err := r.Scan(&n.Rule, &n.Title, &n.Level, &n.Alerts, &n.Matches, &n.Groups, &n.Suppressed, &n.Closed)
		n.Open = n.Alerts - n.Closed
		out = append(out, n)
		return err
	}, `SELECT rule_id, any(title), any(level), count(), sum(n), uniqExact(texts), countIf(quiet), countIf(state = 'closed')
FROM (
	SELECT rule_id, alert_id, any(p.title) title, any(p.level) level, sum(p.matches) n, any(p.group_values) texts, max(p.suppression != '') quiet
	FROM (SELECT * FROM alerts WHERE tenant_id = {tenant:String} AND drill = '' ORDER BY alert_id, batch, written DESC LIMIT 1 BY alert_id, batch) p
	WHERE last_time >= fromUnixTimestamp64Milli({since:Int64}) GROUP BY rule_id, alert_id
) a LEFT JOIN (
	SELECT alert_id, argMax(t.state, t.at) state FROM alert_states t WHERE t.tenant_id = {tenant:String} GROUP BY alert_id
) s ON a.alert_id = s.alert_id
GROUP BY rule_id ORDER BY count() DESC, rule_id`, b.mine(), clickhouse.Named("since", since.UnixMilli()))
	return out, err
}
