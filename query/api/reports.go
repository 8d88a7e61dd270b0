package api

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/scrubline/scrubline/query"
	"github.com/scrubline/scrubline/query/identity"
	"github.com/scrubline/scrubline/query/reports"
)

var (
	errNoReports    = errors.New("this server makes no reports")
	errNoReport     = errors.New("there is no such report; /v1/reports lists them")
	errPeriod       = errors.New("a report needs both ends of its period")
	errReportFormat = errors.New("formats are json, " + strings.Join(reports.Formats, ", "))
)

// reportError says why a report cannot be made of what was asked.
type reportError struct{ why string }

func (e *reportError) Error() string { return "the report was not made: " + e.why }

// reported makes a handler that needs the desk of reports.
func (s *Server) reported(answer func(*call, *reports.Desk) error) http.HandlerFunc {
	return s.query(func(c *call) error {
		if s.opt.Reports == nil {
			return errNoReports
		}
		return answer(c, s.opt.Reports)
	})
}

// listReports serves GET /v1/reports.
func listReports(c *call, _ *reports.Desk) error {
	list := []reports.Description{}
	for _, d := range reports.All() {
		list = append(list, reports.Describe(d))
	}
	c.audit(len(list), false)
	return c.answer(struct {
		Rows    []reports.Description `json:"rows"`
		NotMade []reports.Absent      `json:"not_made"`
	}{list, reports.NotMade()})
}

// request reads what a report or a pack is about.
func (c *call) request() (reports.Request, error) {
	zone, err := c.zone()
	if err != nil {
		return reports.Request{}, err
	}
	p := c.r.URL.Query()
	for _, name := range []string{"since", "until"} {
		if p.Get(name) == "" {
			return reports.Request{}, &paramError{name, errPeriod}
		}
	}
	who := whoAsks(c.r)
	req := reports.Request{Zone: zone, By: who.String(), Owner: who.Subject, Reason: cmp.Or(p.Get("reason"), who.Reason), Patient: p.Get("patient"), User: p.Get("actor")}
	if req.From, req.Until, err = query.ParseRange(p.Get("since"), p.Get("until"), c.now, zone); err != nil {
		return req, &paramError{"until", err}
	}
	return req, nil
}

