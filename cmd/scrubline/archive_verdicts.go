package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

type archiveVerdicts struct {
	All bool `help:"Show the verified files too, as one JSON object a line."`
}

// Run shows what CloudTrail's digests say of its log files. Exit code 1 says that a
// file is missing or is not what CloudTrail delivered.
func (c *archiveVerdicts) Run(ctx context.Context, g *globals) error {
	n, err := g.openNode(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = n.close() }()
	counts, err := n.verdicts(ctx, c.All)
	if err != nil {
		return fmt.Errorf("reading verdicts: %w", err)
	}
	pending, err := n.pending(ctx)
	if err != nil {
		return fmt.Errorf("looking for files without a verdict: %w", err)
	}
	counts["pending"] += pending
	w := tabwriter.NewWriter(os.Stderr, 0, 0, 2, ' ', 0)
	for _, v := range []string{"verified", "pending", "mismatch", "missing"} {
		fmt.Fprintf(w, "%s\t%d\n", v, counts[v])
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if counts["mismatch"]+counts["missing"] > 0 {
		return &exitError{exitFailed, errors.New("log files are missing or not what CloudTrail delivered")}
	}
	return nil
}

// verdicts prints those that are not good, or all, and counts them. Of a file with
// several, in digests of two chains, each counts.
func (n *node) verdicts(ctx context.Context, all bool) (map[string]uint64, error) {
	counts := map[string]uint64{}
	rows, err := n.store.Conn().Query(ctx, "SELECT status_code, native FROM events FINAL WHERE source = 'scrubline' AND action = 'trail_verdict' ORDER BY event_time, batch, record_no")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var verdict, native string
		if err := rows.Scan(&verdict, &native); err != nil {
			return nil, err
		}
		counts[verdict]++
		if all || verdict != "verified" {
			fmt.Println(native)
		}
	}
	return counts, rows.Err()
}

// countVerdicts counts the verdicts that came in by a time.
func (n *node) countVerdicts(ctx context.Context, by time.Time) (map[string]uint64, error) {
	counts := map[string]uint64{}
	rows, err := n.store.Conn().Query(ctx, "SELECT status_code, count() FROM events FINAL WHERE source = 'scrubline' AND action = 'trail_verdict' AND ingest_time <= {by:DateTime64(3, 'UTC')} GROUP BY status_code",
		clickhouse.DateNamed("by", by.UTC(), clickhouse.MilliSeconds))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var verdict string
		var count uint64
		if err := rows.Scan(&verdict, &count); err != nil {
			return nil, err
		}
		counts[verdict] = count
	}
	return counts, rows.Err()
}

// pending counts the log files of CloudTrail in the archive that no digest has
// spoken of yet.
func (n *node) pending(ctx context.Context) (count uint64, err error) {
	err = n.store.Conn().QueryRow(ctx, "SELECT uniqExact(origin) FROM batches WHERE startsWith(batch, 'v1/s/') AND source = 'aws_cloudtrail' AND origin LIKE '%/CloudTrail/%' "+
		"AND origin NOT IN (SELECT JSONExtractString(native, 'object') FROM events WHERE source = 'scrubline' AND action = 'trail_verdict')").Scan(&count)
	return count, err
}
