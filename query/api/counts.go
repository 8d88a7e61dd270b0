package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/scrubline/scrubline/query"
)

// picture is a histogram's part of an answer.
type picture struct {
	asked
	Rows    uint64   `json:"rows"`
	Start   string   `json:"start,omitempty"`
	End     string   `json:"end,omitempty"`
	Step    int64    `json:"step_seconds,omitempty"`
	Buckets []bucket `json:"buckets"`
}

type bucket struct {
	Start   string `json:"start"`
	Success uint64 `json:"success"`
	Failure uint64 `json:"failure"`
	Other   uint64 `json:"other"`
	Unread  uint64 `json:"unread"`
}

func newPicture(h *query.Histogram) picture {
	p := picture{asked: newAsked(h.Query, h.Tables), Rows: h.Rows, Start: stamp(h.Since), End: stamp(h.Until), Step: int64(h.Step / time.Second), Buckets: []bucket{}}
	for _, b := range h.Buckets {
		p.Buckets = append(p.Buckets, bucket{stamp(b.Start), b.Success, b.Failure, b.Other, b.Unread})
	}
	return p
}

// counted is the facets' part of an answer.
type counted struct {
	Rows   uint64                   `json:"facet_rows"`
	All    bool                     `json:"facets_are_all"`
	Values map[string][]query.Count `json:"facets"`
}

func newCounted(f *query.Facets) counted {
	c := counted{f.Rows, f.All, f.Values}
	if c.Values == nil {
		c.Values = map[string][]query.Count{}
	}
	return c
}

type unread struct {
	Tombstones uint64 `json:"tombstones"`
	Gaps       uint64 `json:"gaps"`
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
	return c.answer(struct {
		picture
		counted
		Unread unread `json:"unread"`
	}{newPicture(&sum.Histogram), newCounted(sum.Facets), unread(sum.Unread)})
}

// histogram serves GET /v1/histogram.
func (s *Server) histogram(c *call) error {
	q, err := c.question()
	if err != nil {
		return err
	}
	h, err := s.opt.Service.Histogram(c.r.Context(), q)
	if err != nil {
		return err
	}
	c.audit(0, false)
	return c.answer(newPicture(h))
}

// facets serves GET /v1/facets.
func (s *Server) facets(c *call) error {
	q, err := c.question()
	if err != nil {
		return err
	}
	names := query.DefaultFacets
	if list := c.r.URL.Query().Get("fields"); list != "" {
		names = strings.Split(list, ",")
	}
	f, err := s.opt.Service.Facets(c.r.Context(), q, names)
	if errors.Is(err, query.ErrNoFacet) {
		return &paramError{"fields", query.ErrNoFacet}
	}
	if err != nil {
		return err
	}
	c.audit(0, false)
	return c.answer(struct {
		asked
		counted
	}{newAsked(f.Query, f.Tables), newCounted(f)})
}

// answer sends v as JSON.
func (c *call) answer(v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encoding answer: %w", err)
	}
	return c.writeJSON(body)
}
