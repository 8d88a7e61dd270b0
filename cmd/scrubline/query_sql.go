package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/scrubline/scrubline/query"
	"github.com/scrubline/scrubline/query/export"
)

// explain prints the statements that a question becomes, and their parameters.
func explain(ctx context.Context, w io.Writer, s *query.Service, q *query.Query, limit int) error {
	list, err := s.Explain(ctx, q, query.Page{Limit: limit})
	if err != nil {
		return fmt.Errorf("explaining: %w", err)
	}
	for _, st := range list {
		b, err := json.Marshal(st.Parameters)
		if err != nil {
			return fmt.Errorf("writing parameters: %w", err)
		}
		if _, err := fmt.Fprintf(w, "%s;\n-- rows of %s, found in %s; parameters %s\n", st.SQL, st.Table, st.Reads, b); err != nil {
			return err
		}
	}
	return nil
}

// statement runs SQL as the user who may read the tables only. It returns how many
// rows there are, and whether there are more.
func (c *queryCmd) statement(ctx context.Context, n *node, text string) (rows int, more bool, err error) {
	reader, err := n.reader()
	if err != nil {
		return 0, false, err
	}
	if reader != nil {
		defer func() { _ = reader.Close() }()
	}
	cells, err := n.serviceWith(reader).SQL(ctx, text, c.Limit)
	if query.OfStatement(err) {
		return 0, false, &exitError{exitUsage, err}
	}
	if err != nil {
		return 0, false, fmt.Errorf("querying: %w", err)
	}
	if err := writeCells(os.Stdout, c.Format, cells); err != nil {
		return 0, false, fmt.Errorf("writing the answer: %w", err)
	}
	if cells.More {
		fmt.Fprintf(os.Stderr, "There are more than %d rows: raise --limit or add LIMIT and ORDER BY.\n", len(cells.Rows))
	}
	return len(cells.Rows), cells.More, nil
}

// writeCells prints an answer as a table, NDJSON or CSV.
func writeCells(w io.Writer, format string, cells *query.Cells) error {
	if format == "ndjson" {
		enc := json.NewEncoder(w)
		for _, row := range cells.Rows {
			object := map[string]any{}
			for i, name := range cells.Names {
				object[name] = row[i]
			}
			if err := enc.Encode(object); err != nil {
				return err
			}
		}
		return nil
	}
	rows := [][]string{cells.Names}
	for _, row := range cells.Rows {
		words := make([]string, len(row))
		for i, v := range row {
			words[i] = fmt.Sprint(v)
		}
		rows = append(rows, words)
	}
	if format == "csv" {
		for _, row := range rows {
			for i := range row {
				row[i] = export.Harmless(row[i])
			}
		}
		return csv.NewWriter(w).WriteAll(rows)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		// A tab or a line break in a value must not look like a cell or a row.
		for i := range row {
			row[i] = strings.NewReplacer("\t", " ", "\n", " ", "\r", " ").Replace(row[i])
		}
		if _, err := fmt.Fprintln(t, strings.Join(row, "\t")); err != nil {
			return err
		}
	}
	return t.Flush()
}
