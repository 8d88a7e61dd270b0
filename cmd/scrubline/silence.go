package main

import (
	"context"
	"fmt"
	"time"

	clickhousego "github.com/ClickHouse/clickhouse-go/v2"

	"github.com/scrubline/scrubline/detect/alert"
	"github.com/scrubline/scrubline/detect/sql"
	"github.com/scrubline/scrubline/detect/watch"
	"github.com/scrubline/scrubline/store/clickhouse"
)

// listen looks for logs that stopped until ctx ends.
func (n *node) listen(ctx context.Context) error {
	every := n.cfg.Detect.Silence
	switch {
	case every < 0:
		return nil
	case every == 0:
		every = 10 * time.Minute
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if err := n.silences(ctx, time.Now()); err != nil && ctx.Err() == nil {
			n.log.Error().Err(err).Msg("looking for logs that stopped; again soon")
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// silences raises an alert for each source, account and region that used to come and
// has stopped. It used to come if it did in 24 different hours of the last seven
// days; it has stopped if nothing came for four times the mean gap between such
// hours, and an hour at least. What counts is when rows came in, not when the events
// were. That nobody asks anything at night is no silence, and what a canary planted is
// no sign of life.
func (n *node) silences(ctx context.Context, now time.Time) error {
	const table = `SELECT source, cloud_account, cloud_region, max(ingest_time) came, uniqExact(toStartOfHour(ingest_time)) hours FROM %s
WHERE tenant_id = {tenant:String} AND source != 'scrubline_audit' AND NOT (` + sql.Planted + `) AND ingest_time > fromUnixTimestamp64Milli({since:Int64}) GROUP BY ALL`
	week := 7 * 24 * time.Hour
	rows, err := n.store.Conn().Query(ctx, `SELECT source, cloud_account, cloud_region, came, hours FROM (`+
		fmt.Sprintf(table, "events")+" UNION ALL "+fmt.Sprintf(table, "flows")+`) WHERE hours >= 24 ORDER BY ALL`,
		clickhousego.Named("tenant", n.cfg.Tenant), clickhousego.Named("since", now.Add(-week).UnixMilli()))
	if err != nil {
		return clickhouse.Redact(err)
	}
	defer func() { _ = rows.Close() }()
	from, to := alert.Window(now.UnixMilli(), 24*time.Hour)
	var parts []*alert.Part
	for rows.Next() {
		var source, account, region string
		var came time.Time
		var hours uint64
		if err := rows.Scan(&source, &account, &region, &came, &hours); err != nil {
			return clickhouse.Redact(err)
		}
		if now.Sub(came) < max(time.Hour, 4*week/time.Duration(hours)) {
			continue
		}
		p := watch.Silence.Part(n.cfg.Tenant, []alert.Label{{Name: "source", Value: source}, {Name: "cloud_account", Value: account}, {Name: "cloud_region", Value: region}}, from, to)
		p.Source, p.First, p.Last, p.Matches = source, came, came, 1
		p.Summary = fmt.Sprintf("Nothing of %s came since %s (account %q, region %q), which came in %d hours of the week: %s",
			source, came.Format(time.RFC3339), account, region, hours, watch.Silence.Title)
		parts = append(parts, p)
	}
	if err := rows.Err(); err != nil {
		return clickhouse.Redact(err)
	}
	if err := n.book().Alerts(ctx, parts); err != nil {
		return err
	}
	if n.notifier != nil && len(parts) > 0 {
		n.notifier.Wake()
	}
	return nil
}
