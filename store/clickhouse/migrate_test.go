package clickhouse

import (
	"slices"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
)

// TestAccessIsRepaired: rows that the view lost come back, without the balancers.
func TestAccessIsRepaired(t *testing.T) {
	s := open(t)
	b := requests("torn")
	if err := s.Insert(t.Context(), batchesOf(b), false); err != nil {
		t.Fatal(err)
	}
	if err := s.conn.Exec(t.Context(), "TRUNCATE TABLE access_by_subject"); err != nil {
		t.Fatal(err)
	}
	if err := s.Insert(t.Context(), batchesOf(b), true); err != nil {
		t.Fatal(err)
	}
	if got, want := touched(t, s, b), []string{"p:t1.patient.1.x", "r:other"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// requests are three requests to a balancer: one of them to a patient's page, one
// that names another thing too.
func requests(id string) *event.Batch {
	b := event.NewBatch(schemas.Events)
	b.Meta = event.Meta{Table: schemas.Events, Source: "aws_alb", PayloadID: "f/" + id, SHA256: "ab"}
	for i := range 3 {
		b.SetString(schemas.TenantID, "t")
		b.SetString(schemas.Source, "aws_alb")
		b.SetString(schemas.Batch, b.Key())
		b.SetNum(schemas.EventTime, uint64(day0.UnixMilli()))
		b.SetNum(schemas.RecordNo, uint64(i))
		b.SetString(schemas.ResourceIDs, "app/front/50dc6c495c0c9188")
		switch i {
		case 1:
			b.SetString(schemas.PatientToken, "t1.patient.1.x")
		case 2:
			b.SetString(schemas.ResourceIDs, "other")
		}
		b.EndRow()
	}
	return b
}

// touched lists what a batch's events touched, as access_by_subject says.
func touched(t *testing.T, s *Store, b *event.Batch) []string {
	t.Helper()
	var names []string
	err := s.each(t.Context(), func(r driver.Rows) error {
		var name string
		err := r.Scan(&name)
		names = append(names, name)
		return err
	}, "SELECT DISTINCT subject FROM access_by_subject WHERE batch = {key:String} ORDER BY subject", clickhouse.Named("key", b.Key()))
	if err != nil {
		t.Fatal(err)
	}
	return names
}
