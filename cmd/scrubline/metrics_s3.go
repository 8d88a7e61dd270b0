package main

import (
	"strconv"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	s3in "github.com/scrubline/scrubline/ingest/s3"
)

// countS3 shows the counts of a section of inputs.s3 among the metrics. What an
// operator wants to be woken by is gaps, malformed and letgo.
func countS3(reg prometheus.Registerer, section int, c *s3in.Counts) {
	for _, m := range []struct {
		what, outcome string
		n             *atomic.Int64
	}{
		{"messages", "received", &c.Received},
		{"messages", "settled", &c.Settled},
		{"messages", "returned", &c.Returned},
		{"messages", "letgo", &c.LetGo},
		{"messages", "malformed", &c.Malformed},
		{"messages", "test", &c.Tests},
		{"objects", "carried", &c.Objects},
		{"objects", "gone", &c.Gone},
		{"objects", "denied", &c.Denied},
		{"objects", "unavailable", &c.Unavailable},
		{"objects", "missed", &c.Missed},
	} {
		help := map[string]string{"messages": "Messages of SQS, by what became of them.", "objects": "Objects of S3, by what became of them."}[m.what]
		reg.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "scrubline_s3_" + m.what + "_total", Help: help,
			ConstLabels: prometheus.Labels{"input": strconv.Itoa(section), "outcome": m.outcome},
		}, func() float64 { return float64(m.n.Load()) }))
	}
}
