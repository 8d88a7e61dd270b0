package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/scrubline/scrubline/query"
	"github.com/scrubline/scrubline/query/audit"
)

type queryCmd struct {
	Format  string   `short:"o" help:"table, ndjson or csv." default:"table" enum:"table,ndjson,csv"`
	Limit   int      `short:"n" help:"Rows at most; 0 is all of them." default:"100"`
	Explain bool     `help:"Print the SQL of the question instead of asking it." xor:"what"`
	SQL     bool     `help:"The question is a SELECT over events, flows and access_by_subject." xor:"what"`
	Reason  string   `help:"Why, or a ticket: it is on record with the question." placeholder:"TEXT"`
	Terms   []string `arg:"" optional:"" name:"query" help:"The question, for example 'actor:alice action:GetObject since:24h'."`
}

func (c *queryCmd) Run(ctx context.Context, g *globals) error {
	text := strings.Join(c.Terms, " ")
	q := &query.Query{}
	if !c.SQL {
		var err error
		if q, err = query.Parse(text, time.Now(), time.Local); err != nil {
			return &exitError{exitUsage, err}
		}
	}
	n, err := g.openNode(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = n.close() }()
	asked := q.Shape(n.shapes())
	if c.SQL {
		asked = query.ShapeSQL(text)
	}
	return n.recorded(ctx, audit.Query, "query", asked, c.Reason, func() (int, bool, error) {
		switch {
		case c.SQL:
			return c.statement(ctx, n, text)
		case c.Explain:
			return 0, false, explain(ctx, os.Stdout, n.service(), q, c.Limit)
		}
		return c.answer(ctx, n, q)
	})
}

// answer prints the rows of a question. It returns how many, and whether there are more.
func (c *queryCmd) answer(ctx context.Context, n *node, q *query.Query) (rows int, more bool, err error) {
	w, err := newAnswer(os.Stdout, c.Format, q.Tables())
	if err != nil {
		return 0, false, fmt.Errorf("writing the answer: %w", err)
	}
	err = n.service().Stream(ctx, q, func(r *query.Row) error {
		if c.Limit > 0 && rows == c.Limit {
			more = true
			return errEnough
		}
		rows++
		return w.row(r)
	})
	if err != nil && !more {
		return rows, false, fmt.Errorf("querying: %w", err)
	}
	if err := w.close(); err != nil {
		return rows, more, fmt.Errorf("writing the answer: %w", err)
	}
	if more {
		fmt.Fprintf(os.Stderr, "There are more than %d rows: raise --limit (0 is all) or narrow the question.\n", c.Limit)
	}
	return rows, more, nil
}

var errEnough = fmt.Errorf("enough rows")
