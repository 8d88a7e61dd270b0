package schedule

import (
	"fmt"
	"maps"
	"slices"

	"github.com/ClickHouse/clickhouse-go/v2/ext"

	"github.com/scrubline/scrubline/detect/list"
	"github.com/scrubline/scrubline/detect/sql"
)

// lists makes the external tables that a rule's queries read.
func (s *Store) lists(qs []sql.Query) ([]*ext.Table, error) {
	columns := map[string][]string{}
	for i := range qs {
		for name, cs := range qs[i].Lists {
			columns[name] = append(columns[name], cs...)
		}
	}
	var out []*ext.Table
	var lists list.Set
	if s.Lists != nil {
		lists = s.Lists()
	}
	for _, name := range slices.Sorted(maps.Keys(columns)) {
		cs := columns[name]
		slices.Sort(cs)
		cs = slices.DeleteFunc(slices.Compact(cs), func(c string) bool { return c == list.Key })
		of := []func(*ext.Table) error{ext.Column("key", "String"), ext.Column("from_ms", "Int64"), ext.Column("until_ms", "Int64")}
		for _, c := range cs {
			of = append(of, ext.Column(c, "String"))
		}
		t, err := ext.NewTable(sql.ListTable(name), of...)
		if err != nil {
			return nil, fmt.Errorf("making the table of list %s", name)
		}
		row := func(key string, r *list.Row) {
			values := []any{key, r.From, r.Until}
			for _, c := range cs {
				values = append(values, lists[name].At(r, c))
			}
			if e := t.Append(values...); e != nil {
				err = fmt.Errorf("making the table of list %s", name)
			}
		}
		row("", &list.Row{}) // no array of keys may be empty
		lists[name].All(row)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}
