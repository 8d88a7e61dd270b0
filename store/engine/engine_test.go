package engine_test

import (
	"context"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/scrubline/scrubline/store/engine/enginetest"
)

func TestMain(m *testing.M) { enginetest.Main(m) }

func TestEngineAnswers(t *testing.T) {
	e := enginetest.Start(t)
	conn, err := clickhouse.Open(e.Options())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ctx := context.Background()
	if err := conn.Exec(ctx, "CREATE TABLE a (n UInt64) ENGINE = ReplacingMergeTree ORDER BY n"); err != nil {
		t.Fatal(err)
	}
	if err := conn.Exec(ctx, "INSERT INTO a SELECT number FROM numbers(1000)"); err != nil {
		t.Fatal(err)
	}
	var sum uint64
	if err := conn.QueryRow(ctx, "SELECT sum(n) FROM a").Scan(&sum); err != nil {
		t.Fatal(err)
	}
	if sum != 499500 {
		t.Errorf("sum = %d", sum)
	}
}
