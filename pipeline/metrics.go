package pipeline

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
	"github.com/scrubline/scrubline/store/archive"
)

// Metrics counts what a Runner does, once a batch. Labels are names of sources and
// codes, both closed sets. A nil *Metrics counts nothing.
type Metrics struct {
	records, events, duplicates *prometheus.CounterVec // by source
	tombstones                  *prometheus.CounterVec // by source and code
	batches                     *prometheus.CounterVec // by outcome
	bytes, quarantined          prometheus.Counter
	quarantineAdopted           prometheus.Counter
	payloads                    *prometheus.CounterVec // by outcome
	inserted, doubts, failures  prometheus.Counter
	aheadBatches, aheadBytes    prometheus.Gauge
	lastArchived, lastInserted  prometheus.Gauge
}

// NewMetrics registers the metrics.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: "scrubline_" + name, Help: help})
	}
	counters := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "scrubline_" + name, Help: help}, labels)
	}
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Name: "scrubline_" + name, Help: help})
	}
	m := &Metrics{
		records:           counters("records_total", "Records in batches that this process made: events and tombstones together are as many.", "source"),
		events:            counters("events_total", "Rows archived by this process that are no tombstones.", "source"),
		tombstones:        counters("tombstones_total", "Tombstones archived by this process.", "source", "code"),
		duplicates:        counters("duplicates_total", "Events archived that their source delivered before.", "source"),
		batches:           counters("batches_total", "Batches by what became of them in the archive.", "outcome"),
		bytes:             counter("payload_bytes_total", "Bytes of payloads that are done, as delivered."),
		quarantined:       counter("quarantine_bytes_total", "Bytes of records put into the quarantine."),
		quarantineAdopted: counter("quarantine_adopted_total", "Quarantined records of a bucket that were found stored already: by another process, or before an answer was lost."),
		payloads:          counters("payloads_total", "Payloads, and pieces of streams, by how they ended.", "outcome"),
		inserted:          counter("inserted_batches_total", "Batches inserted."),
		doubts:            counter("insert_doubts_total", "Batches whose rows had to be compared with the table, because some might have been there."),
		failures:          counter("insert_failures_total", "Inserts that failed and were tried again or ended the run."),
		aheadBatches:      gauge("ahead_batches", "Archived batches that wait until ClickHouse takes them."),
		aheadBytes:        gauge("ahead_bytes", "Bytes of their objects."),
		lastArchived:      gauge("archived_timestamp_seconds", "When a batch was archived last."),
		lastInserted:      gauge("inserted_timestamp_seconds", "When a batch was inserted last."),
	}
	reg.MustRegister(m.records, m.events, m.tombstones, m.duplicates, m.batches, m.bytes, m.quarantined, m.quarantineAdopted, m.payloads,
		m.inserted, m.doubts, m.failures, m.aheadBatches, m.aheadBytes, m.lastArchived, m.lastInserted)
	return m
}

// archived counts a batch that we archived, made of so many records.
func (m *Metrics) archived(o *archive.Object, b *event.Batch, records uint64) {
	if m == nil {
		return
	}
	source := o.Meta.Source
	m.records.WithLabelValues(source).Add(float64(records))
	m.events.WithLabelValues(source).Add(float64(o.Rows - o.Tombstones))
	m.duplicates.WithLabelValues(source).Add(float64(o.Duplicates))
	if o.Tombstones > 0 {
		codes := b.Dict(schemas.Reason)
		for row, kind := range b.Nums(schemas.RowKind) {
			if kind == schemas.KindTombstone {
				m.tombstones.WithLabelValues(source, codes.At(row)).Inc()
			}
		}
	}
	m.batches.WithLabelValues("written").Inc()
	m.lastArchived.Set(float64(time.Now().Unix()))
}

// adopted counts a batch whose place in the archive was taken.
func (m *Metrics) adopted() {
	if m != nil {
		m.batches.WithLabelValues("adopted").Inc()
	}
}

// quarantine counts bytes that went there.
func (m *Metrics) quarantine(n int) {
	if m != nil {
		m.quarantined.Add(float64(n))
	}
}

// AdoptedQuarantine counts entries that were found in the quarantine already.
func (m *Metrics) AdoptedQuarantine(entries int) { m.quarantineAdopted.Add(float64(entries)) }

// insert counts a try to insert.
func (m *Metrics) insert(batches int, doubt bool, err error) {
	switch {
	case m == nil:
	case err != nil:
		m.failures.Inc()
	default:
		m.inserted.Add(float64(batches))
		m.lastInserted.Set(float64(time.Now().Unix()))
		if doubt {
			m.doubts.Add(float64(batches))
		}
	}
}

// ahead says how much waits for the sink.
func (m *Metrics) ahead(batches int, bytes int64) {
	if m != nil {
		m.aheadBatches.Set(float64(batches))
		m.aheadBytes.Set(float64(bytes))
	}
}

// ended counts a payload's end.
func (m *Metrics) ended(res *Result, failed, unread error) {
	if m == nil {
		return
	}
	outcome := "done"
	switch {
	case failed != nil:
		outcome = "failed"
	case unread != nil:
		outcome = "unread"
	case res.Error != "":
		outcome = "damaged"
	}
	m.payloads.WithLabelValues(outcome).Inc()
	if failed == nil && unread == nil {
		m.bytes.Add(float64(max(0, res.Bytes)))
	}
}
