package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/scrubline/scrubline/query"
)

// SealLog is what the API tells of the archive's signed log, which questions are not
// read from.
type SealLog interface {
	// Prove returns the proof file of a row: ErrNoRow, ErrNotSealed, ErrDamaged.
	Prove(ctx context.Context, batch string, record uint64) (json.RawMessage, error)
	// Holds returns the legal holds in the order in which they were placed.
	Holds(ctx context.Context) ([]Hold, error)
	// Key is the public key in force, the text of archive.pub; "" before there is one.
	Key() string
}

// Hold is a legal hold.
type Hold struct {
	Name     string     `json:"hold"`
	Matter   string     `json:"matter"`
	By       string     `json:"by"`
	Query    string     `json:"query"` // keyed hash of what was asked
	Placed   time.Time  `json:"placed"`
	Released *time.Time `json:"released,omitempty"`
	Reason   string     `json:"reason,omitempty"` // of the release
	Objects  int        `json:"objects"`
}

// Errors of a SealLog.
var (
	ErrNoRow     = errors.New("there is no such row, or it may not be seen")
	ErrNotSealed = errors.New("the object with this row is not sealed yet: that takes a minute at most")
	ErrDamaged   = errors.New("the archive is not as it was sealed here: run scrubline archive verify")
)

var (
	errNoSealLog = errors.New("this server has no archive at hand")
	errRecord    = errors.New("a record is a number from 0 up")
)

// sealed makes a handler that needs the archive's log.
func (s *Server) sealed(answer func(*call, SealLog) error) http.HandlerFunc {
	return s.query(func(c *call) error {
		if s.opt.SealLog == nil {
			return errNoSealLog
		}
		return answer(c, s.opt.SealLog)
	})
}

// proof serves GET /v1/archive/proofs: the proof file of one row, of those that
// whoever asks may see.
func proof(c *call, log SealLog) error {
	p := c.r.URL.Query()
	record, err := strconv.ParseUint(p.Get("record"), 10, 64)
	if err != nil {
		return &paramError{"record", errRecord}
	}
	if err := c.sees(p.Get("batch"), record, ""); err != nil {
		return err
	}
	got, err := log.Prove(c.r.Context(), p.Get("batch"), record)
	if err != nil {
		return err
	}
	c.audit(1, false)
	return c.answer(got)
}

// sees returns ErrNoRow unless the row is one of those that whoever asks may see, and of
// a kind, if one is given.
func (c *call) sees(batch string, record uint64, kind string) error {
	q := &query.Query{}
	for name, value := range map[string]string{"batch": batch, "record_no": strconv.FormatUint(record, 10), "kind": kind} {
		if value == "" && name == "kind" {
			continue
		}
		term, err := query.NewTerm(name, value)
		if err != nil {
			return ErrNoRow
		}
		q = q.And(term)
	}
	c.shape = q.Shape(c.s.opt.Tokens)
	a, err := c.s.opt.Service.Events(c.r.Context(), q, query.Page{Limit: 1})
	if err == nil && len(a.Rows) == 0 {
		return ErrNoRow
	}
	return err
}

// holds serves GET /v1/archive/holds.
func holds(c *call, log SealLog) error {
	list, err := log.Holds(c.r.Context())
	if err != nil {
		return err
	}
	c.audit(len(list), false)
	return c.answer(struct {
		Rows []Hold `json:"rows"`
	}{append([]Hold{}, list...)})
}

// sealKey serves GET /v1/archive/key.
func sealKey(c *call, log SealLog) error {
	key := log.Key()
	if key == "" {
		return errNoSealLog
	}
	c.audit(0, false)
	return c.answer(struct {
		Key string `json:"key"`
	}{key})
}

// sealProblem is what may be said of an error of the archive's log.
func sealProblem(err error) (problem, bool) {
	switch {
	case errors.Is(err, errNoSealLog), errors.Is(err, ErrNoRow):
		return problem{Status: http.StatusNotFound, Kind: "not-found", Detail: err.Error()}, true
	case errors.Is(err, ErrNotSealed):
		return problem{Status: http.StatusConflict, Kind: "not-sealed", Detail: ErrNotSealed.Error()}, true
	case errors.Is(err, ErrDamaged):
		return problem{Status: http.StatusConflict, Kind: "damaged", Detail: ErrDamaged.Error()}, true
	}
	return problem{}, false
}
