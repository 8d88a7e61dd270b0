package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/scrubline/scrubline/pipeline/canary"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/evaluate"
	"github.com/scrubline/scrubline/store/clickhouse"
)

type evalResidual struct {
	Since  time.Duration `help:"How far back event times go." default:"168h"`
	Sample int           `help:"Stored records a source and day that are looked at a second time." default:"500"`
	Format string        `help:"table or json." default:"table" enum:"table,json"`
}

// residual is what is known of what leaked in a source's records of a UTC day.
type residual struct {
	Day      string            `json:"day"`
	Source   string            `json:"source"`
	Canaries evaluate.Interval `json:"canaries"` // planted values that were found in what was stored
	Sample   evaluate.Interval `json:"sample"`   // sampled records in which a second look suspects somebody
	Kinds    map[string]uint64 `json:"kinds,omitempty"`
}

// Run prints a line a source and day: see docs/proof.md for what the intervals say.
func (c *evalResidual) Run(ctx context.Context, g *globals) error {
	n, err := g.openNode(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = n.close() }()
	all := map[string]*residual{}
	of := func(day, source string) *residual {
		r := all[day+source]
		if r == nil {
			r = &residual{Day: day, Source: source}
			all[day+source] = r
		}
		return r
	}
	if err := n.canariesSince(ctx, c.Since, of); err != nil {
		return err
	}
	if err := n.sampleSince(ctx, c.Since, c.Sample, of); err != nil {
		return err
	}
	var list []*residual
	for _, k := range slices.Sorted(maps.Keys(all)) {
		r := all[k]
		r.Canaries = evaluate.Estimate(r.Canaries.Hits, r.Canaries.Of)
		r.Sample = evaluate.Estimate(r.Sample.Hits, r.Sample.Of)
		list = append(list, r)
	}
	if c.Format == "json" {
		enc := json.NewEncoder(os.Stdout)
		for _, r := range list {
			if err := enc.Encode(r); err != nil {
				return fmt.Errorf("writing the report: %w", err)
			}
		}
		return nil
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "DAY\tSOURCE\tPLANTED\tLEAKED\t95 % INTERVAL\tSAMPLED\tSUSPECT\t95 % INTERVAL\tKINDS")
	for _, r := range list {
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%s\t%d\t%d\t%s\t%s\n", r.Day, r.Source,
			r.Canaries.Of, r.Canaries.Hits, span(r.Canaries), r.Sample.Of, r.Sample.Hits, span(r.Sample), counted(r.Kinds))
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}

func span(i evaluate.Interval) string {
	if i.Of == 0 {
		return "unknown"
	}
	return fmt.Sprintf("%.2f to %.2f %%", 100*i.Low, 100*i.High)
}

func counted(kinds map[string]uint64) string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(kinds)) {
		out = append(out, fmt.Sprintf("%s %d", k, kinds[k]))
	}
	return strings.Join(out, ", ")
}

// canariesSince sums up what rounds of canaries said of themselves.
func (n *node) canariesSince(ctx context.Context, since time.Duration, of func(day, source string) *residual) error {
	rows, err := n.store.Conn().Query(ctx, "SELECT toString(toDate(event_time, 'UTC')), native FROM events FINAL WHERE tenant_id = ? AND origin = ? AND row_kind = 0 AND event_time > ? AND "+schemas.Planted,
		n.cfg.Tenant, canary.Prefix+"result", time.Now().Add(-since))
	if err != nil {
		return fmt.Errorf("reading the results of canaries: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var day, native string
		if err := rows.Scan(&day, &native); err != nil {
			return fmt.Errorf("reading the results of canaries: %w", err)
		}
		var line struct {
			Canary canary.Result `json:"canary"`
		}
		if json.Unmarshal([]byte(native), &line) != nil || line.Canary.Source == "" {
			continue // of a second look
		}
		r := of(day, line.Canary.Source)
		r.Canaries.Of += uint64(line.Canary.Values)
		r.Canaries.Hits += uint64(line.Canary.Leaked)
	}
	return rows.Err()
}

// sampleSince looks a second time at some records of each source and day, always the
// same ones while nothing comes in.
func (n *node) sampleSince(ctx context.Context, since time.Duration, most int, of func(day, source string) *residual) error {
	rows, err := n.store.Conn().Query(ctx, `SELECT toString(toDate(event_time, 'UTC')) AS day, source, native FROM events FINAL
		WHERE tenant_id = ? AND NOT `+schemas.Planted+` AND row_kind = 0 AND event_time > ?
		ORDER BY sipHash64(batch, record_no) LIMIT ? BY day, source`, n.cfg.Tenant, time.Now().Add(-since), most)
	if err != nil {
		return fmt.Errorf("sampling stored records: %w", clickhouse.Redact(err))
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var day, source, native string
		if err := rows.Scan(&day, &source, &native); err != nil {
			return fmt.Errorf("sampling stored records: %w", clickhouse.Redact(err))
		}
		r := of(day, source)
		r.Sample.Of++
		kinds := evaluate.SecondLook(native)
		if len(kinds) == 0 {
			continue
		}
		r.Sample.Hits++
		if r.Kinds == nil {
			r.Kinds = map[string]uint64{}
		}
		for _, k := range kinds {
			r.Kinds[k]++
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("sampling stored records: %w", clickhouse.Redact(err))
	}
	return nil
}
