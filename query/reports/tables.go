package reports

import (
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/ext"
	"github.com/ClickHouse/clickhouse-go/v2/lib/column"
)

// archiveTables are the tables of what is known besides the stored rows. They are
// sent along with a query and exist only for it.
var archiveTables = []string{"objects", "holds", "problems", "verification", "runs"}

// columns of archiveTables as name and type.
var archiveColumns = map[string][][2]string{
	"objects": {
		{"key", "String"}, {"batch", "String"}, {"source", "String"}, {"origin", "String"}, {"sha256", "String"}, {"size", "UInt64"}, {"rows", "UInt64"},
		{"events", "UInt64"}, {"tombstones", "UInt64"}, {"first", "DateTime64(3, 'UTC')"}, {"last", "DateTime64(3, 'UTC')"}, {"ingested", "DateTime64(3, 'UTC')"},
		{"policy", "String"}, {"scrubber", "String"}, {"key_version", "UInt32"}, {"locked_until", "DateTime64(3, 'UTC')"}, {"lock_mode", "String"}, {"hold", "UInt8"},
	},
	"holds": {
		{"name", "String"}, {"matter", "String"}, {"by", "String"}, {"placed", "DateTime64(3, 'UTC')"}, {"released", "DateTime64(3, 'UTC')"}, {"reason", "String"}, {"objects", "UInt64"},
	},
	"problems":     {{"kind", "String"}, {"key", "String"}, {"detail", "String"}},
	"verification": {{"name", "String"}, {"status", "String"}, {"count", "UInt64"}, {"detail", "String"}, {"mode", "String"}},
	"runs": {
		{"time", "DateTime64(3, 'UTC')"}, {"user", "String"}, {"action", "String"}, {"what", "String"}, {"reason", "String"}, {"outcome", "String"},
		{"checkpoint", "String"}, {"ref", "String"},
	},
}

// inputTypes are the types of input columns.
var inputTypes = map[Type]string{Text: "String", Int: "Int64", Time: "DateTime64(3, 'UTC')", PatientID: "Array(String)"}

func newTable(name string, columns [][2]string) (*ext.Table, error) {
	options := make([]func(*ext.Table) error, len(columns))
	for i, c := range columns {
		options[i] = ext.Column(c[0], column.Type(c[1]))
	}
	t, err := ext.NewTable(name, options...)
	if err != nil {
		return nil, fmt.Errorf("making table %s: %w", name, err)
	}
	return t, nil
}

// instant is t for a DateTime64 column: the zero time is its zero.
func instant(t time.Time) time.Time {
	if t.IsZero() {
		return time.UnixMilli(0).UTC()
	}
	return t.UTC()
}

func appendObject(t *ext.Table, o *Object) error {
	hold := uint8(0)
	if o.Hold {
		hold = 1
	}
	return t.Append(o.Key, o.Batch, o.Source, o.Origin, o.SHA256, uint64(o.Size), o.Rows, o.Events, o.Tombstones,
		instant(o.First), instant(o.Last), instant(o.Ingested), o.Policy, o.Scrubber, o.KeyVersion, instant(o.LockedUntil), o.LockMode, hold)
}

// inputTable makes the table of an input; in is nil if no file was given.
func inputTable(k InputKind, in *Input) (*ext.Table, error) {
	columns := make([][2]string, len(k.Columns))
	for i, c := range k.Columns {
		columns[i] = [2]string{c.Name, inputTypes[c.Type]}
	}
	t, err := newTable(k.Name, columns)
	if err != nil || in == nil {
		return t, err
	}
	for _, row := range in.rows {
		if err := t.Append(row...); err != nil {
			return nil, fmt.Errorf("making table %s: %w", k.Name, err)
		}
	}
	return t, nil
}
