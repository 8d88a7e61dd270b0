package query

import (
	"context"
	"strings"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// scopeSetting is the setting that row policies read, as package engine has it.
const scopeSetting = "log_comment"

// behind says to the store for whom a statement reads. It is the second wall: row
// policies that the server puts on each table, whatever the statement says.
func (s *Service) behind(ctx context.Context, settings clickhouse.Settings) error {
	sc, err := s.scope(ctx)
	if err != nil {
		return err
	}
	sources := "*"
	if len(sc.sources) > 0 {
		sources = strings.Join(sc.sources, ",")
	}
	settings[scopeSetting] = sc.tenant + "\n" + sources
	return nil
}

// WithoutConditions returns a service whose statements have no conditions of the scope:
// for tests of what the second wall holds alone. It panics where no test runs.
func (s *Service) WithoutConditions() *Service {
	if !testing.Testing() {
		panic("query: conditions are off in tests only")
	}
	bare := *s
	bare.open = true
	return &bare
}
