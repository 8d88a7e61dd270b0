package main

import (
	"math"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/scrubline/scrubline/pipeline/canary"
)

// TestCanaryMetrics: a miss is counted and named, the interval is of the day's
// values, and a new day starts over.
func TestCanaryMetrics(t *testing.T) {
	reg := prometheus.NewRegistry()
	c := newCanaries(reg)
	value := func(name, source string) float64 {
		families, err := reg.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range families {
			for _, m := range f.GetMetric() {
				if f.GetName() == name && (source == "" || m.GetLabel()[0].GetValue() == source) {
					return m.GetCounter().GetValue() + m.GetGauge().GetValue()
				}
			}
		}
		t.Fatalf("no %s of %s", name, source)
		return 0
	}
	passed := func() float64 { return value("scrubline_canary_last_pass_timestamp_seconds", "") }
	day := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	pass := []canary.Result{{Source: "app", Values: 50, Status: canary.Pass}, {Source: "aws_waf", Values: 10, Status: canary.Pass}}
	if missed := c.note(pass, day); len(missed) != 0 {
		t.Fatal(missed)
	}
	upper := func(source string) float64 { return value("scrubline_residual_leak_upper", source) }
	if got, want := upper("app"), 1-math.Pow(0.025, 1.0/50); math.Abs(got-want) > 1e-6 {
		t.Errorf("upper end %v, want %v", got, want)
	}
	if got := passed(); got != float64(day.Unix()) {
		t.Errorf("last pass at %v", got)
	}
	missed := c.note([]canary.Result{{Source: "app", Values: 50, Leaked: 2, Status: canary.Miss}}, day.Add(time.Hour))
	if len(missed) != 1 || missed[0].Source != "app" {
		t.Fatal(missed)
	}
	if v, l := value("scrubline_canary_values_total", "app"), value("scrubline_canary_leaked_total", "app"); v != 100 || l != 2 {
		t.Errorf("%v values, %v leaked", v, l)
	}
	if got := passed(); got != float64(day.Unix()) {
		t.Errorf("last pass moved to %v by a miss", got)
	}
	c.note(pass, day.Add(24*time.Hour))
	if got, want := upper("app"), 1-math.Pow(0.025, 1.0/50); math.Abs(got-want) > 1e-6 {
		t.Errorf("upper end of the next day %v, want %v", got, want)
	}
}
