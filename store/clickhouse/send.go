package clickhouse

import (
	"context"
	"io"
	"slices"
	"time"

	"github.com/ClickHouse/ch-go"

	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/scrub/event"
)

// A block is cut at so many rows or so many bytes of native records, whichever
// comes first: it bounds the connection's buffer. The server puts the blocks of
// one insert together again before it writes a part.
const (
	blockRows  = 16384
	blockBytes = 8 << 20
)

// selection is some rows of a batch, ascending.
type selection struct {
	batch *event.Batch
	rows  []uint32
}

// whole selects all rows of each batch that has any.
func whole(batches []*event.Batch) []selection {
	most := 0
	for _, b := range batches {
		most = max(most, b.Rows())
	}
	all := make([]uint32, most)
	for i := range all {
		all[i] = uint32(i)
	}
	var sels []selection
	for _, b := range batches {
		if b.Rows() > 0 {
			sels = append(sels, selection{b, all[:b.Rows()]})
		}
	}
	return sels
}

// send inserts the selected rows into t: in one insert, unless they touch more
// months than one insert may. nil means that the server said yes to all of it.
func (s *Store) send(ctx context.Context, t schemas.Table, sels []selection) error {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.AttemptTimeout)
	defer cancel()
	for _, part := range splitMonths(sels, maxPartitions) {
		if err := s.sendOne(ctx, t, part); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) sendOne(ctx context.Context, t schemas.Table, sels []selection) error {
	blk := newBlock(columnsOf(t, sels))
	next := func(context.Context) error {
		if len(sels) == 0 {
			blk.rows = nil // ch-go sends what it still finds here
			return io.EOF
		}
		n := cut(sels[0])
		blk.batch, blk.rows = sels[0].batch, sels[0].rows[:n]
		if sels[0].rows = sels[0].rows[n:]; len(sels[0].rows) == 0 {
			sels = sels[1:]
		}
		return nil
	}
	return s.inserts.do(ctx, ch.Query{Body: blk.input.Into(t.String()), Input: blk.input, OnInput: next})
}

// columnsOf lists the columns that any of the selected batches has set: for the
// others the server knows as well that they are zero or empty.
func columnsOf(t schemas.Table, sels []selection) []schemas.Column {
	cols := make([]schemas.Column, 0, len(t.Columns()))
	for _, c := range t.Columns() {
		if slices.ContainsFunc(sels, func(s selection) bool { return !s.batch.Unset(c) }) {
			cols = append(cols, c)
		}
	}
	return cols
}

// cut returns how many of the selection's rows go into the next block, at least
// one.
func cut(sel selection) int {
	native := sel.batch.Str(schemas.Native)
	bytes := 0
	for i, r := range sel.rows {
		bytes += len(native.At(int(r)))
		if i > 0 && (i == blockRows || bytes > blockBytes) {
			return i
		}
	}
	return len(sel.rows)
}

// splitMonths divides the selections into groups that touch at most limit
// months of event_time each. Usually that is one group, the argument itself.
func splitMonths(sels []selection, limit int) [][]selection {
	var m monthOf
	seen := map[int]int{} // month: its group
	for _, sel := range sels {
		times := sel.batch.Nums(schemas.EventTime)
		last := -1
		for _, r := range sel.rows {
			if month := m.of(times[r]); month != last {
				seen[month], last = 0, month
			}
		}
	}
	if len(seen) <= limit {
		return [][]selection{sels}
	}
	months := make([]int, 0, len(seen))
	for month := range seen {
		months = append(months, month)
	}
	slices.Sort(months)
	for i, month := range months {
		seen[month] = i / limit
	}
	groups := make([][]selection, (len(months)+limit-1)/limit)
	for _, sel := range sels {
		times := sel.batch.Nums(schemas.EventTime)
		rows := make([][]uint32, len(groups))
		for _, r := range sel.rows {
			g := seen[m.of(times[r])]
			rows[g] = append(rows[g], r)
		}
		for g := range groups {
			if len(rows[g]) > 0 {
				groups[g] = append(groups[g], selection{sel.batch, rows[g]})
			}
		}
	}
	return groups
}

// monthOf counts months; it remembers the last one's bounds, because neighbours
// in a log are of the same month. The server's toYYYYMM saturates where time
// does not: we may see more months than it, never fewer.
type monthOf struct {
	month    int
	from, to int64 // Unix milliseconds
}

func (m *monthOf) of(ms uint64) int {
	v := int64(ms)
	if v < m.from || v >= m.to {
		t := time.UnixMilli(v).UTC()
		first := time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
		m.month = t.Year()*12 + int(t.Month()) - 1
		m.from, m.to = first.UnixMilli(), first.AddDate(0, 1, 0).UnixMilli()
	}
	return m.month
}
