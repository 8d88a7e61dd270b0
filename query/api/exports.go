package api

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/scrubline/scrubline/query/export"
)

var (
	errNoExports = errors.New("this server keeps no exports")
	errNotYours  = errors.New("somebody else's, or made of more than may be seen now") // of the log only
)

// maxDownloads is how many files are sent at a time: they wait for slow askers, and
// questions must not wait for them.
const maxDownloads = 16

// exported gives an answer the store of exports.
func exported(answer func(*call, *export.Store) error) func(*call) error {
	return func(c *call) error {
		if c.s.opt.Exports == nil {
			return errNoExports
		}
		return answer(c, c.s.opt.Exports)
	}
}

// startExport serves POST /v1/exports.
func startExport(c *call, store *export.Store) error {
	q, err := c.question()
	if err != nil {
		return err
	}
	p := c.r.URL.Query()
	var columns []string
	if list := p.Get("columns"); list != "" {
		columns = strings.Split(list, ",")
	}
	m, err := store.Start(c.r.Context(), q, p.Get("format"), columns)
	switch {
	case errors.Is(err, export.ErrFormat):
		return &paramError{"format", err}
	case errors.Is(err, export.ErrColumns):
		return &paramError{"columns", err}
	case err != nil:
		return err
	}
	c.audit(0, false)
	c.w.Header().Set("Location", "/v1/exports/"+m.ID)
	c.status = http.StatusAccepted
	return c.answer(m)
}

// listExports serves GET /v1/exports.
func listExports(c *call, store *export.Store) error {
	list := slices.DeleteFunc(store.List(), func(m export.Manifest) bool { return !m.Visible(whoAsks(c.r)) })
	c.audit(len(list), false)
	return c.answer(struct {
		Rows []export.Manifest `json:"rows"`
	}{list})
}

// export finds the export that is asked for. One that whoever asks may not know of is
// not there.
func (c *call) export(store *export.Store) (export.Manifest, error) {
	m, err := store.Find(c.r.PathValue("id"))
	if err == nil && !m.Visible(whoAsks(c.r)) {
		c.s.denied(c.r, pattern(c.r), whoAsks(c.r), errNotYours)
		err = export.ErrNotFound
	}
	return m, err
}

// oneExport serves GET /v1/exports/{id}.
func oneExport(c *call, store *export.Store) error {
	m, err := c.export(store)
	if err != nil {
		return err
	}
	c.audit(0, false)
	return c.answer(m)
}

// cancelExport serves DELETE /v1/exports/{id}.
func cancelExport(c *call, store *export.Store) error {
	m, err := c.export(store)
	if err != nil {
		return err
	}
	if err := store.Cancel(m.ID); err != nil {
		return err
	}
	c.audit(0, false)
	c.sent = true
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// exportFile serves GET /v1/exports/{id}/file, whole or in ranges.
func exportFile(c *call, store *export.Store) error {
	m, err := c.export(store)
	if err != nil {
		return err
	}
	m, f, err := store.File(m.ID)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	c.shape, c.bytes = m.Query, int64(m.Bytes)
	c.audit(int(m.Rows), false)
	h := c.w.Header()
	h.Set("Content-Type", m.Media())
	h.Set("Content-Disposition", `attachment; filename="`+m.File+`"`)
	h.Set("ETag", `"`+m.SHA256+`"`)
	if sum, err := hex.DecodeString(m.SHA256); err == nil {
		h.Set("Repr-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(sum)+":") // RFC 9530
	}
	c.sent = true
	http.ServeContent(&patient{ResponseWriter: c.w}, c.r, "", m.Ended, f)
	return nil
}
