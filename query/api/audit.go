package api

import (
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/scrubline/scrubline/query/audit"
	"github.com/scrubline/scrubline/query/identity"
)

// errNotRecorded means that a question could not be put on record.
var errNotRecorded = errors.New("this cannot be put on record now, so it is not answered")

// actions are what routes do that are no questions.
var actions = map[string]audit.Action{
	"GET /v1/complete":           audit.Complete,
	"POST /v1/exports":           audit.Export,
	"DELETE /v1/exports/{id}":    audit.Change,
	"GET /v1/exports/{id}/file":  audit.Download,
	"GET /v1/packs/{id}/file":    audit.Download,
	"GET /v1/reports/{id}":       audit.Report,
	"POST /v1/packs":             audit.Pack,
	"POST /v1/alerts/{id}/ack":   audit.Ack,
	"POST /v1/alerts/{id}/close": audit.Close,

	"POST /v1/reveals":              audit.AskReveal,
	"POST /v1/reveals/{id}/approve": audit.ApproveReveal,
	"DELETE /v1/reveals/{id}":       audit.EndReveal,
	"POST /v1/reveals/{id}/open":    audit.Revealed,
}

// entryOf is what is on record of a request, whatever becomes of it.
func entryOf(r *http.Request) audit.Entry {
	e := audit.Entry{Method: r.Method, Request: requestID(r), Outcome: audit.OK}.By(r.Context())
	if from, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		e.Address = from.Addr().Unmap().WithZone("").String()
	}
	e.Route = strings.NewReplacer("{$}", "", "{", ":", "}", "").Replace(pattern(r))
	if e.Action = actions[r.Pattern]; e.Action == "" {
		e.Action = audit.Query
	}
	return e
}

// entry is what is on record of a call so far.
func (c *call) entry() audit.Entry {
	e := entryOf(c.r)
	if c.action != "" {
		e.Action = c.action
	}
	if c.reason != "" {
		e.Reason = c.reason
	}
	e = e.With(c.people...)
	e.Tokens = c.tokens
	e.Asked, e.Rows, e.Bytes, e.More, e.Took = c.shape, c.rows, c.bytes, c.further, time.Since(c.started).Microseconds()
	return e
}

// record makes an entry durable.
func (s *Server) record(e audit.Entry) error {
	err := s.opt.Audit.Append(e)
	if err != nil {
		s.metrics.unrecorded.Inc()
		s.opt.Log.Error().Str("request", e.Request).Err(err).Msg("the audit log cannot be written")
		return errNotRecorded
	}
	return nil
}

// gate lets an answer pass when it is on record: not a byte of it leaves before. It
// has no Unwrap, for what it wraps would let everything pass.
type gate struct {
	http.ResponseWriter
	c      *call
	bare   http.Header // what the answer's head was before anybody answered
	passed bool
	err    error // why nothing may pass
}

func newGate(w http.ResponseWriter, c *call) *gate {
	return &gate{ResponseWriter: w, c: c, bare: w.Header().Clone()}
}

// pass puts the answer on record.
func (g *gate) pass(status int) error {
	if g.passed || g.err != nil {
		return g.err
	}
	e := g.c.entry()
	e.Status = status
	if g.c.outcome != "" {
		e.Outcome = g.c.outcome
	}
	switch {
	case g.c.streams && e.Outcome == audit.OK:
		e.Phase = audit.Begin
	case g.c.changes:
		e.Phase = audit.End
	}
	if g.err = g.c.s.record(e); g.err == nil {
		g.passed = true
	}
	return g.err
}

// begin puts on record that something is about to be changed.
func (g *gate) begin() error {
	e := g.c.entry()
	e.Phase = audit.Begin
	g.err = g.c.s.record(e)
	return g.err
}

// end puts on record what came of a stream; before, it cannot look finished.
func (g *gate) end() error {
	e := g.c.entry()
	e.Phase, e.Outcome = audit.End, g.c.outcome
	return g.c.s.record(e)
}

// WriteHeader implements http.ResponseWriter.
func (g *gate) WriteHeader(status int) {
	if g.pass(status) == nil {
		g.ResponseWriter.WriteHeader(status)
	}
}

// Write implements http.ResponseWriter.
func (g *gate) Write(b []byte) (int, error) {
	if err := g.pass(http.StatusOK); err != nil {
		return 0, err
	}
	return g.ResponseWriter.Write(b)
}

// FlushError and SetWriteDeadline are for http.ResponseController.
func (g *gate) FlushError() error {
	if err := g.pass(http.StatusOK); err != nil {
		return err
	}
	return http.NewResponseController(g.ResponseWriter).Flush()
}

// SetWriteDeadline sets the time limit of the connection.
func (g *gate) SetWriteDeadline(t time.Time) error {
	return http.NewResponseController(g.ResponseWriter).SetWriteDeadline(t)
}

// shut answers in place of what may not pass.
func (g *gate) shut() {
	h := g.Header()
	clear(h)
	for name, values := range g.bare {
		h[name] = values
	}
	g.c.refuse(g.ResponseWriter, g.c.r, problemOf(g.err))
}

// strangers bounds how many entries those make whom nobody knows: the archive keeps
// what they write for years.
type strangers struct {
	mu      sync.Mutex
	rate    *rate.Limiter
	leftOut int // since the last entry
}

func newStrangers() *strangers { return &strangers{rate: rate.NewLimiter(1, 100)} }

// take says whether an entry may be made, and how many were not since the last one.
func (s *strangers) take(now time.Time) (leftOut int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.rate.AllowN(now, 1) {
		s.leftOut++
		return 0, false
	}
	leftOut, s.leftOut = s.leftOut, 0
	return leftOut, true
}

// note puts on record what p did or was kept from, where nothing follows from it
// that has to wait.
func (s *Server) note(r *http.Request, p identity.Principal, action audit.Action, outcome string) {
	e := entryOf(r.WithContext(identity.With(r.Context(), p)))
	e.Action, e.Outcome = action, outcome
	if p.Subject == "" {
		var ok bool
		if e.LeftOut, ok = s.strangers.take(s.opt.Now()); !ok {
			return
		}
	}
	_ = s.record(e) // it is in the server's log too
}
