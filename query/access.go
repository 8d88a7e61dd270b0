package query

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Subject is what an answer is about: exactly one of its parts is set. They take
// wildcards, Patient only in tokens.
type Subject struct {
	Resource string
	Patient  string
	Actor    string
	Session  string
}

// AccessQuery asks who accessed something, or what somebody accessed.
type AccessQuery struct {
	Subject
	By     string // what rows are: actor, resource or patient; "": resources of an actor or session, actors of the others
	Filter *Query // more conditions and the time range; nil: none
	Limit  int
	Cursor string
}

// ErrAccessQuery means that not exactly one subject was given.
var ErrAccessQuery = errors.New("ask about exactly one of resource, patient, actor and session")

// ErrBy means that an access answer cannot have such rows.
var ErrBy = errors.New("rows are by actor, resource or patient")

// Count is a value and how often it stands.
type Count struct {
	Name  string `json:"name"`
	Count uint64 `json:"count"`
}

// Access sums up what one actor did to the subject, or what the subject did to
// one resource or patient. A record that its source delivered twice counts once, in
// Duplicates the other times.
type Access struct {
	Name       string // the actor's id, name, session or address; the resource's id; the patient's token
	Kind       string // what Name is: id, name, session, address, resource, patient, or none
	Type       string // actor's or resource's type
	Role       string // role the actor last acted in
	Count      uint64
	Duplicates uint64
	Success    uint64
	Failure    uint64
	First      time.Time
	Last       time.Time
	Actions    []Count  // most frequent first, 20 at most
	ActionKind uint64   // number of different actions
	Addresses  []string // where from, 20 at most
	AddrCount  uint64   // number of different addresses
}

const shownValues = 20 // of actions and addresses of an Access

// AccessAnswer is a page of accesses, the latest first.
type AccessAnswer struct {
	Filter *Query // the filter, with the range that all pages share
	By     string // what Rows are: actor, resource or patient
	Rows   []Access
	More   bool
	Next   string
}

// term makes the condition about the subject.
func (a Subject) term() (*Term, error) {
	var field, text string
	given := 0
	for _, s := range []struct{ field, text string }{{"resource", a.Resource}, {"patient", a.Patient}, {"user", a.Actor}, {"session", a.Session}} {
		if s.text != "" {
			field, text = s.field, s.text
			given++
		}
	}
	if given != 1 {
		return nil, ErrAccessQuery
	}
	return NewTerm(field, text)
}

// NewTerm makes the condition that a field has one of values, which may have
// wildcards, as field:(a,b) does. It fails for a field that is not there, and as Parse
// does for values that the field cannot have.
func NewTerm(field string, values ...string) (*Term, error) {
	f := FieldByName(field)
	if f == nil || f.match == matchTime || f.match == matchSince || f.match == matchUntil || len(values) == 0 {
		return nil, errAt(field, 0, len(field), "this field takes no such values")
	}
	t := &Term{Field: f}
	for _, text := range values {
		p := &parser{text: text}
		if err := p.check(); err != nil {
			return nil, err
		}
		v, err := p.meaning(f, Match, rawValue{parts: splitWildcards(text), end: len(text)})
		if err != nil {
			return nil, err
		}
		t.Values = append(t.Values, v)
	}
	return t, nil
}

// splitWildcards cuts text at its wildcards; \ takes the meaning from the
// character after it.
func splitWildcards(text string) []string {
	parts := []string{""}
	for i := 0; i < len(text); i++ {
		last := &parts[len(parts)-1]
		switch {
		case text[i] == '\\' && i+1 < len(text):
			i++
			*last += text[i : i+1]
		case text[i] == '*':
			if len(parts) == 1 || *last != "" {
				parts = append(parts, "")
			}
		default:
			*last += text[i : i+1]
		}
	}
	return parts
}

// Access answers who accessed a resource or a patient, or what an actor or a
// session accessed.
func (s *Service) Access(ctx context.Context, a AccessQuery) (*AccessAnswer, error) {
	sc, err := s.scope(ctx)
	if err != nil {
		return nil, err
	}
	subject, err := a.term()
	if err != nil {
		return nil, err
	}
	by, err := a.by()
	if err != nil {
		return nil, err
	}
	filter := a.Filter
	if filter == nil {
		filter = &Query{}
	}
	text := by + " " + (&Query{Where: join[And](subject, filter.Where)}).String()
	limit := s.limit(a.Limit)
	var after *cursor
	if a.Cursor != "" {
		c, err := decodeCursor(a.Cursor, text)
		if err != nil {
			return nil, err
		}
		filter, after = c.pin(filter), &c
	}
	answer := &AccessAnswer{Filter: filter, By: by}
	sql, params, err := s.accessSQL(sc, filter.And(subject), by, limit+1, after)
	if err != nil {
		return nil, err
	}
	err = s.each(ctx, sql, params, limit+1, func(rows driver.Rows) error {
		row, err := scanAccess(rows)
		answer.Rows = append(answer.Rows, row)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(answer.Rows) > limit {
		answer.Rows, answer.More = answer.Rows[:limit], true
		last := answer.Rows[limit-1]
		answer.Next = cursor{
			Sum: sum(text), Since: toMilli(filter.Since), Until: toMilli(filter.Until),
			Time: last.Last.UnixMilli(), Key: last.Name, Kind: last.Kind,
		}.encode()
	}
	return answer, nil
}

// by says what the rows of the answer are.
func (a AccessQuery) by() (string, error) {
	switch {
	case slices.Contains([]string{"actor", "resource", "patient"}, a.By):
		return a.By, nil
	case a.By != "":
		return "", ErrBy
	case a.Actor != "" || a.Session != "":
		return "resource", nil
	}
	return "actor", nil
}

func scanAccess(rows driver.Rows) (Access, error) {
	var a Access
	var actions map[string]uint64
	err := rows.Scan(&a.Kind, &a.Name, &a.Type, &a.Role, &a.Count, &a.Duplicates, &a.Success, &a.Failure,
		&a.First, &a.Last, &actions, &a.Addresses, &a.AddrCount)
	a.First, a.Last = a.First.UTC(), a.Last.UTC()
	a.ActionKind = uint64(len(actions))
	a.Actions = topCounts(actions, shownValues)
	slices.Sort(a.Addresses)
	return a, err
}

// topCounts lists the n most frequent values, then by name.
func topCounts(counts map[string]uint64, n int) []Count {
	list := make([]Count, 0, len(counts))
	for name, count := range counts {
		list = append(list, Count{name, count})
	}
	slices.SortFunc(list, func(a, b Count) int {
		if a.Count != b.Count {
			if a.Count > b.Count {
				return -1
			}
			return 1
		}
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return list[:min(n, len(list))]
}
