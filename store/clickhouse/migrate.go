package clickhouse

import (
	"context"
	"fmt"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/pressly/goose/v3"

	"github.com/scrubline/scrubline/schemas"
)

// Migrate makes or updates the tables; on an up-to-date database it does
// nothing. It needs rights on its own database only (and, where the server asks
// for them, on the engines MergeTree and ReplacingMergeTree).
func (s *Store) Migrate(ctx context.Context) error {
	db := clickhouse.OpenDB(s.cfg.options())
	defer func() { _ = db.Close() }()
	p, err := goose.NewProvider(goose.DialectClickHouse, db, schemas.Migrations(),
		goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("reading migrations: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrating clickhouse: %w", Redact(err))
	}
	return nil
}
