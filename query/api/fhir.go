package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/scrubline/scrubline/query"
	"github.com/scrubline/scrubline/query/fhir"
)

const fhirMedia = "application/fhir+json"

// fhirBase is the URL of the FHIR endpoint, as the asker reached it.
func fhirBase(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host + "/fhir"
}

// issues are the codes of FHIR for kinds of problems:
// http://hl7.org/fhir/ValueSet/issue-type.
var issues = map[string]string{"bad-parameter": "invalid", "bad-query": "invalid", "no-token-key": "processing", "too-slow": "too-costly",
	"too-large": "too-costly", "busy": "throttled", "not-recorded": "transient", "store": "transient", "not-found": "not-found"}

// refuseFHIR writes a problem as an OperationOutcome.
func refuseFHIR(w http.ResponseWriter, _ *http.Request, p problem) {
	code := issues[p.Kind]
	if code == "" {
		code = "exception"
	}
	b, err := json.Marshal(fhir.Outcome(code, p.Detail))
	if err != nil {
		b = nil // a map of strings always marshals
	}
	w.Header().Set("Content-Type", fhirMedia)
	w.WriteHeader(p.Status)
	_, _ = w.Write(b)
}

// fhirQuery makes a handler whose errors are OperationOutcomes.
func (s *Server) fhirQuery(answer func(*call) error) http.HandlerFunc {
	return s.query(func(c *call) error {
		c.refuse = refuseFHIR
		return answer(c)
	})
}

// searchFHIR serves GET /fhir/AuditEvent.
func (s *Server) searchFHIR(c *call) error {
	v := c.r.URL.Query()
	q, err := fhir.Query(v, c.now)
	if err != nil {
		return fhirError(err)
	}
	c.shape = q.Shape(s.opt.Tokens)
	b, err := fhir.Search(c.r.Context(), s.opt.Service, q, v, fhirBase(c.r))
	if err != nil {
		return fhirError(err)
	}
	c.audit(len(b.Entry), len(b.Link) > 1)
	return c.fhir(b)
}

// readFHIR serves GET /fhir/AuditEvent/{id}.
func (s *Server) readFHIR(c *call) error {
	e, err := fhir.Read(c.r.Context(), s.opt.Service, c.r.PathValue("id"))
	if err != nil {
		return err
	}
	c.audit(1, false)
	return c.fhir(e)
}

// capability serves GET /fhir/metadata, to anybody, as FHIR asks.
func (s *Server) capability(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", fhirMedia)
	_, _ = w.Write(appendJSON(fhir.Capability(fhirBase(r), "Scrubline", s.opt.Now()))(nil))
}

// fhirError makes a parameter's error one of the API's.
func fhirError(err error) error {
	if pe, ok := errors.AsType[*fhir.ParamError](err); ok {
		return &paramError{pe.Param, errors.New(pe.Text)}
	}
	if errors.Is(err, query.ErrBadCursor) {
		return &paramError{"_cursor", err}
	}
	return err
}

// fhir sends a resource.
func (c *call) fhir(v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encoding answer: %w", err)
	}
	c.w.Header().Set("Content-Type", fhirMedia)
	c.sent = true
	if _, err := c.w.Write(body); err != nil {
		return errGone
	}
	return nil
}
