package api

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"

	"github.com/scrubline/scrubline/query"
)

// sql serves GET /v1/sql.
func (s *Server) sql(c *call) error {
	text := c.r.URL.Query().Get("sql")
	page, _, err := c.page()
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(text))
	c.shape = "sql sha256:" + hex.EncodeToString(sum[:]) + " " + query.ShapeSQL(text) // the text may hold anything
	cells, err := s.opt.Service.SQL(c.r.Context(), text, page.Limit)
	if err != nil {
		return err
	}
	c.audit(len(cells.Rows), cells.More)
	type column struct {
		Name string `json:"name"`
		Type string `json:"type"`
	}
	out := struct {
		Columns []column `json:"columns"`
		Rows    [][]any  `json:"rows"`
		More    bool     `json:"more"`
	}{[]column{}, cells.Rows, cells.More}
	for i, name := range cells.Names {
		out.Columns = append(out.Columns, column{name, cells.Types[i]})
	}
	return c.answer(out)
}

// statementProblem is the problem of a statement that somebody wrote, if it is one.
func statementProblem(err error) (problem, bool) {
	if !query.OfStatement(err) {
		return problem{}, false
	}
	return problem{Status: http.StatusBadRequest, Kind: "bad-statement", Param: "sql", Detail: err.Error()}, true
}
