package query

import (
	"context"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/scrubline/scrubline/schemas"
)

// SourceDay is what came in of a source for one day, by the ledger of finished
// batches. A batch that spans days counts on the day of its first record.
type SourceDay struct {
	Source     string
	Day        time.Time // midnight UTC
	Batches    uint64
	Rows       uint64 // events, tombstones, gaps and header lines
	Events     uint64
	Tombstones uint64
	Duplicates uint64 // events that were seen before; among Events
	First      time.Time
	Last       time.Time
	Inserted   time.Time // when the latest batch was finished
}

// maxSourceDays bounds an answer of Sources: 40 sources for a quarter.
const maxSourceDays = 4000

// Sources lists what came in per source and day of [since, until), the newest
// day first; zero times mean unbounded. more says that days were left out.
func (s *Service) Sources(ctx context.Context, since, until time.Time) (days []SourceDay, more bool, err error) {
	sc, err := s.scope(ctx)
	if err != nil {
		return nil, false, err
	}
	c := newCondition(schemas.Events, sc, nil)
	bounds := c.sources()
	if !since.IsZero() {
		bounds += " AND max_time >= " + c.instant(since)
	}
	if !until.IsZero() {
		bounds += " AND min_time < " + c.instant(until)
	}
	// A batch that was given again stands twice until the ledger is merged: the
	// row written last counts.
	sql := `SELECT source, toDate32(min_time) AS day, count(), sum(rows), sum(events), sum(tombstones), sum(duplicates), min(min_time), max(max_time), max(inserted_at)
FROM (
	SELECT batch, table_name, toString(source) AS source, rows, events, tombstones, duplicates, min_time, max_time, inserted_at
	FROM batches WHERE ` + bounds + ` ORDER BY inserted_at DESC LIMIT 1 BY batch, table_name
)
GROUP BY source, day ORDER BY day DESC, source LIMIT ` + c.param("UInt64", maxSourceDays+1)
	err = s.each(ctx, sql, c.params, maxSourceDays+1, func(rows driver.Rows) error {
		var d SourceDay
		err := rows.Scan(&d.Source, &d.Day, &d.Batches, &d.Rows, &d.Events, &d.Tombstones, &d.Duplicates, &d.First, &d.Last, &d.Inserted)
		d.First, d.Last, d.Inserted = d.First.UTC(), d.Last.UTC(), d.Inserted.UTC()
		days = append(days, d)
		return err
	})
	if err != nil {
		return nil, false, err
	}
	if more = len(days) > maxSourceDays; more {
		days = days[:maxSourceDays]
	}
	return days, more, nil
}
