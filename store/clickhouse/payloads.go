package clickhouse

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Account is what the ledger says became of a payload's records.
type Account struct {
	Payload    string `json:"payload"` // name in the archive
	Origin     string `json:"origin"`
	Source     string `json:"source"`  // of its first batch
	Records    uint64 `json:"records"` // number after the last that is known of
	Events     uint64 `json:"events"`
	Headers    uint64 `json:"headers"`
	Tombstones uint64 `json:"tombstones"`
	Duplicates uint64 `json:"duplicates"` // among the events
	Batches    uint64 `json:"batches"`
	Finished   bool   `json:"finished"` // its last batch is there; a stream has none
}

// Balanced says whether each record is an event, a header or a tombstone: no batch
// between the first and the last is missing.
func (a *Account) Balanced() bool { return a.Records == a.Events+a.Headers+a.Tombstones }

// Stream says whether the payload is one that never ends.
func (a *Account) Stream() bool { return strings.HasPrefix(a.Payload, "k/") }

// Accounts lists the payloads by name. The iterator ends after an error.
func (s *Store) Accounts(ctx context.Context) iter.Seq2[Account, error] {
	return func(yield func(Account, error) bool) {
		stopped := false
		err := s.each(ctx, func(rows driver.Rows) error {
			var a Account
			var final uint8
			var held uint64
			if err := rows.Scan(&a.Payload, &a.Origin, &a.Source, &a.Records, &held, &a.Events, &a.Tombstones, &a.Duplicates, &a.Batches, &final); err != nil {
				return err
			}
			a.Headers, a.Finished = held-a.Events-a.Tombstones, final == 1
			if !yield(a, nil) {
				stopped = true
				return errStop
			}
			return nil
		}, "SELECT payload, argMin(origin, start), argMin(source, start), max(start + rows), sum(rows), sum(events), sum(tombstones), sum(duplicates), count(), max(final) FROM "+
			"(SELECT *, arrayStringConcat(arraySlice(splitByChar('/', batch), 2, 2), '/') AS payload FROM batches ORDER BY batch, table_name, inserted_at DESC LIMIT 1 BY batch, table_name) "+
			"GROUP BY payload ORDER BY payload")
		if err != nil && !stopped {
			yield(Account{}, fmt.Errorf("reading the ledger: %w", err))
		}
	}
}
