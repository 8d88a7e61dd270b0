package clickhouse

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// explain returns the server's plan of a query.
func explain(t *testing.T, s *Store, how, query string) string {
	t.Helper()
	var plan strings.Builder
	err := s.each(t.Context(), func(r driver.Rows) error {
		var line string
		err := r.Scan(&line)
		plan.WriteString(line + "\n")
		return err
	}, "EXPLAIN "+how+" "+query)
	if err != nil {
		t.Fatal(err)
	}
	return plan.String()
}

var granules = regexp.MustCompile(`Granules: (\d+)/(\d+)`)

// What the package comment says of the tables' order, on 200,000 rows.
func TestTablesLieInTheOrderOfTheQuestions(t *testing.T) {
	s := open(t)
	for _, q := range []string{
		"INSERT INTO access_by_subject (subject, tenant_id, event_time, batch, record_no) " +
			"SELECT format('r:bucket-{}/key-{}', toString(number % 100), toString(number % 5000)), 't', " +
			"toDateTime64('2026-03-01 00:00:00', 3, 'UTC') + number, 'b', number FROM numbers(200000)",
		"INSERT INTO events (tenant_id, source, event_time, batch, record_no) SELECT 't', ['loud', 'quiet'][1 + (number % 20 = 0)], " +
			"toDateTime64('2026-03-01 00:00:00', 3, 'UTC') + number, 'b', number FROM numbers(200000)",
	} {
		if err := s.Conn().Exec(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	reads := func(query string, most int) {
		t.Helper()
		plan := explain(t, s, "indexes = 1", query)
		read, of := 0, 0
		for _, m := range granules.FindAllStringSubmatch(plan, -1) {
			if _, err := fmt.Sscan(m[1]+" "+m[2], &read, &of); err != nil {
				t.Fatal(err)
			}
		}
		if of == 0 || read > most {
			t.Errorf("%s\nreads %d granules, want at most %d:\n%s", query, read, most, plan)
		}
	}
	// Granules of 1,024 rows.
	reads("SELECT count() FROM access_by_subject WHERE tenant_id = 't' AND subject = 'r:bucket-7/key-7'", 2)
	reads("SELECT count() FROM access_by_subject WHERE tenant_id = 't' AND startsWith(subject, 'r:bucket-7/')", 4)
	reads("SELECT count() FROM access_by_subject WHERE tenant_id = 't' AND subject LIKE 'r:bucket-7/%'", 4)
	reads("SELECT count() FROM events WHERE tenant_id = 't' AND source = 'quiet'", 10)

	plan := explain(t, s, "actions = 1", "SELECT record_no FROM events WHERE tenant_id = 't' "+
		"ORDER BY toDate32(event_time) DESC, event_time DESC, batch DESC, record_no DESC LIMIT 10")
	if !strings.Contains(plan, "InReverseOrder") {
		t.Errorf("newest first does not read from the end:\n%s", plan)
	}
}
