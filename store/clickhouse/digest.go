package clickhouse

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/scrubline/scrubline/schemas"
)

// Digest counts the rows of a table, copies once, and hashes all their columns
// in the order of identity: two tables with the same digest are equal row for
// row. ErrForeignRows means that two rows claim one identity with different
// content. It sorts the whole table.
func (s *Store) Digest(ctx context.Context, t schemas.Table) (rows uint64, hash string, err error) {
	names := make([]string, len(t.Columns()))
	for i, c := range t.Columns() {
		names[i] = c.String()
	}
	sum := sha256.New()
	err = s.each(ctx, func(r driver.Rows) error {
		var key string
		var no, low, high, variants uint64
		if err := r.Scan(&key, &no, &low, &high, &variants); err != nil {
			return err
		}
		if variants != 1 {
			return fmt.Errorf("%w: %s", ErrForeignRows, key)
		}
		rows++
		_, _ = fmt.Fprintf(sum, "%s %d ", key, no) // a hash does not fail
		_ = binary.Write(sum, binary.LittleEndian, [2]uint64{low, high})
		return nil
	}, "SELECT batch, record_no, any(h.1), any(h.2), uniqExact(h) FROM (SELECT batch, record_no, "+
		"(sipHash64(0, "+strings.Join(names, ", ")+"), cityHash64("+strings.Join(names, ", ")+")) AS h FROM "+t.String()+
		") GROUP BY batch, record_no ORDER BY batch, record_no")
	if err != nil {
		return 0, "", fmt.Errorf("digesting %s: %w", t, err)
	}
	return rows, hex.EncodeToString(sum.Sum(nil)), nil
}

// Rebuild empties all tables, for a replay of the archive; the ledger first, so
// that it never claims rows that are gone. No insert may be under way.
func (s *Store) Rebuild(ctx context.Context) error {
	for _, t := range []string{"batches", "access_by_subject", "events", "flows"} {
		if err := s.conn.Exec(ctx, "TRUNCATE TABLE IF EXISTS "+t); err != nil {
			return fmt.Errorf("emptying %s: %w", t, Redact(err))
		}
	}
	return nil
}
