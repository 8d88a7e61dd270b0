package reports

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/scrubline/scrubline/query/querytest"
	"github.com/scrubline/scrubline/schemas"
	"github.com/scrubline/scrubline/store/clickhouse"
)

// storePlanted stores two rounds of canaries, as package canary makes them. One made-up
// record number is that of the patient MRN-104, and a planted value was let through.
func storePlanted(t testing.TB, s *clickhouse.Store) {
	at := end.Add(-50 * time.Hour)
	app := querytest.Row{Time: at, Source: "app", Num: map[schemas.Column]uint64{schemas.StatusID: 1, schemas.ScrubCount: 1}, Lists: map[schemas.Column][]string{schemas.ScrubTypes: {"mrn"}},
		Text: map[schemas.Column]string{
			schemas.Action: "export", schemas.Service: "ehr", schemas.ActorName: "dr.patel", schemas.PatientToken: querytest.Token("patient", "MRN-104"), schemas.PurposeOfUse: "BTG",
			schemas.Native: `{"message":"SSN 219-09-9999"}`,
		}}
	trail := querytest.Row{Time: at, Source: "aws_cloudtrail", Num: map[schemas.Column]uint64{schemas.StatusID: 1}, Text: map[schemas.Column]string{
		schemas.Action: "PutObject", schemas.Service: "s3.amazonaws.com", schemas.ActorType: "IAMUser", schemas.ActorName: "etl", schemas.CloudAccount: "111122223333",
	}}
	querytest.InsertPlanted(t, s, "app", []querytest.Row{app, app})
	querytest.InsertPlanted(t, s, "cloudtrail", []querytest.Row{trail})
	result := func(at time.Time, source string, values, leaked int, status string) querytest.Row {
		return querytest.Row{Time: at, Source: "app", Text: map[schemas.Column]string{
			schemas.Service: "scrubline", schemas.Native: fmt.Sprintf(`{"message":"canary %s","canary":{"source":%q,"values":%d,"leaked":%d,"status":%[1]q}}`, status, source, values, leaked),
		}}
	}
	querytest.InsertPlanted(t, s, "result", []querytest.Row{
		result(at, "app", 17, 0, "pass"), result(at, "aws_cloudtrail", 12, 0, "pass"), result(at.Add(time.Hour), "app", 18, 1, "miss"),
		{Time: at, Source: "app", Text: map[schemas.Column]string{schemas.Service: "scrubline", schemas.Native: `{"message":"second look","second_look":{"source":"app"}}`}},
	})
}

// storeDrill stores the events of a drill, and notes their ids as a drill does.
func storeDrill(t testing.TB, s *clickhouse.Store, besides ...querytest.Row) {
	var rows []querytest.Row
	for i, action := range []string{"AttachUserPolicy", "StopLogging"} {
		id := fmt.Sprintf("drill-event-%d", i)
		rows = append(rows, querytest.Row{Time: end.Add(-40 * time.Hour), Source: "aws_cloudtrail", Num: map[schemas.Column]uint64{schemas.StatusID: 1}, Text: map[schemas.Column]string{
			schemas.Action: action, schemas.Service: "iam.amazonaws.com", schemas.ActorType: "Root", schemas.ActorName: "scrubline-drill", schemas.NativeID: id, schemas.CredentialID: "AKIADRILL",
		}})
		if err := s.Conn().Exec(t.Context(), "INSERT INTO drills VALUES ('default', 'drill', ?, '2026-11-19 08:00:00')", id); err != nil {
			t.Fatal(err)
		}
	}
	querytest.Insert(t, s, schemas.Events, "drill", append(rows, besides...))
}

// TestDrillsHideNothing: what came in one file with a drill's events is in the reports,
// and so is what looks like a canary by its origin alone.
func TestDrillsHideNothing(t *testing.T) {
	s, a := newWeek(t)
	real := querytest.Row{Time: end.Add(-39 * time.Hour), Source: "aws_cloudtrail", Num: map[schemas.Column]uint64{schemas.StatusID: 1}, Text: map[schemas.Column]string{
		schemas.Action: "AttachUserPolicy", schemas.Service: "iam.amazonaws.com", schemas.ActorType: "IAMUser", schemas.ActorName: "mallory", schemas.NativeID: "of-nobodys-drill",
		schemas.Origin: "canary/cloudtrail",
	}}
	storeDrill(t, a.store, real)
	se, err := s.Open(t.Context(), week())
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	sheet, err := newCSV(&out, ByID("R10"), time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := se.run(t.Context(), ByID("R10"), sheet); err != nil {
		t.Fatal(err)
	}
	if csv := out.String(); !strings.Contains(csv, "mallory") || strings.Contains(csv, "scrubline-drill") {
		t.Error(csv)
	}
}
