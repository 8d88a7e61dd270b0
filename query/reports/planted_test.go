package reports

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/scrubline/scrubline/query/querytest"
	"github.com/scrubline/scrubline/schemas"
)

// TestPlantedIsNobodys: what a canary planted is in no report about people, and what was
// found of it stands in R16.
func TestPlantedIsNobodys(t *testing.T) {
	s, a := newWeek(t)
	report := func(id string) string {
		t.Helper()
		se, err := s.Open(t.Context(), week())
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		d := ByID(id)
		sheet, err := newCSV(&out, d, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := se.run(t.Context(), d, sheet); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	querytest.InsertPlanted(t, a.store, "result", []querytest.Row{{Time: end.Add(-time.Hour), Source: "app",
		Text: map[schemas.Column]string{schemas.Native: `{"message":"canary miss","canary":{"source":"aws_alb","values":40,"leaked":3}}`}}})
	people := []string{"R1", "R1a", "R2", "R2a", "R5", "R6", "R8"}
	before := map[string]string{}
	for _, id := range people {
		before[id] = report(id)
	}
	querytest.InsertPlanted(t, a.store, "app", []querytest.Row{{Time: end.Add(-time.Hour), Source: "app",
		Text: map[schemas.Column]string{schemas.ActorName: "canary", schemas.Action: "export", schemas.PatientToken: "t1.patient.1.abcdefghijklmnopqrstuvwxyz", schemas.Native: "{}"}}})
	for _, id := range people {
		if got := report(id); got != before[id] {
			t.Errorf("%s changed: a planted row is in it", id)
		}
	}
	scrubber := report("R16")
	found := 0
	for line := range strings.Lines(scrubber) {
		if strings.Contains(line, ",40,3,") {
			found++
			if !strings.HasPrefix(line, "aws_alb,2026-11-20,") {
				t.Errorf("the canary of another log: %s", line)
			}
		}
	}
	if found != 1 {
		t.Errorf("R16 has %d lines of the canary:\n%s", found, scrubber)
	}
}
