package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/scrubline/scrubline/detect/book"
	"github.com/scrubline/scrubline/query"
	"github.com/scrubline/scrubline/query/export"
	"github.com/scrubline/scrubline/query/fhir"
)

// problem is an answer that is an error: RFC 9457.
type problem struct {
	Type     string `json:"type"`
	Title    string `json:"title"`
	Status   int    `json:"status"`
	Detail   string `json:"detail"`
	Instance string `json:"instance"`            // the request's id
	Param    string `json:"parameter,omitempty"` // the query parameter that is wrong
	Position *int   `json:"position,omitempty"`  // character in it, from 0
	Length   int    `json:"length,omitempty"`
	Near     string `json:"did_you_mean,omitempty"`

	Kind string `json:"-"`
}

func writeProblem(w http.ResponseWriter, r *http.Request, p problem) {
	p.Type = "urn:scrubline:problem:" + p.Kind
	p.Title = http.StatusText(p.Status)
	p.Instance = "urn:scrubline:request:" + requestID(r)
	b, err := json.Marshal(p)
	if err != nil {
		b = nil // a struct of strings always marshals
	}
	w.Header().Set("Content-Type", "application/problem+json")
	switch p.Status {
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "2")
	case http.StatusTooManyRequests:
		w.Header().Set("Retry-After", "60")
	}
	w.WriteHeader(p.Status)
	_, _ = w.Write(b)
}

// paramError is an error in the value of a query parameter.
type paramError struct {
	param string
	err   error
}

func (e *paramError) Error() string { return e.param + ": " + e.err.Error() }
func (e *paramError) Unwrap() error { return e.err }

var errBusy = errors.New("too many queries at a time; try again in a moment")

// problemOf turns an error into what the asker may know about it.
func problemOf(err error) problem {
	if p, ok := reportProblem(err); ok {
		return p
	}
	p := problem{Status: http.StatusBadRequest, Kind: "bad-parameter"}
	if pe, ok := errors.AsType[*paramError](err); ok {
		p.Param, p.Detail = pe.param, pe.err.Error()
	}
	if own, ok := statementProblem(err); ok {
		return own
	}
	if own, ok := sealProblem(err); ok {
		return own
	}
	if own, ok := revealProblem(err); ok {
		return own
	}
	var syntax *query.SyntaxError
	var hidden *query.HiddenError
	switch {
	case errors.As(err, &syntax):
		p.Kind, p.Detail = "bad-query", syntax.Message
		p.Position, p.Length, p.Near = &syntax.Pos, syntax.Len, syntax.Near
	case p.Param != "":
	case errors.Is(err, query.ErrBadCursor):
		p.Param, p.Detail = "cursor", query.ErrBadCursor.Error()
	case errors.Is(err, query.ErrAccessQuery):
		p.Detail = query.ErrAccessQuery.Error()
	case errors.Is(err, query.ErrBy):
		p.Param, p.Detail = "by", query.ErrBy.Error()
	case errors.Is(err, query.ErrNobody), errors.Is(err, query.ErrTenant), errors.Is(err, errEnded):
		p.Status, p.Kind, p.Detail = http.StatusForbidden, "forbidden", err.Error()
	case errors.As(err, &hidden):
		p.Status, p.Kind, p.Detail = http.StatusForbidden, "hidden-field", hidden.Error()
	case errors.Is(err, query.ErrNoTokens):
		p.Status, p.Kind = http.StatusUnprocessableEntity, "no-token-key"
		p.Detail = "no token key is at hand to search this patient number with; it is stored nowhere in clear"
	case errors.Is(err, query.ErrTimeout), errors.Is(err, context.DeadlineExceeded):
		p.Status, p.Kind, p.Detail = http.StatusUnprocessableEntity, "too-slow", query.ErrTimeout.Error()
	case errors.Is(err, query.ErrTooLarge):
		p.Status, p.Kind, p.Detail = http.StatusUnprocessableEntity, "too-large", query.ErrTooLarge.Error()
	case errors.Is(err, book.ErrBadCursor):
		p.Param, p.Detail = "cursor", err.Error()
	case errors.Is(err, export.ErrNotFound), errors.Is(err, errNoExports), errors.Is(err, book.ErrNoAlert), errors.Is(err, errNoAlerts), errors.Is(err, fhir.ErrNotFound), errors.Is(err, query.ErrNoReader):
		p.Status, p.Kind, p.Detail = http.StatusNotFound, "not-found", err.Error()
	case errors.Is(err, export.ErrNotDone):
		p.Status, p.Kind, p.Detail = http.StatusConflict, "not-done", err.Error()
	case errors.Is(err, export.ErrTooMany):
		p.Status, p.Kind, p.Detail = http.StatusServiceUnavailable, "busy", err.Error()
	case errors.Is(err, errBusy):
		p.Status, p.Kind, p.Detail = http.StatusServiceUnavailable, "busy", errBusy.Error()
	case errors.Is(err, errMine):
		p.Status, p.Kind, p.Detail = http.StatusTooManyRequests, "too-many", errMine.Error()
	case errors.Is(err, errNotRecorded):
		p.Status, p.Kind, p.Detail = http.StatusServiceUnavailable, "not-recorded", errNotRecorded.Error()
	case errors.Is(err, query.ErrUnavailable):
		p.Status, p.Kind, p.Detail = http.StatusServiceUnavailable, "store", query.ErrUnavailable.Error()
	default:
		p.Status, p.Kind, p.Detail = http.StatusInternalServerError, "internal", "something went wrong here; the log has it under this request id"
	}
	return p
}
