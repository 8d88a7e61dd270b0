package canary

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"
)

// TestRound: a round is the same for the same seed and time, other for others; each
// value stands in its plot's payload once, and a plot that has it in clear misses.
func TestRound(t *testing.T) {
	at := time.Date(2026, 3, 1, 10, 15, 0, 0, time.UTC)
	text := func(p *Plot) string {
		pay := p.Payload(at)
		r, err := pay.Open(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(pay.Origin.Name, Prefix) {
			t.Errorf("origin %s", pay.Origin.Name)
		}
		return string(b)
	}
	one, same, other := NewRound(6, 1, at), NewRound(6, 1, at), NewRound(6, 2, at)
	records := 0
	for i, p := range one.Plots() {
		if text(p) != text(same.Plots()[i]) {
			t.Error("the same round is another")
		}
		if i < len(other.Plots()) && text(p) == text(other.Plots()[i]) {
			t.Error("another seed makes the same round")
		}
		records += p.Records
		if r := p.Result("app", 0, uint64(p.Records), uint64(p.Records)); r.Status != Pass || r.Leaked != 0 {
			t.Errorf("nothing was looked at: %+v", r)
		}
		if r := p.Result("app", 0, uint64(p.Records), uint64(p.Records)-1); r.Status != Miss {
			t.Error("a record is missing, and nobody minds")
		}
		p.Look("here", []byte(text(p)))
		if r := p.Result("app", 0, uint64(p.Records), uint64(p.Records)); r.Status != Miss || r.Leaked != p.Values() {
			t.Errorf("%s: %d of %d values seen in clear", p.Format, r.Leaked, p.Values())
		}
	}
	if records != 60 {
		t.Errorf("%d records", records)
	}
}
