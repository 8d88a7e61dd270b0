package query

import (
	"context"
	"strings"

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
