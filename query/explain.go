package query

import (
	"context"
	"fmt"
	"time"
)

// Statement is what the server is asked for the rows of one table.
type Statement struct {
	Table      string // whose rows it gives
	Reads      string // table of the server that finds them
	SQL        string
	Parameters map[string]string // what was typed, as tokens where it is stored as tokens
}

// Explain shows how a page of a query is read, one statement a table.
func (s *Service) Explain(ctx context.Context, q *Query, page Page) ([]Statement, error) {
	sc, err := s.scope(ctx)
	if err != nil {
		return nil, err
	}
	var list []Statement
	for _, t := range q.Tables() {
		sql, params, err := q.sql(t, sc, SQLOptions{Tokens: s.opt.Tokens, Limit: s.limit(page.Limit) + 1})
		if err != nil {
			return nil, err
		}
		st := Statement{Table: t.String(), Reads: q.reading(t, sc, s.opt.Tokens).from, SQL: sql, Parameters: map[string]string{}}
		for _, p := range params {
			switch v := p.Value.(type) {
			case time.Time:
				st.Parameters[p.Name] = v.UTC().Format(TimeLayout)
			default:
				st.Parameters[p.Name] = fmt.Sprint(v)
			}
		}
		list = append(list, st)
	}
	return list, nil
}
