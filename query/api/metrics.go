package api

import (
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics count queries. Labels have fixed sets of values: the routes that are
// served and the kinds of problems there are.
type metrics struct {
	requests *prometheus.CounterVec
	rows     *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	running  prometheus.Gauge

	unrecorded prometheus.Counter
}

func newMetrics(r *prometheus.Registry) (*metrics, error) {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "scrubline_query_requests_total", Help: "Queries answered over HTTP, by route and outcome."}, []string{"route", "outcome"}),
		rows:     prometheus.NewCounterVec(prometheus.CounterOpts{Name: "scrubline_query_rows_total", Help: "Rows in answers, by route."}, []string{"route"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "scrubline_query_duration_seconds", Help: "Time to answer a query, by route.",
			Buckets: []float64{0.005, 0.02, 0.1, 0.5, 2, 10, 60}}, []string{"route"}),
		running: prometheus.NewGauge(prometheus.GaugeOpts{Name: "scrubline_query_running", Help: "Queries being answered."}),

		unrecorded: prometheus.NewCounter(prometheus.CounterOpts{Name: "scrubline_audit_failed_total", Help: "Entries of the audit log that could not be written: what they are about was refused."}),
	}
	for _, c := range []prometheus.Collector{m.requests, m.rows, m.seconds, m.running, m.unrecorded} {
		if err := r.Register(c); err != nil {
			return nil, fmt.Errorf("registering metrics of the API: %w", err)
		}
	}
	return m, nil
}

func (m *metrics) done(route, outcome string, rows int, took time.Duration) {
	m.requests.WithLabelValues(route, outcome).Inc()
	m.rows.WithLabelValues(route).Add(float64(rows))
	m.seconds.WithLabelValues(route).Observe(took.Seconds())
}
