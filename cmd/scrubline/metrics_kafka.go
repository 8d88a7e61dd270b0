package main

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/scrubline/scrubline/ingest/kafka"
)

// kafkaMetrics tells, when asked, how far inputs are behind. Its labels are the
// topics of the configuration.
type kafkaMetrics []*kafka.Input

var (
	kafkaLag = prometheus.NewDesc("scrubline_kafka_lag_messages",
		"Offsets between the ends of the topic's partitions that are ours and what is archived.", []string{"topic"}, nil)
	kafkaAge = prometheus.NewDesc("scrubline_kafka_lag_seconds",
		"Age of the oldest message that was read and is not archived and inserted, by its own time.", []string{"topic"}, nil)
	kafkaHalted = prometheus.NewDesc("scrubline_kafka_halted_partitions",
		"Partitions that are not read until somebody looked at them.", []string{"topic"}, nil)
	kafkaGaps = prometheus.NewDesc("scrubline_kafka_gap_messages_total",
		"Offsets that were gone before they were read.", nil, nil)
)

// Describe implements prometheus.Collector.
func (m kafkaMetrics) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{kafkaLag, kafkaAge, kafkaHalted, kafkaGaps} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (m kafkaMetrics) Collect(out chan<- prometheus.Metric) {
	type topic struct{ lag, age, halted float64 }
	topics := map[string]topic{}
	gaps := uint64(0)
	for _, in := range m {
		gaps += in.Gaps()
		for _, s := range in.States() {
			t := topics[s.Topic]
			t.lag += float64(max(0, s.End-s.Archived))
			if !s.Oldest.IsZero() {
				t.age = max(t.age, time.Since(s.Oldest).Seconds())
			}
			if s.Halted != "" {
				t.halted++
			}
			topics[s.Topic] = t
		}
	}
	for name, t := range topics {
		out <- prometheus.MustNewConstMetric(kafkaLag, prometheus.GaugeValue, t.lag, name)
		out <- prometheus.MustNewConstMetric(kafkaAge, prometheus.GaugeValue, t.age, name)
		out <- prometheus.MustNewConstMetric(kafkaHalted, prometheus.GaugeValue, t.halted, name)
	}
	out <- prometheus.MustNewConstMetric(kafkaGaps, prometheus.CounterValue, float64(gaps))
}
