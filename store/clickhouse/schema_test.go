package clickhouse

import (
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/go-cmp/cmp"

	"github.com/scrubline/scrubline/schemas"
)

func TestTablesAreTheSchema(t *testing.T) {
	s := open(t)
	for _, tab := range tables {
		var want, got []string
		for _, c := range tab.Columns() {
			want = append(want, c.String()+" "+chType(c.Info().Kind))
		}
		err := s.each(t.Context(), func(r driver.Rows) error {
			var name, typ string
			err := r.Scan(&name, &typ)
			got = append(got, name+" "+typ)
			return err
		}, "SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = {t:String} ORDER BY position",
			clickhouse.Named("t", tab.String()))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s, schema against server:\n%s", tab, d)
		}
	}
}

func TestAccessHasTheTypesOfEvents(t *testing.T) {
	s := open(t)
	n := 0
	err := s.each(t.Context(), func(r driver.Rows) error {
		var name, typ string
		if err := r.Scan(&name, &typ); err != nil {
			return err
		}
		if name == "subject" {
			return nil
		}
		n++
		if want := chType(schemas.ColumnByName(name).Info().Kind); typ != want {
			t.Errorf("access_by_subject.%s is %s, events has %s", name, typ, want)
		}
		return nil
	}, "SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = 'access_by_subject'")
	if err != nil {
		t.Fatal(err)
	}
	if n == 0 {
		t.Error("no columns")
	}
}

func TestMigrateAgainChangesNothing(t *testing.T) {
	s := open(t)
	b := makeBatch(shape{id: "kept", rows: 10})
	if err := s.Insert(t.Context(), batchesOf(b), false); err != nil {
		t.Fatal(err)
	}
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	same(t, s, b)
}
