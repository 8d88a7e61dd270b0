package query_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scrubline/scrubline/query"
	"github.com/scrubline/scrubline/query/querytest"
)

// TestPlantedRowsAreNobodysAccess: a canary whose made-up names are somebody's changes
// no answer about accesses, by either table, and does not stand for a log that is silent.
func TestPlantedRowsAreNobodysAccess(t *testing.T) {
	store, svc := openFew(t)
	ctx := t.Context()
	answers := func() (all []any) {
		for _, subject := range []query.Subject{{Patient: "MRN-123"}, {Actor: "alice"}, {Resource: "phi-bucket/*"}} {
			for _, filter := range []string{"", "getobject or get"} { // words are in the table events only
				access, err := svc.Access(ctx, query.AccessQuery{Subject: subject, Filter: parse(t, filter)})
				if err != nil {
					t.Fatal(err)
				}
				timeline, err := svc.Timeline(ctx, query.TimelineQuery{Subject: subject, Filter: parse(t, filter)})
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, access.Rows, timeline.Moments)
			}
		}
		coverage, err := svc.Coverage(ctx, time.Time{}, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		return append(all, coverage)
	}
	want := answers()
	events, _ := few()
	for i := range events {
		events[i].Time = events[i].Time.AddDate(0, 0, 2)
	}
	querytest.InsertPlanted(t, store, "app", events)
	if diff := cmp.Diff(want, answers()); diff != "" {
		t.Error(diff)
	}
	page, err := svc.Events(ctx, parse(t, "patient:MRN-123"), query.Page{})
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Rows) != 2 {
		t.Errorf("a search shows %d rows, not the canary's too", len(page.Rows))
	}
}
