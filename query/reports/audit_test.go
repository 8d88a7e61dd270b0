package reports

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/scrubline/scrubline/query/querytest"
	"github.com/scrubline/scrubline/schemas"
)

// TestWhoAskedWhat: R18 has each question once, a stream by its end, and reports from
// the list of runs only.
func TestWhoAskedWhat(t *testing.T) {
	s, a := newWeek(t)
	asked := func(request, action, phase, rows string) querytest.Row {
		return querytest.Row{Time: end.Add(-time.Hour), Source: "scrubline_audit", Num: map[schemas.Column]uint64{schemas.StatusID: 1},
			Text: map[schemas.Column]string{schemas.ActorID: "ann", schemas.ActorRole: "analyst", schemas.Action: action, schemas.StatusDetail: "q" + request, schemas.RequestID: request,
				schemas.PurposeOfUse: "ticket 7", schemas.Native: `{"scrubline":"audit","phase":"` + phase + `","rows":` + rows + `}`},
			Lists: map[schemas.Column][]string{schemas.ResourceIDs: {"t1.patient.1.abcdefghijklmnopqrstuvwxyz"}}}
	}
	querytest.Insert(t, a.store, schemas.Events, "audit", []querytest.Row{
		asked("1", "query", "", "17"), asked("2", "export", "begin", "0"), asked("2", "export", "end", "900"), asked("3", "export", "begin", "0"),
		asked("4", "report", "begin", "0"), asked("4", "report", "end", "5"),
	})
	se, err := s.Open(t.Context(), week())
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	d := ByID("R18")
	sheet, err := newCSV(&out, d, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	r, err := se.run(t.Context(), d, sheet)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"ann,analyst,,query,q1,17,", "ann,analyst,,export,q2,900,", "ann,analyst,,export,q3,0,", ",ticket 7,success,", "t1.patient.1.abcdefghijklmnopqrstuvwxyz"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
	if r.Rows != 3 || !r.Checks[0].Passed {
		t.Errorf("%d rows, %+v\n%s", r.Rows, r.Checks, out.String())
	}
}
