package api

import (
	"encoding/json"
	"fmt"
	"time"
)

type sourcesAnswer struct {
	Since string      `json:"since,omitempty"`
	Until string      `json:"until,omitempty"`
	Rows  []sourceDay `json:"rows"`
	More  bool        `json:"more"`
}

type sourceDay struct {
	Source     string `json:"source"`
	Day        string `json:"day"`
	Batches    uint64 `json:"batches"`
	Rows       uint64 `json:"rows"`
	Events     uint64 `json:"events"`
	Tombstones uint64 `json:"tombstones"`
	Duplicates uint64 `json:"duplicates"`
	First      string `json:"first"`
	Last       string `json:"last"`
	Inserted   string `json:"inserted"`
}

var sourceHead = []string{"source", "day", "batches", "rows", "events", "tombstones", "duplicates", "first", "last", "inserted"}

func (d sourceDay) cells() []string {
	return []string{d.Source, d.Day, utoa(d.Batches), utoa(d.Rows), utoa(d.Events), utoa(d.Tombstones), utoa(d.Duplicates), d.First, d.Last, d.Inserted}
}

// sources serves GET /v1/sources.
func (s *Server) sources(c *call) error {
	q, err := c.question() // there is no q here: only the range
	if err != nil {
		return err
	}
	f, err := c.format()
	if err != nil {
		return err
	}
	days, more, err := s.opt.Service.Sources(c.r.Context(), q.Since, q.Until)
	if err != nil {
		return err
	}
	c.audit(len(days), more)
	out := sourcesAnswer{Since: stamp(q.Since), Until: stamp(q.Until), Rows: []sourceDay{}, More: more}
	for _, d := range days {
		out.Rows = append(out.Rows, sourceDay{d.Source, d.Day.Format(time.DateOnly), d.Batches, d.Rows, d.Events, d.Tombstones, d.Duplicates,
			stamp(d.First), stamp(d.Last), stamp(d.Inserted)})
	}
	if f == asJSON {
		body, err := json.Marshal(out)
		if err != nil {
			return fmt.Errorf("encoding answer: %w", err)
		}
		return c.writeJSON(body)
	}
	c.begin(f, "sources")
	l, err := c.lines(f, sourceHead)
	if err != nil {
		return err
	}
	for _, d := range out.Rows {
		if err := l.write(appendJSON(d), d.cells); err != nil {
			return err
		}
	}
	return l.flush()
}
