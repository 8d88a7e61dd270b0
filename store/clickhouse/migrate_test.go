package clickhouse

import (
	"slices"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/pressly/goose/v3"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
)

// TestOldDatabase: a database that an older version made, and filled, opens; what
// it was given is settled again without a complaint, and what is new goes in.
func TestOldDatabase(t *testing.T) {
	cfg := server(t)
	s := connect(t, cfg)
	db := clickhouse.OpenDB(s.cfg.options())
	defer func() { _ = db.Close() }()
	p, err := goose.NewProvider(goose.DialectClickHouse, db, schemas.Migrations(),
		goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(t.Context(), 4); err != nil { // the first release
		t.Fatal(err)
	}
	old := requests("old")
	if err := s.Insert(t.Context(), batchesOf(old), false); err != nil {
		t.Fatal(err)
	}
	want := []string{"app/front/50dc6c495c0c9188", "other", "t1.patient.1.x"}
	if got := touched(t, s, old); !slices.Equal(got, want) {
		t.Fatalf("before the migration %q, want %q", got, want)
	}
	for range 2 {
		if err := s.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	fresh := requests("fresh")
	if err := s.Insert(t.Context(), batchesOf(fresh), false); err != nil {
		t.Fatal(err)
	}
	if got := touched(t, s, fresh); !slices.Equal(got, want[1:]) {
		t.Errorf("after it %q, want %q", got, want[1:])
	}
	for _, b := range []*event.Batch{old, fresh} {
		if err := s.Insert(t.Context(), batchesOf(b), true); err != nil {
			t.Errorf("settling %s: %v", b.Key(), err)
		}
	}
	for _, b := range []*event.Batch{old, fresh} {
		if got := stored(t, s, schemas.Events, b.Key()); !slices.Equal(got, rowsOf(b)) {
			t.Errorf("%s holds %q", b.Key(), got)
		}
	}
}

// TestAccessIsRepaired: rows that the view lost come back, without the balancers.
func TestAccessIsRepaired(t *testing.T) {
	s := open(t)
	b := requests("torn")
	if err := s.Insert(t.Context(), batchesOf(b), false); err != nil {
		t.Fatal(err)
	}
	if err := s.conn.Exec(t.Context(), "TRUNCATE TABLE access_by_resource"); err != nil {
		t.Fatal(err)
	}
	if err := s.Insert(t.Context(), batchesOf(b), true); err != nil {
		t.Fatal(err)
	}
	if got, want := touched(t, s, b), []string{"other", "t1.patient.1.x"}; !slices.Equal(got, want) {
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

// touched lists what a batch's events touched, as access_by_resource says.
func touched(t *testing.T, s *Store, b *event.Batch) []string {
	t.Helper()
	var names []string
	err := s.each(t.Context(), func(r driver.Rows) error {
		var name string
		err := r.Scan(&name)
		names = append(names, name)
		return err
	}, "SELECT DISTINCT resource FROM access_by_resource WHERE batch = {key:String} ORDER BY resource", clickhouse.Named("key", b.Key()))
	if err != nil {
		t.Fatal(err)
	}
	return names
}
