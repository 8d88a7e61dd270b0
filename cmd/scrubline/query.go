package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/scrubline/scrubline/query"
)

type queryCmd struct {
	Format  string   `short:"o" help:"table, ndjson or csv." default:"table" enum:"table,ndjson,csv"`
	Limit   int      `short:"n" help:"Rows at most; 0 is all of them." default:"100"`
	Explain bool     `help:"Print the SQL of the question instead of asking it." xor:"what"`
	SQL     bool     `help:"The question is a SELECT over events, flows and access_by_subject." xor:"what"`
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
	switch {
	case c.SQL:
		return c.statement(ctx, n, text)
	case c.Explain:
		return explain(ctx, os.Stdout, n.service(), q, c.Limit)
	}
	w, err := newAnswer(os.Stdout, c.Format, q.Tables())
	if err != nil {
		return fmt.Errorf("writing the answer: %w", err)
	}
	rows, more := 0, false
	err = n.service().Stream(ctx, q, func(r *query.Row) error {
		if c.Limit > 0 && rows == c.Limit {
			more = true
			return errEnough
		}
		rows++
		return w.row(r)
	})
	if err != nil && !more {
		return fmt.Errorf("querying: %w", err)
	}
	if err := w.close(); err != nil {
		return fmt.Errorf("writing the answer: %w", err)
	}
	if more {
		fmt.Fprintf(os.Stderr, "There are more than %d rows: raise --limit (0 is all) or narrow the question.\n", c.Limit)
	}
	return nil
}

var errEnough = fmt.Errorf("enough rows")
