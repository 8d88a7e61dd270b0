package book

import (
	"context"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Drill notes the native ids of a drill's events, so that reports can leave them
// out: native_id NOT IN (SELECT native_id FROM drills WHERE tenant_id = …).
func (b *Book) Drill(ctx context.Context, drill string, ids []string) error {
	return b.write(ctx, "drills", "tenant_id, drill, native_id, at", func(in driver.Batch) error {
		for _, id := range ids {
			if err := in.Append(b.tenant, drill, id, b.now()); err != nil {
				return err
			}
		}
		return nil
	})
}

// Progress is how far the events of a drill have come. Zero times: not yet.
type Progress struct {
	Events    uint64    // that are visible
	Seen      time.Time // when the first was scrubbed
	Alerts    uint64
	Matched   time.Time // when the first alert was stored
	Delivered uint64    // to routes
	Notified  time.Time // when the first was
}

// Progress returns it.
func (b *Book) Progress(ctx context.Context, drill string, ids []string) (p Progress, err error) {
	err = b.each(ctx, "events of a drill", func(r driver.Rows) error { return r.Scan(&p.Events, &p.Seen) },
		`SELECT uniqExact(native_id), min(ingest_time) FROM events
WHERE tenant_id = {tenant:String} AND event_time > now() - INTERVAL 1 DAY AND native_id IN {ids:Array(String)}`, b.mine(), clickhouse.Named("ids", ids))
	if err != nil {
		return p, err
	}
	err = b.each(ctx, "alerts of a drill", func(r driver.Rows) error { return r.Scan(&p.Alerts, &p.Matched) },
		`SELECT uniqExact(alert_id), min(written) FROM alerts WHERE tenant_id = {tenant:String} AND drill = {drill:String}`, b.mine(), clickhouse.Named("drill", drill))
	if err != nil {
		return p, err
	}
	err = b.each(ctx, "deliveries of a drill", func(r driver.Rows) error { return r.Scan(&p.Delivered, &p.Notified) },
		`SELECT count(), min(at) FROM alert_deliveries WHERE tenant_id = {tenant:String} AND status = 'delivered'
	AND alert_id IN (SELECT alert_id FROM alerts WHERE tenant_id = {tenant:String} AND drill = {drill:String})`, b.mine(), clickhouse.Named("drill", drill))
	return p, err
}
