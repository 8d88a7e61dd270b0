package book

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Book is one tenant's. Its methods may be called from many goroutines.
type Book struct {
	conn   driver.Conn
	tenant string
	redact func(error) error
	now    func() time.Time
}

// New returns a book over conn, which stays the caller's. redact takes from a
// driver's error what may not be shown.
func New(conn driver.Conn, tenant string, redact func(error) error) *Book {
	return &Book{conn: conn, tenant: tenant, redact: redact, now: time.Now}
}

// Tenant returns whose book it is.
func (b *Book) Tenant() string { return b.tenant }

// tries is how often a write is tried; what failed may be there all the same.
const tries = 6

// write adds rows to a table: add is called for each try.
func (b *Book) write(ctx context.Context, table, columns string, add func(driver.Batch) error) error {
	var err error
	pause := 50 * time.Millisecond
	for try := range tries {
		if try > 0 {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(pause):
			}
			pause *= 3
		}
		if err = b.writeOnce(ctx, table, columns, add); err == nil {
			return nil
		}
	}
	return fmt.Errorf("writing %s: %w", table, b.redact(err))
}

func (b *Book) writeOnce(ctx context.Context, table, columns string, add func(driver.Batch) error) error {
	// Wait for the part, and never take a block for one that came before.
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"async_insert": 0, "insert_deduplicate": 0}))
	batch, err := b.conn.PrepareBatch(ctx, "INSERT INTO "+table+" ("+columns+")")
	if err != nil {
		return err
	}
	if err := add(batch); err != nil {
		_ = batch.Abort() // the first error counts
		return err
	}
	return batch.Send()
}

// each runs a query and calls f for every row.
func (b *Book) each(ctx context.Context, what string, f func(driver.Rows) error, query string, args ...any) error {
	rows, err := b.conn.Query(ctx, query, args...)
	if err == nil {
		for rows.Next() {
			if err = f(rows); err != nil {
				break
			}
		}
		if e := rows.Close(); err == nil {
			err = e
		}
		if e := rows.Err(); err == nil {
			err = e
		}
	}
	if err != nil {
		return fmt.Errorf("reading %s: %w", what, b.redact(err))
	}
	return nil
}

// mine is the condition that every query has.
func (b *Book) mine() any { return clickhouse.Named("tenant", b.tenant) }
