package api

import (
	"time"

	"github.com/scrubline/scrubline/query"
)

type coverage struct {
	Source  string       `json:"source"`
	Account string       `json:"account"`
	Region  string       `json:"region"`
	Days    []coveredDay `json:"days"`
	Missing []string     `json:"missing"`
}

type coveredDay struct {
	Day        string `json:"day"`
	Events     uint64 `json:"events"`
	Tombstones uint64 `json:"tombstones"`
	Gaps       uint64 `json:"gaps"`
}

// coverage serves GET /v1/archive/coverage.
func (s *Server) coverage(c *call) error {
	q, err := c.question() // there is no q here: only the range
	if err != nil {
		return err
	}
	list, err := s.opt.Service.Coverage(c.r.Context(), q.Since, q.Until)
	if err != nil {
		return err
	}
	c.audit(len(list), false)
	out := struct {
		Since string     `json:"since,omitempty"`
		Until string     `json:"until,omitempty"`
		Rows  []coverage `json:"rows"`
	}{stamp(q.Since), stamp(q.Until), []coverage{}}
	for _, v := range list {
		row := coverage{v.Source, v.Account, v.Region, []coveredDay{}, []string{}}
		for _, d := range v.Days {
			row.Days = append(row.Days, coveredDay{d.Day.Format(time.DateOnly), d.Events, d.Tombstones, d.Gaps})
		}
		for _, d := range v.Missing {
			row.Missing = append(row.Missing, d.Format(time.DateOnly))
		}
		out.Rows = append(out.Rows, row)
	}
	return c.answer(out)
}

type object struct {
	Key        string `json:"key"`
	Table      string `json:"table"`
	Source     string `json:"source"`
	Origin     string `json:"origin"`
	Start      uint64 `json:"start"`
	Rows       uint64 `json:"rows"`
	Events     uint64 `json:"events"`
	Tombstones uint64 `json:"tombstones"`
	Duplicates uint64 `json:"duplicates"`
	Final      bool   `json:"final"`
	SHA256     string `json:"sha256,omitempty"`
	First      string `json:"first"`
	Last       string `json:"last"`
	Inserted   string `json:"inserted"`
}

func newObject(o query.Object) object {
	return object{o.Key, o.Table, o.Source, o.Origin, o.Start, o.Rows, o.Events, o.Tombstones, o.Duplicates, o.Final, o.SHA256, stamp(o.First), stamp(o.Last), stamp(o.Inserted)}
}

// objects serves GET /v1/archive/objects.
func (s *Server) objects(c *call) error {
	q, err := c.question()
	if err != nil {
		return err
	}
	page, _, err := c.page()
	if err != nil {
		return err
	}
	list, next, err := s.opt.Service.Objects(c.r.Context(), c.r.URL.Query().Get("source"), q.Since, q.Until, page)
	if err != nil {
		return err
	}
	c.audit(len(list), next != "")
	out := struct {
		Rows []object `json:"rows"`
		More bool     `json:"more"`
		Next string   `json:"next,omitempty"`
	}{[]object{}, next != "", next}
	for _, o := range list {
		out.Rows = append(out.Rows, newObject(o))
	}
	return c.answer(out)
}
