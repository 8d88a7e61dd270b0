package main

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/scrubline/scrubline/query"
	"github.com/scrubline/scrubline/schemas"
)

// answer prints rows as a table for people, or as NDJSON or CSV for programs.
type answer struct {
	w      *bufio.Writer
	format string
	csv    *csv.Writer
	tab    *tabwriter.Writer
	cols   []schemas.Column
	buf    []byte
}

func newAnswer(w io.Writer, format string, tables []schemas.Table) (*answer, error) {
	a := &answer{w: bufio.NewWriter(w), format: format, cols: query.ShownColumns(tables)}
	switch format {
	case "csv":
		a.csv = csv.NewWriter(a.w)
		head := make([]string, len(a.cols))
		for i, c := range a.cols {
			head[i] = c.String()
		}
		return a, a.csv.Write(head)
	case "table":
		a.tab = tabwriter.NewWriter(a.w, 0, 0, 2, ' ', 0)
		_, err := fmt.Fprintln(a.tab, "TIME\tSOURCE\tACTOR\tACTION\tRESOURCE\tFROM\tSTATUS")
		return a, err
	}
	return a, nil
}

func (a *answer) row(r *query.Row) error {
	switch a.format {
	case "csv":
		cells := make([]string, len(a.cols))
		for i, c := range a.cols {
			cells[i] = r.Word(c)
		}
		return a.csv.Write(cells)
	case "ndjson":
		a.buf = append(r.AppendJSON(a.buf[:0]), '\n')
		_, err := a.w.Write(a.buf)
		return err
	}
	_, err := fmt.Fprintf(a.tab, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n",
		r.Time(schemas.EventTime).UTC().Format(time.RFC3339), r.Word(schemas.Source), cut(first(r, schemas.ActorID, schemas.ActorName, schemas.ActorSession, schemas.SessionIDCol, schemas.InterfaceID), 48),
		cut(r.Word(schemas.Action), 32), cut(resource(r), 60), cut(first(r, schemas.SrcAddr, schemas.SrcIP), 40), status(r))
	return err
}

func (a *answer) close() error {
	if a.csv != nil {
		a.csv.Flush()
	}
	if a.tab != nil {
		if err := a.tab.Flush(); err != nil {
			return err
		}
	}
	return a.w.Flush()
}

// cut shortens a cell from the left, where ARNs and paths differ least.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return "…" + s[len(s)-n+1:]
}

// first returns the first of columns that has a value.
func first(r *query.Row, cs ...schemas.Column) string {
	for _, c := range cs {
		if r.Has(c) {
			return r.Word(c)
		}
	}
	return ""
}

func resource(r *query.Row) string {
	if ids := r.Texts(schemas.ResourceIDs); len(ids) > 0 && !r.Has(schemas.URLPath) {
		return ids[0]
	}
	return first(r, schemas.URLPath, schemas.DstAddr, schemas.DstIP)
}

// status says how it ended, or why the record could not be read.
func status(r *query.Row) string {
	if k := r.Number(schemas.RowKind); k != schemas.KindEvent {
		return query.KindNames[k] + " " + r.Word(schemas.Reason)
	}
	if s := r.Word(schemas.StatusCode); s != "" {
		return s
	}
	return query.StatusNames[r.Number(schemas.StatusID)]
}