var reportMedia = map[string]string{
	"json": "application/json", "ndjson": "application/x-ndjson", "csv": "text/csv; charset=utf-8; header=present", "pdf": "application/pdf",
	"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

// oneReport serves GET /v1/reports/{id}.
func oneReport(c *call, desk *reports.Desk) error {
	d := reports.ByID(c.r.PathValue("id"))
	if d == nil {
		return errNoReport
	}
	c.shape = "report " + d.ID
	req, err := c.request()
	if err != nil {
		return err
	}
	c.shape += " " + query.ShapeSubjects(c.s.opt.Tokens, query.Subject{Patient: req.Patient}, query.Subject{Actor: req.User})
	format := c.r.URL.Query().Get("format")
	if format == "" {
		format = "json"
	}
	if reportMedia[format] == "" {
		return &paramError{"format", errReportFormat}
	}
	r, err := desk.Make(c.r.Context(), d, req, format, &reportBody{c: c, format: format, name: d.ID + "-" + d.Name + "." + format})
	if err != nil {
		return err
	}
	c.rows = int(r.Rows)
	if r.NotRun != "" {
		return &reportError{r.NotRun}
	}
	return nil
}

// reportBody sends the head of the answer when the first byte of the report comes:
// until then a problem can be told instead.
type reportBody struct {
	c            *call
	format, name string
	to           *patient
}

func (b *reportBody) Write(p []byte) (int, error) {
	if b.to == nil {
		b.c.streams = true
		b.c.audit(0, false)
		h := b.c.w.Header()
		h.Set("Content-Type", reportMedia[b.format])
		if b.format != "json" {
			h.Set("Content-Disposition", `attachment; filename="`+b.name+`"`)
		}
		b.c.sent = true
		b.c.w.WriteHeader(http.StatusOK)
		b.to = &patient{ResponseWriter: b.c.w}
	}
	n, err := b.to.Write(p)
	if err != nil {
		return n, errGone
	}
	return n, nil
}

// startPack serves POST /v1/packs.
func startPack(c *call, desk *reports.Desk) error {
	c.shape = "evidence pack"
	req, err := c.request()
	if err != nil {
		return err
	}
	c.shape += " " + query.ShapeSubjects(c.s.opt.Tokens, query.Subject{Patient: req.Patient}, query.Subject{Actor: req.User})
	j, err := desk.Start(req)
	if err != nil {
		return err
	}
	c.audit(0, false)
	c.w.Header().Set("Location", "/v1/packs/"+j.ID)
	c.status = http.StatusAccepted
	return c.answer(j)
}

// listPacks serves GET /v1/packs.
func listPacks(c *call, desk *reports.Desk) error {
	list := slices.DeleteFunc(desk.List(), func(j reports.Job) bool { return !c.owns(j) })
	c.audit(len(list), false)
	return c.answer(struct {
		Rows []reports.Job `json:"rows"`
	}{list})
}

// owns reports whether a pack is whoever's who asks; admins have all.
func (c *call) owns(j reports.Job) bool {
	p := whoAsks(c.r)
	return p.Role == identity.Admin || j.Owner == p.Subject
}

// pack finds the pack that is asked for. Somebody else's is not there.
func (c *call) pack(desk *reports.Desk) (reports.Job, error) {
	j, err := desk.Find(c.r.PathValue("id"))
	if err == nil && !c.owns(j) {
		c.s.denied(c.r, pattern(c.r), whoAsks(c.r), errNotYours)
		err = reports.ErrNoPack
	}
	return j, err
}

// onePack serves GET /v1/packs/{id}.
func onePack(c *call, desk *reports.Desk) error {
	j, err := c.pack(desk)
	if err != nil {
		return err
	}
	c.audit(0, false)
	return c.answer(j)
}

// packFile serves GET /v1/packs/{id}/file, whole or in ranges.
func packFile(c *call, desk *reports.Desk) error {
	j, err := c.pack(desk)
	if err != nil {
		return err
	}
	j, f, err := desk.Open(j.ID)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	c.shape, c.bytes = "evidence pack "+j.ID, j.Bytes
	c.audit(int(j.Rows), false)
	h := c.w.Header()
	h.Set("Content-Type", "application/zip")
	h.Set("Content-Disposition", `attachment; filename="`+j.File+`"`)
	h.Set("ETag", `"`+j.SHA256+`"`)
	if sum, err := hex.DecodeString(j.SHA256); err == nil {
		h.Set("Repr-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(sum)+":") // RFC 9530
	}
	c.sent = true
	http.ServeContent(&patient{ResponseWriter: c.w}, c.r, "", j.Ended, f)
	return nil
}

// reportProblem is the part of problemOf about reports; ok false for other errors.
func reportProblem(err error) (p problem, ok bool) {
	re, refused := errors.AsType[*reportError](err)
	switch {
	case refused:
		return problem{Status: http.StatusUnprocessableEntity, Kind: "not-made", Detail: re.Error()}, true
	case slices.ContainsFunc([]error{errNoReports, errNoReport, reports.ErrNoPack}, func(e error) bool { return errors.Is(err, e) }):
		return problem{Status: http.StatusNotFound, Kind: "not-found", Detail: err.Error()}, true
	case errors.Is(err, reports.ErrNotDone):
		return problem{Status: http.StatusConflict, Kind: "not-done", Detail: err.Error()}, true
	case errors.Is(err, reports.ErrTooMany):
		return problem{Status: http.StatusServiceUnavailable, Kind: "busy", Detail: err.Error()}, true
	case errors.Is(err, reports.ErrNoPatientKey):
		return problem{Status: http.StatusUnprocessableEntity, Kind: "no-token-key", Detail: reports.ErrNoPatientKey.Error()}, true
	}
	return p, false
}
