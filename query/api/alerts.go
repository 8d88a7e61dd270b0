package api

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/scrubline/scrubline/detect/alert"
	"github.com/scrubline/scrubline/detect/book"
	"github.com/scrubline/scrubline/query"
)

var (
	errNoAlerts = errors.New("this server knows no alerts")
	errState    = errors.New("states are open, acknowledged and closed")
	errLevel    = errors.New("levels are informational, low, medium, high and critical")
	errOrder    = errors.New("orders are time and level")
	errNote     = errors.New(`send {"note": "…"}, of 4,000 characters at most; closing needs one`)
)

// alerted makes a handler that needs the book of alerts.
func (s *Server) alerted(answer func(*call, *book.Book) error) http.HandlerFunc {
	return s.query(func(c *call) error {
		if s.opt.Alerts == nil {
			return errNoAlerts
		}
		return answer(c, s.opt.Alerts)
	})
}

type alertsAnswer struct {
	Rows []book.AlertJSON `json:"rows"`
	More bool             `json:"more"`
	Next string           `json:"next,omitempty"`
}

// alerts serves GET /v1/alerts.
func alerts(c *call, b *book.Book) error {
	p := c.r.URL.Query()
	f := book.Filter{Sources: whoAsks(c.r).Scope.Sources, State: p.Get("state"), Least: p.Get("level"), Rule: p.Get("rule"), After: p.Get("cursor")}
	if f.State != "" && !slices.Contains([]string{book.Open, book.Acknowledged, book.Closed}, f.State) {
		return &paramError{"state", errState}
	}
	if f.Least != "" && !slices.Contains(alert.Levels, f.Least) {
		return &paramError{"level", errLevel}
	}
	switch p.Get("order") {
	case "", "time":
	case "level":
		f.Gravest = true
	default:
		return &paramError{"order", errOrder}
	}
	f.Suppressed, _ = strconv.ParseBool(p.Get("suppressed"))
	f.Drills, _ = strconv.ParseBool(p.Get("drills"))
	zone, err := c.zone()
	if err != nil {
		return err
	}
	if f.Since, f.Until, err = query.ParseRange(p.Get("since"), p.Get("until"), c.now, zone); err != nil {
		return &paramError{"since", err}
	}
	page, _, err := c.page()
	if err != nil {
		return err
	}
	f.Limit = min(max(page.Limit, 0), 1000)
	found, more, err := b.List(c.r.Context(), f)
	if err != nil {
		return err
	}
	c.audit(len(found), more)
	out := alertsAnswer{Rows: []book.AlertJSON{}, More: more}
	for _, a := range found {
		out.Rows = append(out.Rows, a.JSON())
	}
	if more {
		out.Next = found[len(found)-1].Cursor()
	}
	return c.answer(out)
}

type alertAnswer struct {
	book.AlertJSON
	Changes    []book.Change  `json:"changes"`
	Deliveries []deliveryJSON `json:"deliveries"`
}

type deliveryJSON struct {
	Route   string    `json:"route"`
	At      time.Time `json:"at"`
	Attempt uint32    `json:"attempt"`
	Status  string    `json:"status"`
	Code    string    `json:"code"`
}

// oneAlert serves GET /v1/alerts/{id}.
func oneAlert(c *call, b *book.Book) error {
	a, err := c.findAlert(b)
	if err != nil {
		return err
	}
	return c.alert(b, a)
}

// findAlert finds the alert that is asked for. One of a source that whoever asks may
// not see is not there; a correlation's is of no one source.
func (c *call) findAlert(b *book.Book) (*book.Alert, error) {
	a, err := b.Find(c.r.Context(), c.r.PathValue("id"))
	if sources := whoAsks(c.r).Scope.Sources; err == nil && len(sources) > 0 && !slices.Contains(sources, a.Source) {
		c.s.denied(c.r, pattern(c.r), whoAsks(c.r), errNotYours)
		err = book.ErrNoAlert
	}
	return a, err
}

// alert answers with an alert and what was done about it.
func (c *call) alert(b *book.Book, a *book.Alert) error {
	out := alertAnswer{AlertJSON: a.JSON(), Changes: []book.Change{}, Deliveries: []deliveryJSON{}}
	changes, err := b.Changes(c.r.Context(), a.ID)
	if err != nil {
		return err
	}
	sent, err := b.Deliveries(c.r.Context(), a.ID)
	if err != nil {
		return err
	}
	c.audit(1, false)
	out.Changes = append(out.Changes, changes...)
	for _, d := range sent {
		out.Deliveries = append(out.Deliveries, deliveryJSON{d.Route, d.At, d.Attempt, d.Status, d.Code})
	}
	return c.answer(out)
}

// setAlert serves POST /v1/alerts/{id}/ack and /close.
func setAlert(state string) func(*call, *book.Book) error {
	return func(c *call, b *book.Book) error {
		var body struct {
			Note string `json:"note"`
		}
		text, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, 32<<10))
		if err != nil || len(text) > 0 && json.Unmarshal(text, &body) != nil || len(body.Note) > 4000 || state == book.Closed && body.Note == "" {
			return &paramError{"note", errNote}
		}
		ctx := c.r.Context()
		a, err := c.findAlert(b)
		if err != nil {
			return err
		}
		if err := b.Set(ctx, a.ID, book.Change{At: time.Now(), State: state, Who: whoAsks(c.r).String(), Note: body.Note}); err != nil {
			return err
		}
		if a, err = b.Find(ctx, a.ID); err != nil {
			return err
		}
		return c.alert(b, a)
	}
}

// alertRoutes serves GET /v1/alerts/routes.
func alertRoutes(c *call, b *book.Book) error {
	health, err := c.s.opt.Routes(c.r.Context())
	if err != nil {
		return err
	}
	c.audit(len(health), false)
	return c.answer(struct {
		Rows []book.Health `json:"rows"`
	}{health})
}
