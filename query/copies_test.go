package query

import (
	"slices"
	"strings"
	"testing"

	"github.com/scrubline/scrubline/query/querytest"
	"github.com/scrubline/scrubline/schemas"
)

// The numbers of rows of batches are at hand, not counted.
func TestRowsOfBatchesComeFromTheProjection(t *testing.T) {
	store := querytest.Open(t)
	querytest.Week(t, store, testNow)
	for _, table := range []schemas.Table{schemas.Events, schemas.Flows} {
		rows, err := store.Conn().Query(t.Context(), "EXPLAIN "+rowsOfBatches(table))
		if err != nil {
			t.Fatal(err)
		}
		var plan strings.Builder
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				t.Fatal(err)
			}
			plan.WriteString(line + "\n")
		}
		if err := rows.Err(); err != nil || !strings.Contains(plan.String(), "rows_of_batch") {
			t.Errorf("%v\n%s", err, plan.String())
		}
	}
}

func TestCopiesAreTheBatchesWithAnotherNumberOfRows(t *testing.T) {
	store := querytest.Open(t)
	querytest.Week(t, store, testNow)
	svc := New(store.Conn(), Options{Tenant: querytest.Tenant})
	if list, err := svc.copies(t.Context(), schemas.Events); err != nil || len(list) != 0 {
		t.Errorf("a clean table: %q %v", list, err)
	}
	for _, sql := range []string{
		"INSERT INTO events SELECT * FROM events WHERE source = 'app' LIMIT 1", // one row twice
		"INSERT INTO events (tenant_id, batch, record_no) VALUES ('default', 'not/entered', 1)",
	} {
		if err := store.Conn().Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	list, err := svc.copies(t.Context(), schemas.Events)
	slices.Sort(list)
	if err != nil || len(list) != 2 || list[0] != "not/entered" || !strings.Contains(list[1], "ehr") {
		t.Errorf("%q %v", list, err)
	}
	h, err := svc.Histogram(t.Context(), &Query{})
	if err != nil || h.Rows != 1801 {
		t.Errorf("%d rows, %v", h.Rows, err)
	}
}
