package query

import (
	"context"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/scrubline/scrubline/schemas"
)

// Page asks for a part of an answer.
type Page struct {
	Limit  int    // rows; 0 means DefaultLimit, more than Service.MaxPage means that
	Cursor string // Next of the page before; "" for the first
}

// Events is a page of rows, newest first.
type Events struct {
	Query  *Query          // what was asked, with the range that all pages share
	Tables []schemas.Table // what was read
	Rows   []*Row
	More   bool   // there are rows after these
	Next   string // cursor of the next page, "" if there is none
}

// Events answers a query, a page at a time.
func (s *Service) Events(ctx context.Context, q *Query, page Page) (*Events, error) {
	sc, err := s.scope(ctx)
	if err != nil {
		return nil, err
	}
	limit := s.limit(page.Limit)
	opt := SQLOptions{Tokens: s.opt.Tokens, Limit: limit + 1}
	if page.Cursor != "" {
		c, err := decodeCursor(page.Cursor, q.text())
		if err != nil {
			return nil, err
		}
		q = c.pin(q)
		opt.After = &Position{c.Time, c.Key, c.No}
	}
	answer := &Events{Query: q, Tables: q.Tables()}
	var before time.Time
	if opt.After != nil {
		before = time.UnixMilli(opt.After.Time + 1).UTC()
	}
	parts, err := s.spans(ctx, q, before)
	if err != nil {
		return nil, err
	}
	for _, part := range parts {
		if len(answer.Rows) > limit {
			break
		}
		if err := s.page(ctx, part, sc, opt, answer); err != nil {
			return nil, err
		}
	}
	if len(answer.Rows) > limit {
		answer.Rows = answer.Rows[:limit]
		answer.More = true
		last := answer.Rows[limit-1].position()
		answer.Next = cursor{
			Sum: sum(q.text()), Since: toMilli(q.Since), Until: toMilli(q.Until),
			Time: last.Time, Key: last.Batch, No: last.RecordNo,
		}.encode()
	}
	return answer, nil
}

// page adds the rows of a part of an answer's range, as many as a page has.
func (s *Service) page(ctx context.Context, part *Query, sc scope, opt SQLOptions, answer *Events) error {
	from := len(answer.Rows)
	for _, t := range answer.Tables {
		sql, params, err := part.sql(t, sc, opt)
		if err != nil {
			return err
		}
		err = s.each(ctx, sql, params, opt.Limit, func(rows driver.Rows) error {
			r, err := scanRow(t, sc.columns(t.Columns()), rows)
			answer.Rows = append(answer.Rows, r)
			return err
		})
		if err != nil {
			return err
		}
	}
	if len(answer.Tables) > 1 {
		slices.SortStableFunc(answer.Rows[from:], func(a, b *Row) int { return a.position().compare(b.position()) })
	}
	return nil
}

// Stream calls fn for every row of the answer, newest first, without a ceiling.
// A row is fn's to keep. An error of fn ends the stream and is returned as it is.
func (s *Service) Stream(ctx context.Context, q *Query, fn func(*Row) error) error {
	return s.StreamColumns(ctx, q, nil, fn)
}

// StreamColumns is Stream with a few columns only, which is quicker; nil: all.
func (s *Service) StreamColumns(ctx context.Context, q *Query, columns []schemas.Column, fn func(*Row) error) error {
	sc, err := s.scope(ctx)
	if err != nil {
		return err
	}
	parts, err := s.spans(ctx, q, time.Time{})
	if err != nil {
		return err
	}
	for _, part := range parts {
		if err := s.stream(ctx, part, sc, columns, fn); err != nil {
			return err
		}
	}
	return nil
}

// stream is StreamColumns for a part of the range.
func (s *Service) stream(ctx context.Context, q *Query, sc scope, columns []schemas.Column, fn func(*Row) error) error {
	var inputs []*stream
	defer func() {
		for _, in := range inputs {
			in.close()
		}
	}()
	for _, t := range q.Tables() {
		read := sc.columns(readColumns(t, columns))
		sql, params, err := q.sql(t, sc, SQLOptions{Tokens: s.opt.Tokens, Columns: read})
		if err != nil {
			return err
		}
		rows, done, err := s.rows(ctx, sql, params, s.limits.StreamTime, 0)
		if err != nil {
			return err
		}
		in := &stream{table: t, columns: read, rows: rows, done: done}
		inputs = append(inputs, in)
		if err := in.advance(ctx); err != nil {
			return err
		}
	}
	for {
		var first *stream
		for _, in := range inputs {
			if in.row != nil && (first == nil || in.row.position().compare(first.row.position()) < 0) {
				first = in
			}
		}
		if first == nil {
			return nil
		}
		if err := fn(first.row); err != nil {
			return err
		}
		if err := first.advance(ctx); err != nil {
			return err
		}
	}
}

// stream is one table's rows, in order.
type stream struct {
	table   schemas.Table
	columns []schemas.Column
	rows    driver.Rows
	done    func()
	row     *Row // the next one; nil at the end
}

// readColumns lists the columns of a table among wanted, and those that tell rows
// apart and absent values from zeros; nil stays all.
func readColumns(t schemas.Table, wanted []schemas.Column) []schemas.Column {
	if wanted == nil {
		return t.Columns()
	}
	needed := append([]schemas.Column{schemas.EventTime, schemas.Batch, schemas.RecordNo, schemas.Present}, wanted...)
	var list []schemas.Column
	for _, c := range t.Columns() {
		if slices.Contains(needed, c) {
			list = append(list, c)
		}
	}
	return list
}

// advance goes to the next row that is not a copy of this one: copies are equal
// in what the order sorts by, so they follow each other.
func (s *stream) advance(ctx context.Context) error {
	for s.rows.Next() {
		r, err := scanRow(s.table, s.columns, s.rows)
		if err != nil {
			return classify(ctx, err)
		}
		if s.row == nil || r.position() != s.row.position() {
			s.row = r
			return nil
		}
	}
	s.row = nil
	return classify(ctx, s.rows.Err())
}

// close breaks off what is left, which the driver would read to its end otherwise.
func (s *stream) close() {
	s.done()
	_ = s.rows.Close()
}
