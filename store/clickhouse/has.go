package clickhouse

import (
	"context"
	"fmt"
	"slices"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Held is what the ledger says of a batch.
type Held struct {
	Rows   uint64
	SHA256 string // of the archived object, hex; "" if it was not archived
	Final  bool   // the payload ends with it
}

// hasAtOnce is how many keys one query asks for.
const hasAtOnce = 1024

// Has looks batches up in the ledger by their keys. Keys that it does not have are
// missing in the answer. An entry is written after all rows of its batch stood in
// their table, so one that agrees with an archived object spares reading the
// object and offering its rows again, as long as the server has not lost what it
// had: after an unclean start of it only a read-back can tell.
func (s *Store) Has(ctx context.Context, keys []string) (map[string]Held, error) {
	held := make(map[string]Held, len(keys))
	for some := range slices.Chunk(keys, hasAtOnce) {
		err := s.each(ctx, func(rows driver.Rows) error {
			var key string
			var h Held
			var final uint8
			if err := rows.Scan(&key, &h.Rows, &h.SHA256, &final); err != nil {
				return err
			}
			h.Final = final == 1
			held[key] = h
			return nil
		}, "SELECT batch, argMax(rows, inserted_at), argMax(sha256, inserted_at), argMax(final, inserted_at) FROM batches "+
			"WHERE batch IN {keys:Array(String)} GROUP BY batch", clickhouse.Named("keys", some))
		if err != nil {
			return nil, fmt.Errorf("looking in the ledger: %w", err)
		}
	}
	return held, nil
}
