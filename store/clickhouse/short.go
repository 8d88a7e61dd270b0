package clickhouse

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Short returns the keys of those batches of which their table has another number
// of rows than the ledger says, copies counted once.
func (s *Store) Short(ctx context.Context, entries []Entry) ([]string, error) {
	var short []string
	for _, t := range tables {
		var keys []string
		want := map[string]uint64{}
		for _, e := range entries {
			if e.Table == t.String() && e.Rows > 0 {
				keys = append(keys, e.Batch)
				want[e.Batch] = e.Rows
			}
		}
		for some := range slices.Chunk(keys, hasAtOnce) {
			found := map[string]uint64{}
			err := s.each(ctx, func(rows driver.Rows) error {
				var key string
				var n uint64
				if err := rows.Scan(&key, &n); err != nil {
					return err
				}
				found[key] = n
				return nil
			}, "SELECT batch, uniqExact(record_no) FROM "+t.String()+" WHERE batch IN {keys:Array(String)} GROUP BY batch", clickhouse.Named("keys", some))
			if err != nil {
				return nil, fmt.Errorf("counting the rows of batches: %w", err)
			}
			for _, k := range some {
				if found[k] != want[k] {
					short = append(short, k)
				}
			}
		}
	}
	return short, nil
}

// Retries sets how often a failed insert is tried again before Insert gives up,
// see Config. No call may be under way.
func (s *Store) Retries(n int) { s.retry.tries = n + 1 }

// LastInsert returns when the last batch was entered into the ledger.
func (s *Store) LastInsert(ctx context.Context) (last time.Time, err error) {
	if err := s.conn.QueryRow(ctx, "SELECT max(inserted_at) FROM batches").Scan(&last); err != nil {
		return last, fmt.Errorf("reading the ledger: %w", Redact(err))
	}
	return last, nil
}
