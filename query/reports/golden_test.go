package reports

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/scrubline/scrubline/query/querytest"
)

var update = flag.Bool("update", false, "rewrite the goldens")

// TestReportsOfAWeek runs every report over the week, with all inputs: rows and
// checks are as in testdata. Canaries and a drill of people of the week are there,
// too, and in no report of what people did.
func TestReportsOfAWeek(t *testing.T) {
	s, a := newWeek(t)
	storeAlerts(t, a.store)
	storePlanted(t, a.store)
	storeDrill(t, a.store)
	req := week()
	req.Patient, req.User = "MRN-104", "dr.patel"
	inputs, err := txtar.ParseFile("testdata/inputs.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range inputs.Files {
		name := strings.TrimSuffix(f.Name, ".csv")
		if req.Inputs[name], err = ReadInput(name, bytes.NewReader(f.Data), querytest.Tokens{}, time.UTC); err != nil {
			t.Fatal(err)
		}
	}
	se, err := s.Open(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range All() {
		t.Run(d.ID, func(t *testing.T) {
			var out bytes.Buffer
			sheet, err := newCSV(&out, d, time.UTC)
			if err != nil {
				t.Fatal(err)
			}
			r, err := se.run(t.Context(), d, sheet)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, d, r, out.String())
		})
	}
}

// golden compares the first 30 rows, the number of them and the checks.
func golden(t *testing.T, d *Definition, r *Result, csv string) {
	lines := strings.SplitAfter(csv, "\n")
	csv = strings.Join(lines[:min(31, len(lines))], "")
	checks := fmt.Sprintf("rows %d\n", r.Rows)
	for _, c := range r.Checks {
		checks += fmt.Sprintf("%s.%s %s (%v): %s\n", d.ID, c.ID, word(c), c.Found, c.Says)
	}
	name := filepath.Join("testdata", strings.ToLower(d.ID)+"-"+d.Name+".txtar")
	got := &txtar.Archive{Comment: []byte(d.Title + ": " + d.Question + "\n"), Files: []txtar.File{{Name: "checks", Data: []byte(checks)}, {Name: "rows.csv", Data: []byte(csv)}}}
	if *update {
		if err := os.WriteFile(name, txtar.Format(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(txtar.Format(got))); diff != "" {
		t.Error(diff)
	}
}

func word(c CheckResult) string {
	switch {
	case !c.Tested:
		return "not tested"
	case c.Passed:
		return "passed"
	}
	return "failed"
}
