package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/scrubline/scrubline/query"
)

// maxTails is how many may follow at a time: each looks at the store every second.
const maxTails = 8

// tail serves GET /v1/tail: server-sent events
// (https://html.spec.whatwg.org/multipage/server-sent-events.html), a row each.
func (s *Server) tail(c *call) error {
	q, err := c.question()
	if err != nil {
		return err
	}
	if _, err := s.opt.Service.ShownColumns(c.r.Context(), q); err != nil {
		return err // as long as it can be told by a status
	}
	ctx, cancel := context.WithCancel(c.r.Context())
	defer cancel()
	defer context.AfterFunc(s.ending, cancel)()
	h := c.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // a proxy must not wait for more
	c.streams = true
	c.audit(0, true)
	c.sent = true
	c.w.WriteHeader(http.StatusOK)
	send := func(format string, args ...any) error {
		rc := http.NewResponseController(c.w)
		_ = rc.SetWriteDeadline(time.Now().Add(writeTime)) // what cannot be set is not limited either
		if _, err := fmt.Fprintf(c.w, format, args...); err != nil {
			return errGone
		}
		if err := rc.Flush(); err != nil {
			return errGone
		}
		return nil
	}
	if err := send("retry: 5000\n\n"); err != nil {
		return nil
	}
	err = s.opt.Service.Tail(ctx, q, c.now, func(r *query.Row) error {
		if err := s.still(c.r); err != nil {
			return err
		}
		c.rows++
		return send("event: row\ndata: %s\n\n", r.AppendJSON(nil))
	}, func() error {
		if err := s.still(c.r); err != nil {
			return err
		}
		return send(": nothing new\n\n")
	})
	if err != nil && ctx.Err() == nil {
		p := problemOf(err)
		_ = send("event: end\ndata: %s\n\n", appendJSON(struct {
			Detail string `json:"detail"`
		}{p.Detail})(nil)) // whoever went away does not hear it
	}
	c.line(s.opt.Log.Info(), "ok").Msg("tail ended")
	return nil
}
