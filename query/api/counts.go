package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/scrubline/scrubline/query"
)

type summaryAnswer struct {
	asked
	Rows    uint64                   `json:"rows"`
	Unread  unread                   `json:"unread"`
	Start   string                   `json:"start,omitempty"`
	End     string                   `json:"end,omitempty"`
	Step    int64                    `json:"step_seconds,omitempty"`
	Buckets []bucket                 `json:"buckets"`
	Facets  map[string][]query.Count `json:"facets"`
}

type unread struct {
	Tombstones uint64 `json:"tombstones"`
	Gaps       uint64 `json:"gaps"`
}

type bucket struct {
	Start   string `json:"start"`
	Success uint64 `json:"success"`
	Failure uint64 `json:"failure"`
	Other   uint64 `json:"other"`
	Unread  uint64 `json:"unread"`
}

// summary serves GET /v1/summary.
func (s *Server) summary(c *call) error {
	q, err := c.question()
	if err != nil {
		return err
	}
	sum, err := s.opt.Service.Summary(c.r.Context(), q)
	if err != nil {
		return err
	}
	c.audit(0, false)
	out := summaryAnswer{
		asked: newAsked(sum.Query, sum.Tables), Rows: sum.Rows, Unread: unread{sum.Unread.Tombstones, sum.Unread.Gaps},
		Start: stamp(sum.Since), End: stamp(sum.Until), Step: int64(sum.Step / time.Second), Buckets: []bucket{}, Facets: sum.Facets,
	}
	for _, b := range sum.Buckets {
		out.Buckets = append(out.Buckets, bucket{stamp(b.Start), b.Success, b.Failure, b.Other, b.Unread})
	}
	body, err := json.Marshal(out)
	if err != nil {
		return fmt.Errorf("encoding answer: %w", err)
	}
	return c.writeJSON(body)
}

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

type fieldInfo struct {
	Name    string   `json:"name"`
	Help    string   `json:"help"`
	Example string   `json:"example"`
	Aliases []string `json:"aliases"`
	Values  []string `json:"values"`
	Column  string   `json:"column,omitempty"`
}

// fields serves GET /v1/fields.
func (s *Server) fields(w http.ResponseWriter, _ *http.Request) {
	out := struct {
		Fields []fieldInfo `json:"fields"`
	}{}
	for _, f := range query.Fields() {
		info := fieldInfo{Name: f.Name, Help: f.Help, Example: f.Example, Aliases: append([]string{}, f.Aliases...), Values: []string{}}
		for _, n := range f.Names {
			info.Values = append(info.Values, n.Name)
		}
		if col := f.Column(); col != 0 {
			info.Column = col.String()
		}
		out.Fields = append(out.Fields, info)
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(append(appendJSON(out)(nil), '\n'))
}
