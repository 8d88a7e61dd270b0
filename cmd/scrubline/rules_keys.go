package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/scrubline/scrubline/detect"
	"github.com/scrubline/scrubline/detect/sigma"
	"github.com/scrubline/scrubline/detect/sql"
)

const (
	// fewestMatches is of how many matches it is known how a key spreads.
	fewestMatches = 100
	// mostGroups is how many groups for a match a key may make. What makes more puts
	// nearly each match into an alert of its own, and gives a correlation nothing to
	// count.
	mostGroups = 0.5
)

// lintKeys measures, over stored events of a period, how many groups the keys of
// rules make of their matches: group_by, and group-by of correlations. Keys that
// make too many are refused.
func lintKeys(ctx context.Context, n *node, rules []*sigma.Rule, p period) ([]sigma.Problem, error) {
	var out []sigma.Problem
	for _, r := range rules {
		if r.Silent {
			continue
		}
		for _, base := range detect.Family(r) {
			fields := base.GroupBy()
			if c := r.Correlation; c != nil {
				if fields = nil; base.Correlation == nil && slices.Contains(c.Rules, base) {
					for _, name := range c.GroupBy {
						fields = append(fields, c.FieldOf(name, base))
					}
				}
			}
			if len(fields) == 0 {
				continue
			}
			matches, groups, err := spread(ctx, n, base, fields, p)
			if err != nil {
				return nil, fmt.Errorf("rule %s: %w", r.Key(), err)
			}
			if matches >= fewestMatches && float64(groups) > mostGroups*float64(matches) {
				out = append(out, sigma.Problem{
					Severity: sigma.Refused, File: r.File, Line: r.Line, Rule: r.Key(),
					Reason: fmt.Sprintf("%s makes %d groups of %d matches of %q in what is stored", strings.Join(fields, ", "), groups, matches, base.Title),
				})
			}
		}
	}
	return out, nil
}

// spread counts a rule's matches, and how many groups fields make of them; beyond
// some ten thousand the latter is about right.
func spread(ctx context.Context, n *node, r *sigma.Rule, fields []string, p period) (matches, groups uint64, err error) {
	qs, err := sql.Compile(r)
	if err != nil {
		return 0, 0, err
	}
	for i := range qs {
		var key []string
		for _, f := range fields {
			key = append(key, sql.Field(qs[i].Source, f)+"[1]")
		}
		rows := n.store.Conn().QueryRow(ctx, fmt.Sprintf(`SELECT count(), uniqCombined64(k) FROM (
SELECT [%s] AS k FROM %s WHERE tenant_id = %s AND event_time >= fromUnixTimestamp64Milli(%d) AND event_time < fromUnixTimestamp64Milli(%d) AND NOT (%s) AND %s
LIMIT 1 BY batch, record_no)`,
			strings.Join(key, ", "), qs[i].Table, sql.Quote(n.cfg.Tenant), p.from.UnixMilli(), p.to.UnixMilli(), sql.Planted, qs[i].Where()))
		var m, g uint64
		if err := rows.Scan(&m, &g); err != nil {
			return 0, 0, fmt.Errorf("asking %s: %w", qs[i].Source, err)
		}
		matches, groups = matches+m, groups+g
	}
	return matches, groups, nil
}

// stored is lintKeys with a node of its own.
func (c *rulesLintCmd) stored(ctx context.Context, g *globals, rules []*sigma.Rule) ([]sigma.Problem, error) {
	p, err := parsePeriod(c.Since, "", time.Now())
	if err != nil {
		return nil, err
	}
	n, err := g.openNode(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = n.close() }()
	return lintKeys(ctx, n, rules, p)
}
