package fhir

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/scrubline/scrubline/query"
)

// Params are the search parameters that are taken; each may stand once, date and
// entity more often (all of them must be met).
var Params = []string{"date", "patient", "agent", "agent-name", "action", "outcome", "entity", "source", "type", "_id", "_count", "_cursor", "_format"}

// ParamError is a search parameter that cannot be used. Its text may be shown.
type ParamError struct {
	Param string
	Text  string
}

func (e *ParamError) Error() string { return e.Param + ": " + e.Text }

// ErrNotFound means that no event has the id.
var ErrNotFound = errors.New("there is no such AuditEvent")

// Query makes the question of a search, by https://hl7.org/fhir/R4/auditevent.html#search.
func Query(v url.Values, now time.Time) (*query.Query, error) {
	q := &query.Query{}
	and := func(param, field, value string) error {
		n, err := query.NewTerm(field, value)
		if err != nil {
			return &ParamError{param, "this value cannot be searched"}
		}
		q = q.And(n)
		return nil
	}
	for param, values := range v {
		for _, value := range values {
			if value == "" {
				return nil, &ParamError{param, "a value is missing"}
			}
			var err error
			switch param {
			case "date":
				err = between(q, value, now)
			case "patient":
				err = and(param, "patient", bare(value))
			case "agent", "agent-name":
				err = and(param, "user", bare(value))
			case "entity":
				err = and(param, "resource", bare(value))
			case "source":
				err = and(param, "service", bare(value))
			case "outcome":
				err = outcome(&q, value)
			case "action":
				err = action(&q, value)
			case "type":
				err = and(param, "fhir", bare(value))
			case "_id", "_count", "_cursor":
			case "_format":
				if !strings.Contains(value, "json") {
					err = &ParamError{param, "answers are application/fhir+json"}
				}
			default:
				err = &ParamError{param, "this parameter is not supported"}
			}
			if err != nil {
				return nil, err
			}
		}
	}
	if !q.Since.IsZero() && !q.Until.IsZero() && !q.Since.Before(q.Until) {
		return nil, &ParamError{"date", "the range ends before it starts"}
	}
	// Only events have subjects; else what could not be read is left out here.
	if v.Get("patient") == "" && v.Get("agent") == "" && v.Get("agent-name") == "" && v.Get("entity") == "" {
		if err := and("kind", "kind", "event"); err != nil {
			return nil, err
		}
	}
	return q, nil
}

// bare takes Patient/ and a system off a value: system|value, Type/id.
func bare(value string) string {
	if i := strings.LastIndexByte(value, '|'); i >= 0 {
		value = value[i+1:]
	}
	for _, prefix := range []string{"Patient/", "Practitioner/", "Device/"} {
		value = strings.TrimPrefix(value, prefix)
	}
	return value
}

// between takes a date with a prefix: eq, ge, le, gt, lt, sa, eb.
func between(q *query.Query, value string, now time.Time) error {
	op, text := "eq", value
	if len(value) > 2 && slices.Contains([]string{"eq", "ge", "le", "gt", "lt", "sa", "eb"}, value[:2]) {
		op, text = value[:2], value[2:]
	}
	start, end, err := query.Span(text, now, time.UTC)
	if err != nil {
		return &ParamError{"date", "a date is eq, ge, le, gt, lt, sa or eb and 2026-11-20 or 2026-11-20T08:30:00Z"}
	}
	switch op {
	case "eq":
		q.Range(start, end)
	case "ge":
		q.Range(start, time.Time{})
	case "gt", "sa":
		q.Range(end, time.Time{})
	case "le":
		q.Range(time.Time{}, end)
	default:
		q.Range(time.Time{}, start)
	}
	return nil
}

// outcome takes codes: 0 is success, the others failure.
func outcome(q **query.Query, value string) error {
	var words []string
	for code := range strings.SplitSeq(value, ",") {
		switch bare(code) {
		case outcomeSuccess:
			words = append(words, "success")
		case outcomeFailure, "8", "12":
			words = append(words, "failure")
		default:
			return &ParamError{"outcome", "outcomes are 0, 4, 8 and 12"}
		}
	}
	n, err := query.NewTerm("status", words...)
	if err != nil {
		return &ParamError{"outcome", "this value cannot be searched"}
	}
	*q = (*q).And(n)
	return nil
}

