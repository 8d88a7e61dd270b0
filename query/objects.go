package query

import (
	"context"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/scrubline/scrubline/schemas"
)

// Object is an object of the archive, as the ledger of what was inserted knows it.
type Object struct {
	Key        string
	Table      string
	Source     string
	Origin     string // where its payload came from
	Start      uint64 // number of its first record in the payload
	Rows       uint64
	Events     uint64
	Tombstones uint64
	Duplicates uint64
	Final      bool   // the payload ends with it
	SHA256     string // of its bytes, hex; "" if it is not archived
	First      time.Time
	Last       time.Time
	Inserted   time.Time
}

// Objects lists objects with records of [since, until), and of one source unless it
// is "", in the order of their keys. Next of the answer is the cursor of the next page.
func (s *Service) Objects(ctx context.Context, source string, since, until time.Time, page Page) (list []Object, next string, err error) {
	sc, err := s.scope(ctx)
	if err != nil {
		return nil, "", err
	}
	limit := s.limit(page.Limit)
	c := &condition{scope: sc}
	where := c.sources()
	if source != "" {
		where += " AND source = " + c.text(source)
	}
	if !since.IsZero() {
		where += " AND max_time >= " + c.instant(since)
	}
	if !until.IsZero() {
		where += " AND min_time < " + c.instant(until)
	}
	text := "objects " + source
	if page.Cursor != "" {
		after, err := decodeCursor(page.Cursor, text)
		if err != nil {
			return nil, "", err
		}
		where += " AND (batch, toString(table_name)) > (" + c.text(after.Key) + ", " + c.text(after.Kind) + ")"
	}
	sql := `SELECT batch, toString(table_name) AS name, toString(source), ` + c.read(schemas.Origin) + `, start, rows, events, tombstones, duplicates, final = 1, sha256, min_time, max_time, inserted_at
FROM batches WHERE ` + where + " ORDER BY batch, name, inserted_at DESC LIMIT 1 BY batch, name LIMIT " + c.param("UInt64", limit+1)
	err = s.each(ctx, sql, c.params, limit+1, func(rows driver.Rows) error {
		var o Object
		err := rows.Scan(&o.Key, &o.Table, &o.Source, &o.Origin, &o.Start, &o.Rows, &o.Events, &o.Tombstones, &o.Duplicates, &o.Final, &o.SHA256, &o.First, &o.Last, &o.Inserted)
		o.First, o.Last, o.Inserted = o.First.UTC(), o.Last.UTC(), o.Inserted.UTC()
		list = append(list, o)
		return err
	})
	if err != nil {
		return nil, "", err
	}
	if len(list) > limit {
		list = list[:limit]
		last := list[limit-1]
		next = cursor{Sum: sum(text), Key: last.Key, Kind: last.Table}.encode()
	}
	return list, next, nil
}
