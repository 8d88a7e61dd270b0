package api

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/scrubline/scrubline/query"
	"github.com/scrubline/scrubline/query/audit"
	"github.com/scrubline/scrubline/schemas"
)

// asked is what every JSON answer says about its question.
type asked struct {
	Query  string   `json:"query"` // the normal form, which finds the same rows at any time
	Since  string   `json:"since,omitempty"`
	Until  string   `json:"until,omitempty"`
	Tables []string `json:"tables,omitempty"`
}

func newAsked(q *query.Query, tables []schemas.Table) asked {
	a := asked{Query: q.String(), Since: stamp(q.Since), Until: stamp(q.Until)}
	for _, t := range tables {
		a.Tables = append(a.Tables, t.String())
	}
	return a
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(query.TimeLayout)
}

type eventsAnswer struct {
	asked
	Rows []*query.Row `json:"rows"`
	More bool         `json:"more"`
	Next string       `json:"next,omitempty"`
}

// events serves GET /v1/events.
func (s *Server) events(c *call) error {
	q, err := c.question()
	if err != nil {
		return err
	}
	f, err := c.format()
	if err != nil {
		return err
	}
	page, given, err := c.page()
	if err != nil {
		return err
	}
	if f != asJSON && !given {
		return s.export(c, q, f)
	}
	a, err := s.opt.Service.Events(c.r.Context(), q, page)
	if err != nil {
		return err
	}
	c.audit(len(a.Rows), a.More)
	if f == asJSON {
		if a.Rows == nil {
			a.Rows = []*query.Row{}
		}
		body, err := json.Marshal(eventsAnswer{newAsked(a.Query, a.Tables), a.Rows, a.More, a.Next})
		if err != nil {
			return fmt.Errorf("encoding answer: %w", err)
		}
		return c.writeJSON(body)
	}
	c.more(a.Next)
	c.begin(f, "events")
	cols, err := s.opt.Service.ShownColumns(c.r.Context(), a.Query)
	if err != nil {
		return err
	}
	l, err := c.lines(f, head(cols))
	if err != nil {
		return err
	}
	for _, r := range a.Rows {
		if err := writeRow(l, r, cols); err != nil {
			return err
		}
	}
	return l.flush()
}

// export streams every row of the answer. The head leaves with the first row, so
// that a query that fails at once still gets a problem.
func (s *Server) export(c *call, q *query.Query, f format) error {
	cols, err := s.opt.Service.ShownColumns(c.r.Context(), q)
	if err != nil {
		return err
	}
	var l *lines
	start := func() (err error) {
		c.action, c.streams = audit.Export, true
		c.line(s.opt.Log.Info(), "started").Msg("export")
		c.begin(f, "events")
		l, err = c.lines(f, head(cols))
		return err
	}
	rows := 0
	err = s.opt.Service.Stream(c.r.Context(), q, func(r *query.Row) error {
		if l == nil {
			if err := start(); err != nil {
				return err
			}
		}
		rows++
		return writeRow(l, r, cols)
	})
	c.rows = rows
	if err != nil {
		return err
	}
	if l == nil {
		if err := start(); err != nil {
			return err
		}
	}
	c.audit(rows, false)
	return l.flush()
}

func head(cols []schemas.Column) []string {
	names := make([]string, 0, len(cols)+1)
	names = append(names, "table")
	for _, col := range cols {
		names = append(names, col.String())
	}
	return names
}

func writeRow(l *lines, r *query.Row, cols []schemas.Column) error {
	return l.write(r.AppendJSON, func() []string {
		cells := make([]string, 0, len(cols)+1)
		cells = append(cells, r.Table.String())
		for _, col := range cols {
			cells = append(cells, r.Word(col))
		}
		return cells
	})
}

func utoa(n uint64) string { return strconv.FormatUint(n, 10) }
