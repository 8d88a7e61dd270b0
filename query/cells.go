package query

import (
	"fmt"
	"net"
	"net/netip"
	"reflect"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// scanAny reads a row of columns of any type.
func scanAny(rows driver.Rows) ([]any, error) {
	types := rows.ColumnTypes()
	dest := make([]any, len(types))
	for i, t := range types {
		dest[i] = reflect.New(t.ScanType()).Interface()
	}
	if err := rows.Scan(dest...); err != nil {
		return nil, fmt.Errorf("scanning row: %w", err)
	}
	row := make([]any, len(dest))
	for i, d := range dest {
		row[i] = plain(reflect.ValueOf(d).Elem().Interface())
	}
	return row, nil
}

// plain makes times and addresses text as answers write them.
func plain(v any) any {
	switch v := v.(type) {
	case time.Time:
		return v.UTC().Format(TimeLayout)
	case *time.Time:
		if v != nil {
			return plain(*v)
		}
		return nil
	case net.IP:
		if a, ok := netip.AddrFromSlice(v); ok {
			return a.Unmap().String()
		}
	case netip.Addr:
		return v.Unmap().String()
	}
	return v
}
