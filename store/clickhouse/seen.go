package clickhouse

import (
	"context"
	"fmt"
	"slices"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// NativeKey is the identity that a source gave a record: CloudTrail's eventID is
// unique in the account that receives it.
type NativeKey struct {
	Account string // recipient_account
	ID      string // native_id
}

// seenAtOnce is how many ids one query asks for. The more, the less the index
// prunes; the fewer, the more queries.
const seenAtOnce = 1024

// Seen tells for each of ids whether a row of another batch than except has it:
// seen[i] belongs to ids[i]. An empty ID is never seen. It reads the table, so a
// filter of the caller should stand in front.
func (s *Store) Seen(ctx context.Context, except string, ids []NativeKey) (seen []bool, err error) {
	seen = make([]bool, len(ids))
	at := make(map[NativeKey][]int, len(ids))
	for i, id := range ids {
		if id.ID != "" {
			at[id] = append(at[id], i)
		}
	}
	ask := make([]string, 0, len(at))
	for id := range at {
		ask = append(ask, id.ID)
	}
	slices.Sort(ask)
	for some := range slices.Chunk(slices.Compact(ask), seenAtOnce) {
		err := s.each(ctx, func(rows driver.Rows) error {
			var id NativeKey
			if err := rows.Scan(&id.Account, &id.ID); err != nil {
				return err
			}
			for _, i := range at[id] {
				seen[i] = true
			}
			return nil
		}, "SELECT DISTINCT recipient_account, native_id FROM events "+
			"WHERE native_id IN {ids:Array(String)} AND batch != {except:String}",
			clickhouse.Named("ids", some), clickhouse.Named("except", except))
		if err != nil {
			return nil, fmt.Errorf("looking for duplicates: %w", err)
		}
	}
	return seen, nil
}
