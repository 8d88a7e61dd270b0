package sql_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"
	"pgregory.net/rapid"

	"github.com/scrubline/scrubline/detect/detecttest"
	"github.com/scrubline/scrubline/detect/match"
	"github.com/scrubline/scrubline/detect/sigma"
	"github.com/scrubline/scrubline/detect/sql"
	"github.com/scrubline/scrubline/store/engine/enginetest"
)

func TestMain(m *testing.M) { enginetest.Main(m) }

// TestAgreesWithMatch: over records with odd bytes, escapes and shapes a rule's
// condition holds in ClickHouse exactly where the matcher says that it matches.
func TestAgreesWithMatch(t *testing.T) {
	e := enginetest.Start(t)
	conn, err := clickhouse.Open(e.Options())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ctx := context.Background()
	const table = "CREATE TABLE t (id UInt32, native String) ENGINE = Memory"
	if err := conn.Exec(ctx, table); err != nil {
		t.Fatal(err)
	}
	draw := rapid.Custom(detecttest.DrawRecord)
	var records []string
	for i := range 400 {
		records = append(records, draw.Example(i))
	}
	records = append(records, detecttest.OddRecords...)
	batch, err := conn.PrepareBatch(ctx, "INSERT INTO t")
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range records {
		if err := batch.Append(uint32(i), r); err != nil {
			t.Fatal(err)
		}
	}
	if err := batch.Send(); err != nil {
		t.Fatal(err)
	}
	rules, tried, hits := rapid.Custom(detecttest.DrawRule), 0, 0
	for i := range 150 {
		text := rules.Example(i)
		r := detecttest.Load(text)
		if r == nil {
			continue
		}
		tried++
		qs, err := sql.Compile(r)
		if err != nil {
			t.Fatal(err)
		}
		var got []uint32
		rows, err := conn.Query(ctx, "SELECT id FROM t WHERE "+qs[0].Condition+" ORDER BY id")
		if err != nil {
			t.Fatalf("rule %s: %v", text, err)
		}
		for rows.Next() {
			var id uint32
			if err := rows.Scan(&id); err != nil {
				t.Fatal(err)
			}
			got = append(got, id)
		}
		if err := rows.Err(); err != nil {
			t.Fatalf("rule %s: %v", text, err)
		}
		var want []uint32
		s := match.Compile([]*sigma.Rule{r}, nil).NewScanner()
		for id, rec := range records {
			if len(s.Scan(&match.Record{Source: "aws_cloudtrail", Native: []byte(rec)})) > 0 {
				want = append(want, uint32(id))
			}
		}
		hits += len(want)
		if !slices.Equal(got, want) {
			t.Errorf("rule %s\n%s", text, differ(got, want, records))
		}
	}
	if tried < 100 || hits < 1000 {
		t.Errorf("only %d rules and %d matches", tried, hits)
	}
}

func differ(got, want []uint32, records []string) string {
	var b strings.Builder
	n := 0
	for id, r := range records {
		g, w := slices.Contains(got, uint32(id)), slices.Contains(want, uint32(id))
		if g != w {
			if n++; n < 4 {
				fmt.Fprintf(&b, "clickhouse %t, match %t: %q\n", g, w, r)
			}
		}
	}
	fmt.Fprintf(&b, "%d records", n)
	return b.String()
}
