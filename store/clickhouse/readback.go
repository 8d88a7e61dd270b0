package clickhouse

import (
	"context"
	"fmt"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
)

// missing returns the rows of batches that t does not have. Times do not enter:
// a row under a batch's key anywhere in the table counts, so a stranger is found
// wherever it lies.
func (s *Store) missing(ctx context.Context, t schemas.Table, batches []*event.Batch) ([]selection, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.AttemptTimeout)
	defer cancel()

	type stored struct{ rows, least, most uint64 }
	found := map[string]stored{}
	err := s.each(ctx, func(rows driver.Rows) error {
		var key string
		var st stored
		if err := rows.Scan(&key, &st.rows, &st.least, &st.most); err != nil {
			return err
		}
		found[key] = st
		return nil
	}, "SELECT batch, uniqExact(record_no), min(record_no), max(record_no) FROM "+t.String()+
		" WHERE batch IN {keys:Array(String)} GROUP BY batch", clickhouse.Named("keys", keys(batches)))
	if err != nil {
		return nil, err
	}

	var none []*event.Batch
	var missing []selection
	for _, b := range batches {
		st, n := found[b.Key()], uint64(b.Rows())
		switch {
		case st.rows == 0:
			none = append(none, b)
		case st.least < b.Start || st.most >= b.Start+n: // more rows than n is this case too
			return nil, fmt.Errorf("%w: %s", ErrForeignRows, b.Key())
		case st.rows < n:
			rows, err := s.missingRows(ctx, t, b)
			if err != nil {
				return nil, err
			}
			missing = append(missing, selection{b, rows})
		}
	}
	return append(missing, whole(none)...), nil
}

// missingRows lists the rows of one batch that t does not have.
func (s *Store) missingRows(ctx context.Context, t schemas.Table, b *event.Batch) ([]uint32, error) {
	have := make([]bool, b.Rows())
	err := s.each(ctx, func(rows driver.Rows) error {
		var no uint64
		if err := rows.Scan(&no); err != nil {
			return err
		}
		if no -= b.Start; no >= uint64(len(have)) {
			return fmt.Errorf("%w: %s", ErrForeignRows, b.Key()) // came since we counted
		}
		have[no] = true
		return nil
	}, "SELECT DISTINCT record_no FROM "+t.String()+" WHERE batch = {key:String}", clickhouse.Named("key", b.Key()))
	if err != nil {
		return nil, err
	}
	var missing []uint32
	for row, ok := range have {
		if !ok {
			missing = append(missing, uint32(row))
		}
	}
	return missing, nil
}

// each runs a query and calls f for every row. Its errors are fit to be shown.
func (s *Store) each(ctx context.Context, f func(driver.Rows) error, query string, args ...any) error {
	rows, err := s.conn.Query(ctx, query, args...)
	if err != nil {
		return Redact(err)
	}
	for rows.Next() {
		if err := f(rows); err != nil {
			_ = rows.Close() // f's error is the one that counts
			return Redact(err)
		}
	}
	if err := rows.Err(); err != nil {
		_ = rows.Close()
		return Redact(err)
	}
	return Redact(rows.Close())
}
