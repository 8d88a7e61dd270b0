package api

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"github.com/scrubline/scrubline/query"
	"github.com/scrubline/scrubline/query/audit"
)

// call is one query on its way: what is known about it for the audit log.
type call struct {
	s       *Server
	w       http.ResponseWriter
	r       *http.Request
	started time.Time
	now     time.Time
	shape   string // the question, raw identifiers as tokens
	rows    int
	bytes   int64        // of the file that is taken away
	further bool         // there are more rows than these
	action  audit.Action // "": the route's
	outcome string       // of what is answered; "": it is no error
	streams bool         // how many rows there are is known at the end only
	changes bool         // something is changed
	sent    bool         // the answer has begun, an error can no longer be told
	status  int          // of a good answer; 0: 200
	reason  string       // what it is done for; "": what whoever asks gave
	people  []string     // of what takes two
	tokens  []string     // that it touched; nil: those in shape
	refuse  func(http.ResponseWriter, *http.Request, problem)
}

// query makes a handler of a function that answers one query. The function
// writes nothing before it called audit; what it writes passes when it is on record.
func (s *Server) query(answer func(*call) error) http.HandlerFunc { return s.limited(s.slots, answer) }

// limited is query with slots of its own.
func (s *Server) limited(slots *slots, answer func(*call) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c := &call{s: s, r: r, started: time.Now(), now: s.opt.Now(), refuse: writeProblem, changes: r.Method != http.MethodGet && r.Method != http.MethodHead}
		g := newGate(w, c)
		c.w = g
		returned := false
		defer func() {
			if !returned && !g.passed { // it panics
				c.outcome = "internal"
				_ = g.end()
			}
		}()
		var err error
		if c.changes {
			err = g.begin()
		}
		if err == nil {
			err = c.run(slots, answer)
		}
		if err == nil && !g.passed {
			g.WriteHeader(http.StatusOK)
		}
		if g.err != nil { // whatever else went wrong
			err, c.sent = g.err, false
		}
		c.outcome = audit.OK
		if err != nil {
			p := problemOf(err)
			c.outcome = p.Kind
			c.line(s.opt.Log.Warn(), c.outcome).Msg("query refused")
			if p.Status == http.StatusInternalServerError {
				// Errors of this package's own making carry codes, never data.
				s.opt.Log.Error().Str("request", requestID(r)).Err(err).Msg("answering query")
			}
			if !c.sent && g.err == nil {
				c.refuse(g, r, p)
			}
			if g.err != nil {
				g.shut()
			}
		}
		if c.streams && c.sent {
			if e := g.end(); err == nil {
				err = e
			}
		}
		returned = true
		s.metrics.done(pattern(r), c.outcome, c.rows, time.Since(c.started))
		if err != nil && c.sent {
			// A cut connection is the only way left to say that rows are missing.
			panic(http.ErrAbortHandler)
		}
	}
}

// waitTime is how long a query waits for others to end before it is told to come
// again.
const waitTime = 10 * time.Second

func (c *call) run(slots *slots, answer func(*call) error) error {
	release, err := slots.take(c.r.Context(), whoAsks(c.r).Subject)
	if err != nil {
		return err
	}
	defer release()
	c.s.metrics.running.Inc()
	defer c.s.metrics.running.Dec()
	return answer(c)
}

// audit says what the answer is, and writes the line about the query; call it before
// the answer leaves. The gate puts it on record.
func (c *call) audit(rows int, more bool) {
	c.rows, c.further = rows, more
	c.line(c.s.opt.Log.Info(), "ok").Bool("more", more).Msg("query")
}

// pattern is the route of a request: a fixed set, whatever is asked for.
func pattern(r *http.Request) string {
	_, path, _ := strings.Cut(r.Pattern, " ")
	return path
}

func (c *call) line(e *zerolog.Event, outcome string) *zerolog.Event {
	return e.Str("audit", "query").Str("request", requestID(c.r)).Str("who", whoAsks(c.r).Subject).Str("role", string(whoAsks(c.r).Role)).Str("from", c.r.RemoteAddr).
		Str("route", pattern(c.r)).Str("filter", c.shape).Str("outcome", outcome).Int("rows", c.rows).
		Dur("took_ms", time.Since(c.started))
}

// question reads q, since, until and tz.
func (c *call) question() (*query.Query, error) {
	zone, err := c.zone()
	if err != nil {
		return nil, err
	}
	p := c.r.URL.Query()
	q, err := query.Parse(p.Get("q"), c.now, zone)
	if err != nil {
		return nil, &paramError{"q", err}
	}
	since, until, err := query.ParseRange(p.Get("since"), p.Get("until"), c.now, zone)
	if err != nil {
		name := "since"
		if _, _, sinceErr := query.ParseRange(p.Get("since"), "", c.now, zone); sinceErr == nil {
			name = "until"
		}
		return nil, &paramError{name, err}
	}
	q.Range(since, until)
	c.shape = q.Shape(c.s.opt.Tokens)
	return q, nil
}

var errZone = errors.New("this is no time zone this machine knows; write America/New_York, or UTC")

func (c *call) zone() (*time.Location, error) {
	name := c.r.URL.Query().Get("tz")
	if len(name) > 64 || name == "Local" {
		return nil, &paramError{"tz", errZone}
	}
	zone, err := time.LoadLocation(name) // "" is UTC
	if err != nil {
		return nil, &paramError{"tz", errZone}
	}
	return zone, nil
}

var errLimit = errors.New("the limit is a number from 1 up")

// page reads limit and cursor. given says whether there was either.
func (c *call) page() (page query.Page, given bool, err error) {
	p := c.r.URL.Query()
	page.Cursor = p.Get("cursor")
	if text := p.Get("limit"); text != "" {
		n, err := strconv.ParseUint(text, 10, 31)
		if err != nil || n == 0 {
			return page, true, &paramError{"limit", errLimit}
		}
		page.Limit = int(n)
		given = true
	}
	return page, given || page.Cursor != "", nil
}
