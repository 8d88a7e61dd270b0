package api

import (
	"errors"

	"github.com/scrubline/scrubline/query"
)

type moment struct {
	Start      string `json:"start"`
	Source     string `json:"source"`
	Action     string `json:"action"`
	Count      uint64 `json:"count"`
	Duplicates uint64 `json:"duplicates"`
	Success    uint64 `json:"success"`
	Failure    uint64 `json:"failure"`
	Actors     uint64 `json:"actor_count"`
	Patients   uint64 `json:"patient_count"`
}

// timeline serves GET /v1/timeline.
func (s *Server) timeline(c *call) error {
	q, err := c.question()
	if err != nil {
		return err
	}
	zone, err := c.zone()
	if err != nil {
		return err
	}
	ask := query.TimelineQuery{Subject: c.subject(), Filter: q, Step: c.r.URL.Query().Get("step"), Zone: zone}
	if c.shape, err = ask.Shape(q, s.opt.Tokens); err != nil {
		return subjectError(ask.Subject, err)
	}
	t, err := s.opt.Service.Timeline(c.r.Context(), ask)
	if errors.Is(err, query.ErrStep) {
		return &paramError{"step", err}
	}
	if err != nil {
		return err
	}
	c.audit(len(t.Moments), t.More)
	out := struct {
		asked
		Step string   `json:"step"`
		Rows []moment `json:"rows"`
		More bool     `json:"more"`
	}{newAsked(t.Filter, nil), t.Step, []moment{}, t.More}
	for _, m := range t.Moments {
		out.Rows = append(out.Rows, moment{stamp(m.Start), m.Source, m.Action, m.Count, m.Duplicates, m.Success, m.Failure, m.Actors, m.Patients})
	}
	return c.answer(out)
}
