package api

type statement struct {
	Table      string            `json:"table"`
	Reads      string            `json:"reads"`
	SQL        string            `json:"sql"`
	Parameters map[string]string `json:"parameters"`
}

// explain serves GET /v1/explain.
func (s *Server) explain(c *call) error {
	q, err := c.question()
	if err != nil {
		return err
	}
	page, _, err := c.page()
	if err != nil {
		return err
	}
	list, err := s.opt.Service.Explain(c.r.Context(), q, page)
	if err != nil {
		return err
	}
	c.audit(0, false)
	out := struct {
		asked
		Statements []statement `json:"statements"`
	}{newAsked(q, q.Tables()), []statement{}}
	for _, st := range list {
		out.Statements = append(out.Statements, statement(st))
	}
	return c.answer(out)
}
