package book

import (
	"context"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Statuses of a delivery.
const (
	Delivered = "delivered"
	Failed    = "failed" // it is tried again
	GivenUp   = "given up"
	Resolved  = "resolved" // the other side was told that the alert was closed
)

// Delivery is one try to bring an alert to a route.
type Delivery struct {
	Alert   string
	Route   string
	At      time.Time
	Attempt uint32
	Status  string
	Code    string // of an error, or "summary" if it went with others
	Took    time.Duration
}

// Deliver writes deliveries.
func (b *Book) Deliver(ctx context.Context, ds []Delivery) error {
	if len(ds) == 0 {
		return nil
	}
	return b.write(ctx, "alert_deliveries", "tenant_id, alert_id, route, at, attempt, status, code, took_ms", func(in driver.Batch) error {
		for _, d := range ds {
			if err := in.Append(b.tenant, d.Alert, d.Route, d.At, d.Attempt, d.Status, d.Code, d.Took.Seconds()*1e3); err != nil {
				return err
			}
		}
		return nil
	})
}

// Settled calls each for the alerts that a route is done with, of deliveries since
// a time.
func (b *Book) Settled(ctx context.Context, since time.Time, each func(alert, route string)) error {
	return b.each(ctx, "deliveries", func(r driver.Rows) error {
		var alert, route string
		err := r.Scan(&alert, &route)
		each(alert, route)
		return err
	}, `SELECT DISTINCT alert_id, route FROM alert_deliveries
WHERE tenant_id = {tenant:String} AND status IN ('delivered', 'given up') AND at >= fromUnixTimestamp64Milli({since:Int64})`,
		b.mine(), clickhouse.Named("since", since.UnixMilli()))
}

// Unresolved lists the alerts that a route delivered, each by itself, in the last 30
// days, that are closed, and of which the other side was not told that.
func (b *Book) Unresolved(ctx context.Context, route string) (out []string, err error) {
	err = b.each(ctx, "deliveries", func(r driver.Rows) error {
		var id string
		err := r.Scan(&id)
		out = append(out, id)
		return err
	}, `SELECT alert_id FROM alert_deliveries
WHERE tenant_id = {tenant:String} AND route = {route:String} AND at > now() - INTERVAL 30 DAY
  AND alert_id IN (SELECT alert_id FROM alert_states WHERE tenant_id = {tenant:String} GROUP BY alert_id HAVING argMax(state, at) = 'closed')
GROUP BY alert_id HAVING countIf(status = 'delivered' AND code != 'summary') > 0 AND countIf(status = 'resolved') = 0
ORDER BY alert_id LIMIT 100`, b.mine(), clickhouse.Named("route", route))
	return out, err
}

// Health is how a route has been doing.
type Health struct {
	Route     string    `json:"route"`
	State     string    `json:"state"` // ok, failing, or unused if nothing was sent yet
	Delivered uint64    `json:"delivered"`
	Failed    uint64    `json:"failed"`
	GivenUp   uint64    `json:"given_up"`
	LastGood  time.Time `json:"last_delivered"`
	LastBad   time.Time `json:"last_failed"`
	Code      string    `json:"last_error"`
}

// Routes says how routes have been doing in the last 30 days, by name.
func (b *Book) Routes(ctx context.Context) (map[string]Health, error) {
	out := map[string]Health{}
	err := b.each(ctx, "deliveries", func(r driver.Rows) error {
		var h Health
		if err := r.Scan(&h.Route, &h.Delivered, &h.Failed, &h.GivenUp, &h.LastGood, &h.LastBad, &h.Code); err != nil {
			return err
		}
		h.State = "ok"
		if h.LastBad.After(h.LastGood) {
			h.State = "failing"
		}
		out[h.Route] = h
		return nil
	}, `SELECT route, countIf(status = 'delivered'), countIf(status = 'failed'), countIf(status = 'given up'), maxIf(at, status = 'delivered'),
	maxIf(at, status IN ('failed', 'given up')), argMaxIf(code, at, status IN ('failed', 'given up'))
FROM alert_deliveries WHERE tenant_id = {tenant:String} AND at > now() - INTERVAL 30 DAY GROUP BY route`, b.mine())
	return out, err
}

// Deliveries lists the tries for an alert, the oldest first.
func (b *Book) Deliveries(ctx context.Context, id string) (out []Delivery, err error) {
	err = b.each(ctx, "deliveries", func(r driver.Rows) error {
		var d Delivery
		var ms float64
		err := r.Scan(&d.Alert, &d.Route, &d.At, &d.Attempt, &d.Status, &d.Code, &ms)
		d.Took = time.Duration(ms * float64(time.Millisecond))
		out = append(out, d)
		return err
	}, `SELECT alert_id, route, at, attempt, status, code, took_ms FROM alert_deliveries
WHERE tenant_id = {tenant:String} AND alert_id = {id:String} ORDER BY at, route`, b.mine(), clickhouse.Named("id", id))
	return out, err
}
