package reports

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/scrubline/scrubline/query"
)

// Result is a report that was made, or that was not and why.
type Result struct {
	Definition *Definition
	NotRun     string // why; "" if it was run
	Rows       uint64
	Checks     []CheckResult
	Statement  string // hash of the SQL that was run and of its parameters
}

// sheet takes a report's rows in their order and writes them in one format. The
// cells are lent until row returns.
type sheet interface {
	row(cells []cell) error
	// close ends the sheet, when everything about the report is known.
	close(r *Result) error
}

// ready says why a report cannot be run, "" if it can.
func (se *Session) ready(d *Definition) string {
	switch {
	case d.Subject == Patient && se.req.Patient == "":
		return "no patient was named"
	case d.Subject == User && se.req.User == "":
		return "no user was named"
	}
	for _, name := range d.Needs {
		if se.req.Inputs[name] == nil {
			return "no " + name + " list was given"
		}
	}
	return ""
}

// subject lists what the report's subject may stand under.
func (se *Session) subject(d *Definition) ([]string, error) {
	switch d.Subject {
	case Patient:
		return se.patient()
	case User:
		list := []string{se.req.User}
		if se.s.opt.Tokens != nil {
			list = append(list, se.s.opt.Tokens.Candidates("user", se.req.User)...)
			list = append(list, se.s.opt.Tokens.Candidates("session", se.req.User)...)
		}
		return slices.Compact(list), nil
	}
	return nil, nil
}

// recorded says whether one of the report's sources has records in the period.
func (se *Session) recorded(d *Definition) bool {
	return slices.ContainsFunc(se.counts, func(c SourceCount) bool { return c.Period > 0 && slices.Contains(d.Sources, c.Source) })
}

// patient lists the tokens of the request's patient.
func (se *Session) patient() ([]string, error) {
	if query.IsToken(se.req.Patient) {
		return []string{se.req.Patient}, nil
	}
	if se.s.opt.Tokens != nil {
		if list := se.s.opt.Tokens.Candidates("patient", se.req.Patient); len(list) > 0 {
			return list, nil
		}
	}
	return nil, ErrNoPatientKey
}

// run makes a report and gives its rows to sheets, which it closes.
func (se *Session) run(ctx context.Context, d *Definition, sheets ...sheet) (*Result, error) {
	r := &Result{Definition: d, NotRun: se.ready(d)}
	if r.NotRun != "" {
		return r, nil
	}
	subject, err := se.subject(d)
	if err != nil {
		return nil, err
	}
	sql := d.statement()
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%d %d %d %s %d %q %q", sql, se.s.opt.Tenant, se.req.From.UnixMilli(), se.req.Until.UnixMilli(), se.watch.UnixMilli(), se.req.Zone, se.sampling(), subject, se.drills))
	r.Statement = hex.EncodeToString(sum[:])
	tally, scanner := newTally(d), newScanner(d.Columns)
	err = se.each(ctx, sql, d.Tables, subject, func(rows driver.Rows) error {
		cells, err := scanner.scan(rows)
		if err != nil {
			return fmt.Errorf("reading a row of %s: %w", d.ID, err)
		}
		r.Rows++
		tally.row(cells)
		for _, s := range sheets {
			if err := s.row(cells); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("making report %s: %w", d.ID, err)
	}
	r.Checks = tally.results(se.recorded(d))
	for _, c := range r.Checks {
		se.results[d.ID+"."+c.ID] = c
	}
	for _, s := range sheets {
		if err := s.close(r); err != nil {
			return nil, fmt.Errorf("writing report %s: %w", d.ID, err)
		}
	}
	return r, nil
}
