package book

import (
	"context"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/scrubline/scrubline/detect/alert"
)

// Alerts writes parts of alerts.
func (b *Book) Alerts(ctx context.Context, parts []*alert.Part) error {
	if len(parts) == 0 {
		return nil
	}
	now := b.now()
	return b.write(ctx, "alerts", "tenant_id, alert_id, batch, rule_id, rule_version, title, level, kind, source, group_names, group_values, "+
		"window_from, window_to, first_time, last_time, matches, evidence, summary, suppression, drill, written",
		func(in driver.Batch) error {
			for _, p := range parts {
				names, values := make([]string, 0, len(p.Group)), make([]string, 0, len(p.Group))
				for _, l := range p.Group {
					names, values = append(names, l.Name), append(values, l.Value)
				}
				refs := make([][]any, 0, len(p.Evidence))
				for _, r := range p.Evidence {
					refs = append(refs, []any{r.Batch, r.Record})
				}
				if err := in.Append(b.tenant, p.ID, p.Batch, p.Rule, p.Version, p.Title, p.Level, p.Kind, p.Source, names, values,
					p.From, p.To, p.First, p.Last, p.Matches, refs, p.Summary, p.Suppressed, p.Drill, now); err != nil {
					return err
				}
			}
			return nil
		})
}

// Watched says that rules have run over a batch.
type Watched struct {
	Batch   string
	Done    bool   // correlations have seen its matches too
	Rules   string // names the set of rules
	Matches uint64
	Alerts  uint64
	Bases   []string // keys of the rules that correlations are made of and that matched
	From    int64    // of their matches, Unix milliseconds
	To      int64
	Cost    time.Duration
}

// Watch notes watched batches.
func (b *Book) Watch(ctx context.Context, ws []Watched) error {
	if len(ws) == 0 {
		return nil
	}
	now := b.now()
	return b.write(ctx, "watched", "tenant_id, batch, state, rules, matches, alerts, base_from, base_to, bases, cost_us, written",
		func(in driver.Batch) error {
			for _, w := range ws {
				state := uint8(1)
				if w.Done {
					state = 2
				}
				if err := in.Append(b.tenant, w.Batch, state, w.Rules, w.Matches, w.Alerts, time.UnixMilli(w.From), time.UnixMilli(w.To),
					w.Bases, uint64(w.Cost.Microseconds()), now); err != nil {
					return err
				}
			}
			return nil
		})
}

// Run is a window that rules were run over.
type Run struct {
	ID       string
	Kind     string // stream, schedule or retro
	Rule     string
	Version  string
	Title    string
	From, To time.Time
	Lateness time.Duration
	Matches  uint64
	Alerts   uint64
	Late     uint64 // matches that came after their window was first run
	Dropped  uint64 // groups given up for lack of room
	Cost     time.Duration
	Status   string // ok, incomplete, failed or skipped
	Reason   string
	At       time.Time
}

// Runs writes runs.
func (b *Book) Runs(ctx context.Context, rs []Run) error {
	if len(rs) == 0 {
		return nil
	}
	return b.write(ctx, "rule_runs", "tenant_id, run_id, kind, rule_id, rule_version, title, window_from, window_to, lateness_ms, matches, alerts, "+
		"late, dropped, cost_ms, status, reason, at",
		func(in driver.Batch) error {
			for _, r := range rs {
				if err := in.Append(b.tenant, r.ID, r.Kind, r.Rule, r.Version, r.Title, r.From, r.To, uint64(r.Lateness.Milliseconds()), r.Matches, r.Alerts,
					r.Late, r.Dropped, r.Cost.Seconds()*1e3, r.Status, r.Reason, r.At); err != nil {
					return err
				}
			}
			return nil
		})
}
