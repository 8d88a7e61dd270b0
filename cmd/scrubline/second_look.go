package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/scrubline/scrubline/ingest"
	"github.com/scrubline/scrubline/pipeline"
	"github.com/scrubline/scrubline/pipeline/canary"
	"github.com/scrubline/scrubline/scrub/evaluate"
)

// sampled is how many records of a source and day are looked at a second time.
const sampled = 500

// looked is what a second look at a source's records says, as an event of its own.
type looked struct {
	Source  string  `json:"source"`
	Sampled uint64  `json:"sampled"`
	Suspect uint64  `json:"suspect"`
	Low     float64 `json:"low"` // of the 95 % interval of the share
	High    float64 `json:"high"`
	Status  string  `json:"status"` // above the limit, even at the low end, or within
}

// judge sums up a source's days.
func judge(source string, sample evaluate.Interval, limit float64) looked {
	i := evaluate.Estimate(sample.Hits, sample.Of)
	out := looked{source, sample.Of, sample.Hits, i.Low, i.High, "within"}
	if i.Low > limit {
		out.Status = "above"
	}
	return out
}

// secondLook looks a second time at some of the records of the last day and stores
// what it suspects as events, which the rule residual_leak runs over.
func (n *node) secondLook(ctx context.Context, to *carrier, now time.Time) error {
	sources := map[string]*residual{}
	err := n.sampleSince(ctx, 24*time.Hour, sampled, func(_, source string) *residual {
		if sources[source] == nil {
			sources[source] = &residual{}
		}
		return sources[source]
	})
	if err != nil || len(sources) == 0 {
		return err
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	for _, source := range slices.Sorted(maps.Keys(sources)) {
		found, level := judge(source, sources[source].Sample, cmp.Or(n.cfg.Canary.Residual, defaultResidual)), "info"
		if found.Status != "within" {
			level = "error"
		}
		_ = enc.Encode(struct { // to memory: never fails
			Time     time.Time `json:"time"`
			Level    string    `json:"level"`
			Service  string    `json:"service"`
			Message  string    `json:"message"`
			Residual looked    `json:"residual"`
		}{now.UTC(), level, "scrubline", "residual leak", found})
	}
	report := canary.Finding(fmt.Sprintf("second look %d", now.UnixNano()), b.String(), now)
	if err := to.Run(ctx, listed{report}, func(ingest.Payload, pipeline.Result) {}); err != nil {
		return fmt.Errorf("carrying a second look: %w", err)
	}
	return nil
}
