package api

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/scrubline/scrubline/query"
)

type accessAnswer struct {
	asked
	By   string      `json:"by"`
	Rows []accessRow `json:"rows"`
	More bool        `json:"more"`
	Next string      `json:"next,omitempty"`
}

type accessRow struct {
	Name       string        `json:"name"`
	Kind       string        `json:"kind"`
	Type       string        `json:"type,omitempty"`
	Role       string        `json:"role,omitempty"`
	Count      uint64        `json:"count"`
	Duplicates uint64        `json:"duplicates"`
	Success    uint64        `json:"success"`
	Failure    uint64        `json:"failure"`
	First      string        `json:"first"`
	Last       string        `json:"last"`
	Actions    []query.Count `json:"actions"`
	ActionKind uint64        `json:"action_count"`
	Addresses  []string      `json:"addresses"`
	AddrCount  uint64        `json:"address_count"`
}

func newAccessRow(a query.Access) accessRow {
	r := accessRow{
		Name: a.Name, Kind: a.Kind, Type: a.Type, Role: a.Role, Count: a.Count, Duplicates: a.Duplicates, Success: a.Success, Failure: a.Failure,
		First: stamp(a.First), Last: stamp(a.Last), Actions: a.Actions, ActionKind: a.ActionKind, Addresses: a.Addresses, AddrCount: a.AddrCount,
	}
	if r.Addresses == nil {
		r.Addresses = []string{}
	}
	return r
}

var accessHead = []string{"name", "kind", "type", "role", "count", "duplicates", "success", "failure", "first", "last",
	"actions", "action_count", "addresses", "address_count"}

func (r accessRow) cells() []string {
	actions := make([]string, len(r.Actions))
	for i, a := range r.Actions {
		actions[i] = a.Name + " " + utoa(a.Count)
	}
	return []string{r.Name, r.Kind, r.Type, r.Role, utoa(r.Count), utoa(r.Duplicates), utoa(r.Success), utoa(r.Failure), r.First, r.Last,
		strings.Join(actions, "; "), utoa(r.ActionKind), strings.Join(r.Addresses, " "), utoa(r.AddrCount)}
}

// access serves GET /v1/access.
func (s *Server) access(c *call) error {
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
	ask := query.AccessQuery{Subject: c.subject(), By: c.r.URL.Query().Get("by"), Filter: q, Limit: page.Limit, Cursor: page.Cursor}
	if c.shape, err = ask.Shape(q, s.opt.Tokens); err != nil {
		return subjectError(ask.Subject, err)
	}
	if f != asJSON && !given {
		ask.Limit = s.opt.Service.MaxPage()
	}
	a, err := s.opt.Service.Access(c.r.Context(), ask)
	if err != nil {
		return err
	}
	// A list without a limit goes on to its end.
	for f != asJSON && !given && a.Next != "" {
		ask.Cursor = a.Next
		next, err := s.opt.Service.Access(c.r.Context(), ask)
		if err != nil {
			return err
		}
		next.Rows = append(a.Rows, next.Rows...)
		a = next
	}
	c.audit(len(a.Rows), a.More)
	if f == asJSON {
		out := accessAnswer{asked: newAsked(a.Filter, nil), By: a.By, Rows: []accessRow{}, More: a.More, Next: a.Next}
		for _, r := range a.Rows {
			out.Rows = append(out.Rows, newAccessRow(r))
		}
		body, err := json.Marshal(out)
		if err != nil {
			return fmt.Errorf("encoding answer: %w", err)
		}
		return c.writeJSON(body)
	}
	c.more(a.Next)
	c.begin(f, "access")
	l, err := c.lines(f, accessHead)
	if err != nil {
		return err
	}
	for _, r := range a.Rows {
		row := newAccessRow(r)
		if err := l.write(appendJSON(row), row.cells); err != nil {
			return err
		}
	}
	return l.flush()
}

// appendJSON returns a function that appends v as JSON.
func appendJSON(v any) func([]byte) []byte {
	return func(dst []byte) []byte {
		b, err := json.Marshal(v)
		if err != nil {
			return dst // structs of strings and numbers always marshal
		}
		return append(dst, b...)
	}
}