// action takes codes: C, R, U, D, E.
func action(q **query.Query, value string) error {
	var codes []string
	for code := range strings.SplitSeq(value, ",") {
		code = bare(code)
		if len(code) != 1 || !strings.Contains("CRUDE", code) {
			return &ParamError{"action", "actions are C, R, U, D and E"}
		}
		codes = append(codes, code)
	}
	*q = (*q).And(query.ActionsOf(codes...))
	return nil
}

// Bundle is a page of a search.
type Bundle struct {
	ResourceType string  `json:"resourceType"`
	Type         string  `json:"type"`
	Link         []Link  `json:"link"`
	Entry        []Entry `json:"entry,omitempty"`
}

// Link is another page.
type Link struct {
	Relation string `json:"relation"`
	URL      string `json:"url"`
}

// Entry is an event of a page.
type Entry struct {
	FullURL  string     `json:"fullUrl"`
	Resource AuditEvent `json:"resource"`
	Search   struct {
		Mode string `json:"mode"`
	} `json:"search"`
}

// DefaultCount is the number of events of a page.
const DefaultCount = 50

// maxCount is the most of them.
const maxCount = 1000

// Search answers a search. base is the URL of the FHIR endpoint, without a slash at
// the end.
func Search(ctx context.Context, svc *query.Service, q *query.Query, v url.Values, base string) (*Bundle, error) {
	if id := v.Get("_id"); id != "" {
		return byID(ctx, svc, v, id, base)
	}
	page := query.Page{Limit: DefaultCount, Cursor: v.Get("_cursor")}
	if text := v.Get("_count"); text != "" {
		n, err := strconv.ParseUint(text, 10, 31)
		if err != nil || n == 0 {
			return nil, &ParamError{"_count", "a number from 1 up"}
		}
		page.Limit = min(int(n), maxCount)
	}
	a, err := svc.Events(ctx, q, page)
	if err != nil {
		return nil, err
	}
	b := newBundle(v, base)
	for _, r := range a.Rows {
		b.add(Of(r), base)
	}
	if a.Next != "" {
		next := url.Values{}
		for name, values := range v {
			next[name] = values
		}
		next.Set("_cursor", a.Next)
		b.Link = append(b.Link, Link{"next", base + "/AuditEvent?" + next.Encode()})
	}
	return b, nil
}

func newBundle(v url.Values, base string) *Bundle {
	return &Bundle{ResourceType: "Bundle", Type: "searchset", Link: []Link{{"self", base + "/AuditEvent?" + v.Encode()}}}
}

func (b *Bundle) add(e AuditEvent, base string) {
	entry := Entry{FullURL: base + "/AuditEvent/" + e.ID, Resource: e}
	entry.Search.Mode = "match"
	b.Entry = append(b.Entry, entry)
}

func byID(ctx context.Context, svc *query.Service, v url.Values, id, base string) (*Bundle, error) {
	b := newBundle(v, base)
	e, err := Read(ctx, svc, id)
	if errors.Is(err, ErrNotFound) {
		return b, nil
	}
	if err != nil {
		return nil, err
	}
	b.add(*e, base)
	return b, nil
}

// Read finds the event of an id.
func Read(ctx context.Context, svc *query.Service, id string) (*AuditEvent, error) {
	at, no, is, ok := parseID(id)
	if !ok {
		return nil, ErrNotFound
	}
	n, err := query.NewTerm("record_no", fmt.Sprint(no))
	if err != nil {
		return nil, ErrNotFound
	}
	q := (&query.Query{}).And(n)
	q.Range(at, at.Add(time.Millisecond))
	a, err := svc.Events(ctx, q, query.Page{Limit: maxCount})
	if err != nil {
		return nil, err
	}
	for _, r := range a.Rows {
		if is(r) {
			e := Of(r)
			return &e, nil
		}
	}
	return nil, ErrNotFound
}
