package api

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"

	"github.com/scrubline/scrubline/query/identity"
	"github.com/scrubline/scrubline/query/reveal"
)

var (
	errNoReveals = errors.New("this server reveals nothing: quarantine.reveal is off")
	errBody      = errors.New(`send a JSON object as /openapi.json describes it`)
)

// revealed makes a handler that needs the book of reveals.
func (s *Server) revealed(answer func(*call, *reveal.Book) error) http.HandlerFunc {
	return s.query(func(c *call) error {
		if s.opt.Reveals == nil {
			return errNoReveals
		}
		err := answer(c, s.opt.Reveals)
		if revealDenied(err) {
			s.denied(c.r, pattern(c.r), whoAsks(c.r), err)
		}
		return err
	})
}

// body reads a request's body, which has these members and no other.
func (c *call) body(v any) error {
	d := json.NewDecoder(c.r.Body)
	d.DisallowUnknownFields()
	if d.Decode(v) != nil || d.Decode(&struct{}{}) != io.EOF {
		return &paramError{"body", errBody}
	}
	return nil
}

// listReveals serves GET /v1/reveals.
func listReveals(c *call, b *reveal.Book) error {
	list := b.List(whoAsks(c.r))
	c.audit(len(list), false)
	return c.answer(struct {
		Rows []reveal.Request `json:"rows"`
	}{list})
}

// told answers with a request, which stands in the record of the call.
func (c *call) told(r reveal.Request) error {
	c.about(r)
	c.audit(0, false)
	return c.answer(r)
}

// about says in the record which request it is, and of whom.
func (c *call) about(r reveal.Request) {
	if r.ID == "" {
		return
	}
	c.shape, c.reason = "reveal "+r.ID, r.Reason
	for _, k := range r.Records {
		c.shape += " quarantine:" + k.Entry
	}
	c.people = []string{r.By.Person}
	if r.Approver != nil {
		c.people = append(c.people, r.Approver.Person)
	}
}

// askReveal serves POST /v1/reveals: of tombstones that whoever asks may see.
func askReveal(c *call, b *reveal.Book) error {
	var body struct {
		Records []struct {
			Batch  string `json:"batch"`
			Record uint64 `json:"record_no"`
		} `json:"records"`
		Reason  string `json:"reason"`
		Minutes int    `json:"minutes"`
	}
	if err := c.body(&body); err != nil {
		return err
	}
	var records []reveal.Record
	for _, r := range body.Records[:min(len(body.Records), reveal.MaxRecords+1)] {
		if err := c.sees(r.Batch, r.Record, "tombstone"); err != nil {
			return err
		}
		records = append(records, reveal.Record{Batch: r.Batch, Record: r.Record})
	}
	r, err := b.Ask(c.r.Context(), whoAsks(c.r), records, body.Reason, body.Minutes)
	if err != nil {
		return err
	}
	c.w.Header().Set("Location", "/v1/reveals/"+r.ID)
	c.status = http.StatusCreated
	return c.told(r)
}

// changeReveal makes a handler of one request's reading, approval or end.
func changeReveal(change func(*reveal.Book, identity.Principal, string) (reveal.Request, error)) func(*call, *reveal.Book) error {
	return func(c *call, b *reveal.Book) error {
		c.shape = "reveal" // an id that is none may hold anything
		r, err := change(b, whoAsks(c.r), c.r.PathValue("id"))
		if err != nil {
			c.about(r)
			return err
		}
		return c.told(r)
	}
}

// openReveal serves POST /v1/reveals/{id}/open: one record, raw. It is on record, with
// both people and the tokens of what stands in it, before a byte leaves.
func openReveal(c *call, b *reveal.Book) error {
	var body struct {
		Entry string `json:"entry"`
	}
	c.shape = "reveal"
	if err := c.body(&body); err != nil {
		return err
	}
	r, o, err := b.Open(c.r.Context(), whoAsks(c.r), c.r.PathValue("id"), body.Entry)
	c.about(r)
	if err != nil {
		return err
	}
	defer clear(o.Raw)
	c.shape = "reveal " + r.ID + " quarantine:" + body.Entry
	c.tokens = append([]string{}, o.Tokens...)
	at := slices.IndexFunc(r.Records, func(k reveal.Record) bool { return k.Entry == body.Entry })
	c.audit(1, false)
	answer, err := json.Marshal(struct {
		Request string        `json:"request"`
		Record  reveal.Record `json:"record"`
		Cut     bool          `json:"cut"`
		Raw     []byte        `json:"raw"` // base64
	}{r.ID, r.Records[at], o.Cut, o.Raw})
	if err != nil {
		return err
	}
	defer clear(answer)
	c.w.Header().Set("Content-Length", strconv.Itoa(len(answer)+1))
	return c.writeJSON(answer)
}

// revealDenied reports whether somebody was kept from what is not theirs to do.
func revealDenied(err error) bool {
	return slices.ContainsFunc([]error{reveal.ErrNotFound, reveal.ErrSamePerson, reveal.ErrTwoTokens, reveal.ErrStrangers, reveal.ErrNoPerson, reveal.ErrNotYours, reveal.ErrVoid},
		func(e error) bool { return errors.Is(err, e) })
}

// revealProblem is the part of problemOf about reveals; ok false for other errors.
func revealProblem(err error) (problem, bool) {
	is := func(list ...error) bool {
		return slices.ContainsFunc(list, func(e error) bool { return errors.Is(err, e) })
	}
	switch {
	case is(errNoReveals, reveal.ErrNotFound, reveal.ErrNoRecord):
		return problem{Status: http.StatusNotFound, Kind: "not-found", Detail: err.Error()}, true
	case is(reveal.ErrAsk):
		return problem{Status: http.StatusBadRequest, Kind: "bad-parameter", Param: "body", Detail: reveal.ErrAsk.Error()}, true
	case is(reveal.ErrState, reveal.ErrSpent):
		return problem{Status: http.StatusConflict, Kind: "not-open", Detail: err.Error()}, true
	case is(reveal.ErrTooOften):
		return problem{Status: http.StatusTooManyRequests, Kind: "too-many", Detail: reveal.ErrTooOften.Error()}, true
	case revealDenied(err):
		return problem{Status: http.StatusForbidden, Kind: "forbidden", Detail: err.Error()}, true
	}
	return problem{}, false
}
