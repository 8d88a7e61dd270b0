package api

import (
	"errors"
	"strconv"

	"github.com/scrubline/scrubline/query"
)

type proposal struct {
	Text  string `json:"text"`
	Kind  string `json:"kind"`
	Help  string `json:"help,omitempty"`
	Count uint64 `json:"count,omitempty"`
}

var errAt = errors.New("this is the number of a character of q, from 0")

// complete serves GET /v1/complete.
func (s *Server) complete(c *call) error {
	zone, err := c.zone()
	if err != nil {
		return err
	}
	p := c.r.URL.Query()
	at := len(p.Get("q"))
	if text := p.Get("at"); text != "" {
		n, err := strconv.ParseUint(text, 10, 31)
		if err != nil {
			return &paramError{"at", errAt}
		}
		at = int(n)
	}
	found, err := s.opt.Service.Complete(c.r.Context(), p.Get("q"), at, c.now, zone)
	if err != nil {
		if _, ok := errors.AsType[*query.SyntaxError](err); ok {
			return &paramError{"q", err}
		}
		return err
	}
	c.audit(len(found.Items), false)
	out := struct {
		Start int        `json:"start"`
		End   int        `json:"end"`
		Items []proposal `json:"items"`
	}{found.Start, found.End, []proposal{}}
	for _, i := range found.Items {
		out.Items = append(out.Items, proposal(i))
	}
	return c.answer(out)
}
